// A stack file as Pulumi would hand it to the program, for those who run the program without Pulumi.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { namespace } from '../settings/settings.ts';

/** In place of every secret's text, which a run without Pulumi neither has nor shows. */
export const secretText = '(secret)';

/** They pass the settings' checks. */
const placeholders: Record<string, unknown> = {
  registryTls: { certificate: secretText, key: secretText },
  registryHtpasswd: `secret:$2y$${secretText}`,
  webhookSecret: secretText,
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
  if ('secure' in value) return secretText;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutCiphers(item)]));
}
