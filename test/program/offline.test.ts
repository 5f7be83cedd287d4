import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runtime } from '@pulumi/pulumi';
import { runOffline } from '../../commands/offline.ts';

test('a run without an engine hands over what was sent, with each secret marked just where it stands', async () => {
  const { declared } = await runOffline('local', { locks: 'test/fixtures/locks' });
  const { sent } = declared.find(({ name }) => name === 'registry-secret')!;
  const values = Object.values(sent.stringData as Record<string, unknown>);
  assert.equal(values.length, 3);
  for (const value of values) assert.ok(runtime.isRpcSecret(value));
  assert.ok(!runtime.isRpcSecret(sent.stringData), 'the whole is not');
});
