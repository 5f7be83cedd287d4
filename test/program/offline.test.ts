import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runtime } from '@pulumi/pulumi';
import { runOffline } from '../../commands/offline/offline.ts';
import { secretTexts } from '../../commands/stack-file.ts';

test('a run without an engine hands over what was sent: what is secret is marked, and holds a placeholder', async () => {
  const { declared } = await runOffline('local', { locks: 'test/fixtures/locks' });
  const { sent } = declared.find(({ name }) => name === 'registry-secret')!;
  assert.ok(runtime.isRpcSecret(sent.stringData));
  const values = runtime.unwrapRpcSecret(sent.stringData) as Record<string, string>;
  assert.deepEqual(Object.keys(values).sort(), ['htpasswd', 'tls.crt', 'tls.key']);
  for (const value of Object.values(values))
    assert.ok(
      secretTexts.some(text => value.includes(text)),
      value,
    );
  assert.equal((sent.metadata as { name: string }).name, 'registry');
});
