import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runtime } from '@pulumi/pulumi';
import { runOffline } from '../../commands/offline.ts';

test('a run without an engine hands over what was sent, with each secret marked just where it stands', async () => {
  const { declared } = await runOffline('local', { locks: 'test/fixtures/locks' });
  const { sent, inputs } = declared.find(({ name }) => name === 'registry-secret')!;
  assert.ok(runtime.isRpcSecret(sent.stringData));
  const { metadata } = sent as { metadata: { name: string } };
  assert.equal(metadata.name, 'registry');
  assert.deepEqual(Object.keys(sent).sort(), Object.keys(inputs).sort());
});
