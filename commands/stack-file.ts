// A stack file as Pulumi would hand it to the program, for those who run without Pulumi.
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { didYouMean } from '../images/nearest.ts';
import { namespace } from '../settings/settings.ts';

/** The checkout that this file is of. */
export const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

/** The file of `stack` in `folder`. Throws one line that lists the stacks there, where it is none of them. */
export function stackFile(stack: string, folder = checkout): string {
  const stacks = globSync('Pulumi.*.yaml', { cwd: folder })
    .map(file => file.slice('Pulumi.'.length, -'.yaml'.length))
    .sort();
  if (stacks.includes(stack)) return join(folder, `Pulumi.${stack}.yaml`);
  const where = folder === checkout ? '' : ` in ${folder}`;
  const others = stacks.length > 0 ? `there are ${stacks.join(', ')}${didYouMean(stack, stacks)}` : 'there is none';
  throw new Error(`there is no stack "${stack}"${where}; ${others}`);
}

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

function withoutCiphers(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutCiphers);
  if ('secure' in value) return '(secret)';
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutCiphers(item)]));
}
