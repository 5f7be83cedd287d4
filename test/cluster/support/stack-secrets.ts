// Secrets that a test gives to the stack `local`, as a user does: a setting in the open would be refused.
import assert from 'node:assert/strict';
import type { Fixture } from './fixture.ts';

/** Stores `texts` by path below `key` (without namespace), encrypted. */
export async function setSecrets(f: Fixture, key: string, texts: Record<string, string>): Promise<void> {
  const words = Object.entries(texts).flatMap(([path, text]) => ['--secret', `slipway:${key}.${path}=${text}`]);
  const set = await f.pulumi('config', 'set-all', '--path', ...words);
  assert.equal(set.status, 0, set.output);
}

export async function removeSecrets(f: Fixture, key: string): Promise<void> {
  const removed = await f.pulumi('config', 'rm', `slipway:${key}`);
  assert.equal(removed.status, 0, removed.output);
}
