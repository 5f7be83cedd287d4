// Secrets that a test gives to the stack `local`, as a user does: a setting in the open would be refused.
import assert from 'node:assert/strict';
import type { Fixture } from './fixture.ts';

/** Stores `texts` by path below `key` (without namespace), encrypted. */
export async function setSecrets(f: Fixture, key: string, texts: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(texts)) {
    const set = await f.pulumi('config', 'set', '--secret', '--path', `slipway:${key}.${path}`, '--', text);
    assert.equal(set.status, 0, set.output);
  }
}

export async function removeSecrets(f: Fixture, key: string): Promise<void> {
  const removed = await f.pulumi('config', 'rm', `slipway:${key}`);
  assert.equal(removed.status, 0, removed.output);
}
