import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCluster } from '../../../settings/cluster.ts';

const found = { uid: '11111111-2222-4333-8444-555555555555', server: 'https://127.0.0.1:16443' };

test('the cluster that the stack names is let in by uid and by server (P6)', () => {
  checkCluster('local', { context: 'c', ...found }, found);
  checkCluster('local', { context: 'c', server: found.server }, found);
});

test('another cluster behind the same context is refused with both identities (P6)', () => {
  assert.throws(() => checkCluster('local', { context: 'c', uid: 'aaaaaaaa-2222-4333-8444-555555555555' }, found), {
    message:
      'stack local may only touch the cluster with uid aaaaaaaa-2222-4333-8444-555555555555; context c leads to ' +
      '11111111-2222-4333-8444-555555555555. Nothing was changed: choose the right kubeconfig, or correct ' +
      'slipway:cluster.uid in Pulumi.local.yaml',
  });
});
