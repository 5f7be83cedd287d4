// What services need of the cluster beside what the stack declares is looked up before anything is declared.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { connect } from '../../cluster/kube.ts';
import { checkNeeds } from '../../program/needs.ts';
import { readSettings } from '../../settings/settings.ts';
import { startApiServer } from '../unit/cluster/api-server.ts';
import { stackValues } from '../unit/settings/stack-files.ts';

const namespace = '/api/v1/namespaces/cybermesh';
const settings = readSettings('cybermesh-dev', await stackValues('cybermesh-dev'));
const there = {
  [`${namespace}/secrets/cockroachdb-root-cert`]: { data: { 'root.crt': 'eA==' } },
  [`${namespace}/persistentvolumeclaims/datasets`]: {},
};

async function check(t: TestContext, objects: Record<string, unknown>, refused: string[] = []) {
  const api = await startApiServer();
  const kube = connect({ server: api.url, headers: async () => ({}) });
  t.after(() => {
    kube.close();
    api.stop();
  });
  api.answer = ({ path }) => {
    if (refused.includes(path)) return [403, { kind: 'Status', message: 'forbidden' }];
    return path in objects ? [200, objects[path]] : [404, { kind: 'Status', message: 'not found' }];
  };
  return checkNeeds(kube, settings);
}

test('with all of it there, nothing is said; Secrets that the stack declares are not asked for (M7)', async t => {
  assert.deepEqual(await check(t, there), []);
});

test('a Secret, a key of one and a claim that are not there are told together, with what to do (M7)', async t => {
  await assert.rejects(check(t, {}), {
    message: [
      'stack cybermesh-dev needs what its cluster does not have. Nothing was changed:',
      '  there is no Secret cybermesh/cockroachdb-root-cert (root.crt); make it, or let the stack do so: pulumi config set --secret --path \'slipway:secrets.cockroachdb-root-cert["root.crt"]\'',
      '  there is no PersistentVolumeClaim cybermesh/datasets; make it, or change slipway:volumes',
    ].join('\n'),
  });
  const other = { ...there, [`${namespace}/secrets/cockroachdb-root-cert`]: { data: { 'ca.crt': 'eA==' } } };
  await assert.rejects(check(t, other), /Secret cybermesh\/cockroachdb-root-cert has no key root\.crt; make it/);
});

test('what may not be looked at is said, and is no fault (M7)', async t => {
  const [note, ...rest] = await check(t, there, [`${namespace}/secrets/cockroachdb-root-cert`]);
  assert.match(note!, /^whether cybermesh has cockroachdb-root-cert among its secrets can't be seen: .*forbidden/);
  assert.deepEqual(rest, []);
});
