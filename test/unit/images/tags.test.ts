import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isTag } from '../../../images/reference.ts';
import { branchTag, immutableTag, liveTag } from '../../../images/tags.ts';
import { digest, hex } from './arbitraries.ts';

test('the tag that never moves is a tag, and tells commit and digest apart by 12 digits each', () => {
  fc.assert(
    fc.property(hex(40), digest, (commit, of) => {
      const tag = immutableTag(commit, of);
      assert.ok(isTag(tag));
      assert.equal(tag, `${commit.slice(0, 12)}-${of.slice(7, 19)}`);
    }),
  );
  assert.equal(immutableTag('unknown', `sha256:${'a'.repeat(64)}`), 'unknown-aaaaaaaaaaaa');
});

test('a branch is no commit', () => {
  assert.throws(() => immutableTag('main', `sha256:${'a'.repeat(64)}`), {
    message: 'commit "main": expected 40 lower-case hexadecimal digits or "unknown"',
  });
});

test('a stack has a live tag of its own', () => {
  assert.equal(liveTag('dev'), 'live-dev');
  assert.throws(() => liveTag('a/b'), {
    message: 'stack "a/b": expected a name of letters, digits, "_", "." and "-", at most 101 characters',
  });
});

test('the tag of a branch is its name as far as a tag may have it, and never the form of another', () => {
  for (const [branch, tag] of [
    ['main', 'main'],
    ['release/2.x', 'release-2.x'],
    ['@scope', 'branch--scope'],
    ['live-dev', 'branch-live-dev'],
    ['kaniko-1', 'branch-kaniko-1'],
    ['cache-linux-amd64', 'branch-cache-linux-amd64'],
    [`${'a'.repeat(12)}-${'b'.repeat(12)}`, `branch-${'a'.repeat(12)}-${'b'.repeat(12)}`],
  ] as const) {
    assert.equal(branchTag(branch), tag);
  }
  assert.ok(branchTag('b'.repeat(200)).length <= 128);
});
