import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Kube, KubeObject } from '../../../../cluster/kube.ts';
import { rebuild } from '../../../../commands/builds/rebuild.ts';
import { REGISTRY, TestRegistry } from '../../steps/support/registry.ts';

const REFERENCE = `${REGISTRY}/cerebral/data-services:main`;
const RUN = {
  metadata: { generateName: 'cerebral-data-services-', namespace: 'tekton-pipelines' },
  spec: {},
} as unknown as KubeObject;
const begun = { metadata: { name: 'run-1' }, spec: {} };
const waiting = { ...begun, spec: { status: 'PipelineRunPending' } };
const ended = (status: string, more: object = {}) => ({
  metadata: { name: 'run-1', annotations: {} },
  spec: {},
  status: {
    conditions: [{ type: 'Succeeded', status, message: 'Tasks Completed: 1 (Failed: 1)' }],
    results: [
      { name: 'outcome', value: 'rolled out' },
      { name: 'digest', value: 'sha256:1234' },
    ],
  },
  ...more,
});

/** `looks`: what the API server answers, one look at the run after the other; the last one from then on. */
async function setUp(t: TestContext, looks: unknown[], built = true) {
  const registry = await TestRegistry.start();
  t.after(() => registry.stop());
  const digest = built ? registry.index('cerebral/data-services', 'main', ['linux/amd64', 'linux/arm64']) : undefined;
  const created: { path: string; body: unknown }[] = [];
  const kube = {
    create: async (path: string, body: unknown) => {
      created.push({ path, body });
      return { metadata: { name: 'run-1' } };
    },
    get: async () => (looks.length > 1 ? looks.shift() : looks[0]),
  } as unknown as Kube;
  const start = (timeout = 5000) => rebuild(kube, registry.client(), REFERENCE, RUN, { timeout, every: 1 });
  return { start, created, digest };
}

test('a rebuild starts the run, waits for its end and says what became of it', async t => {
  const running = { ...begun, status: { conditions: [{ type: 'Succeeded', status: 'Unknown' }] } };
  const { start, created } = await setUp(t, [waiting, begun, running, ended('True')]);
  assert.equal(await start(), `${REFERENCE}: rolled out, sha256:1234 (run run-1)`);
  assert.deepEqual(created, [{ path: '/apis/tekton.dev/v1/namespaces/tekton-pipelines/pipelineruns', body: RUN }]);
});

test('a service that was never built is left alone', async t => {
  const { start, created } = await setUp(t, [], false);
  assert.equal(await start(), `${REFERENCE} was never built; nothing to build again`);
  assert.deepEqual(created, []);
});

test('a run that fails is one line: its reason, the digest that stays, and what to do', async t => {
  const annotations = { 'slipway.dev/reason': 'linux/arm64: Dockerfile:9: RUN pip install: no matching distribution' };
  const { start, digest } = await setUp(t, [ended('False', { metadata: { name: 'run-1', annotations } })]);
  await assert.rejects(start(), {
    message:
      `${REFERENCE}: run run-1 failed: linux/arm64: Dockerfile:9: RUN pip install: no matching distribution; ` +
      `${REFERENCE} is ${digest}. Mend the service, push it, then run again: pulumi up`,
  });
});

test('a run without a reason of its own tells what Tekton says', async t => {
  const { start } = await setUp(t, [ended('False')]);
  await assert.rejects(start(), /run run-1 failed: Tasks Completed: 1 \(Failed: 1\); /);
});

test('a run that is deleted, or that does not end, is no success', async t => {
  const gone = await setUp(t, [undefined]);
  await assert.rejects(gone.start(), /run run-1 is gone before its end; run again: pulumi up/);
  const slow = await setUp(t, [begun]);
  await assert.rejects(slow.start(20), /run run-1 has not ended within 0\.02 s/);
});

test('the time of a run begins when others have made room for it; one that never gets its place is told', async t => {
  const { start } = await setUp(t, [...Array(30).fill(waiting), ...Array(30).fill(begun), ended('True')]);
  assert.match(await start(100), /rolled out/);
  const stuck = await setUp(t, [waiting]);
  await assert.rejects(
    stuck.start(20),
    /run run-1 has waited 0\.02 s for its place; see whether Deployment slipway-push is up/,
  );
});
