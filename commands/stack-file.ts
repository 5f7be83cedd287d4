// A stack file as Pulumi would hand it to the program, for those who run the program without Pulumi.
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { didYouMean } from '../images/nearest.ts';
import { namespace } from '../settings/settings.ts';

/** In place of secrets, which a render neither has nor shows. They pass the settings' checks. */
const placeholders: Record<string, unknown> = {
  registryTls: { certificate: '(secret)', key: '(secret)' },
  registryHtpasswd: 'secret:$2y$secret',
  webhookSecret: '(secret)',
};

/** Throws one line where the checkout, which is the working directory, has no such stack. */
export function checkStack(stack: string): void {
  const stacks = globSync('Pulumi.*.yaml')
    .map(file => file.slice('Pulumi.'.length, -'.yaml'.length))
    .sort();
  if (stacks.includes(stack)) return;
  throw new Error(`there is no stack "${stack}"; there are ${stacks.join(', ')}${didYouMean(stack, stacks)}`);
}

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
