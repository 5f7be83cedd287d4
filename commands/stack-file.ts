// A stack file as Pulumi would hand it to the program, for those who run the program without Pulumi.
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { namespace } from '../settings/settings.ts';

/** In place of secrets, which a render neither has nor shows. They pass the settings' checks. */
const placeholders: Record<string, unknown> = {
  registryTls: { certificate: '(secret)', key: '(secret)' },
  // The hash is of the password below: whether they fit is checked.
  registryHtpasswd: 'secret:$2b$04$wFLn9GC/R3Y5xU30qE0pDOy4pXeen08YmChP0/jgUuHR86qzEXipW',
  registryCredentials: { username: 'secret', password: '(secret)' },
  registryS3: { accessKey: '(secret)', secretKey: '(secret)' },
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
