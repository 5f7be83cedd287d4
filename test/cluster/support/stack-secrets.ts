// Secrets that a test gives to the stack `local`, as a user does: a setting in the open would be refused.
import assert from 'node:assert/strict';
import type { Fixture } from './fixture.ts';

/** Stores `secrets` by path below `key` (without namespace), encrypted, and `plain` beside them. */
export async function setSecrets(
  f: Fixture,
  key: string,
  secrets: Record<string, string>,
  plain: Record<string, string> = {},
): Promise<void> {
  const words = (flag: string, texts: Record<string, string>) =>
    Object.entries(texts).flatMap(([path, text]) => [flag, `slipway:${key}.${path}=${text}`]);
  const all = [...words('--secret', secrets), ...words('--plaintext', plain)];
  const set = await f.pulumi('config', 'set-all', '--path', ...all);
  assert.equal(set.status, 0, set.output);
}

export async function removeSecrets(f: Fixture, key: string): Promise<void> {
  const removed = await f.pulumi('config', 'rm', `slipway:${key}`);
  assert.equal(removed.status, 0, removed.output);
}
