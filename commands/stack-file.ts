// A stack file as Pulumi would hand it to the program, for those who run the program without Pulumi.
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { messageOf } from '../cluster/one-line.ts';
import { didYouMean } from '../images/nearest.ts';
import { namespace, readSettings, type Settings } from '../settings/settings.ts';

export const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

/** In place of secrets, which a render neither has nor shows. They pass the settings' checks. */
const placeholders: Record<string, unknown> = {
  registryTls: { certificate: '(secret)', key: '(secret)' },
  registryHtpasswd: 'secret:$2y$secret',
  webhookSecret: '(secret)',
};

/** The configuration in `file`, texts by full key, with placeholders for what is secret or kept elsewhere. */
export async function readStackFile(file: string): Promise<{ values: Record<string, string>; secretKeys: string[] }> {
  const document = parse(await readFile(file, 'utf8')) as { config?: Record<string, unknown> } | null;
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(document?.config ?? {})) {
    const plain = withoutCiphers(value);
    values[key] = typeof plain === 'string' ? plain : JSON.stringify(plain);
  }
  for (const [key, value] of Object.entries(placeholders)) {
    values[`${namespace}:${key}`] = typeof value === 'string' ? value : JSON.stringify(value);
  }
  return { values, secretKeys: Object.keys(placeholders).map(key => `${namespace}:${key}`) };
}

/** Throws one line, which lists the stacks, where there is no file of this one. */
export function checkStack(stack: string): void {
  const stacks = globSync('Pulumi.*.yaml', { cwd: checkout })
    .map(file => file.slice('Pulumi.'.length, -'.yaml'.length))
    .sort();
  if (stacks.includes(stack)) return;
  throw new Error(`there is no stack "${stack}"; there are ${stacks.join(', ')}${didYouMean(stack, stacks)}`);
}

/**
 * The settings of a stack, placeholders in place of its secrets. `file`: its configuration, where that is not the
 * checkout's `Pulumi.<stack>.yaml`. Throws on an unknown stack, a file that can't be read, and every fault in it.
 */
export async function settingsOf(stack: string, file?: string): Promise<Settings> {
  if (file === undefined) checkStack(stack);
  const path = file === undefined ? join(checkout, `Pulumi.${stack}.yaml`) : resolve(file);
  const { values } = await readStackFile(path).catch(error => {
    throw new Error(`${path} can't be read: ${messageOf(error)}`);
  });
  return readSettings(stack, values);
}

function withoutCiphers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutCiphers);
  if ('secure' in value) return '(secret)';
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutCiphers(item)]));
}
