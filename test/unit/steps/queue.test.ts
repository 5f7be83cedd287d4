import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KubeError } from '../../../cluster/kube.ts';
import { QUEUE } from '../../../cluster/runs.ts';
import { releaseRuns } from '../../../steps/queue.ts';
import { FakeRuns } from './support/fake-runs.ts';
import { recordedLog } from './support/folder.ts';

const PIPELINE = 'cerebral-microservice-pipeline';

/** `waiting` runs of one push, run-1 the oldest. */
function setUp(waiting: number, parallel = 4) {
  const cluster = new FakeRuns();
  const queued = { labels: { [QUEUE]: 'build' } };
  const spec = { pipelineRef: { name: PIPELINE }, status: 'PipelineRunPending' };
  for (let i = 1; i <= waiting; i++) cluster.add(`run-${i}`, { metadata: { ...queued, name: '' }, spec: { ...spec } });
  const { log, text } = recordedLog();
  const rule = { namespace: 'tekton-pipelines', pipeline: PIPELINE, parallel };
  const pass = (kube = cluster.connect()) => releaseRuns(kube, rule, log);
  const begun = () => [...cluster.runs.values()].filter(run => !run.spec.status).map(run => run.metadata.name);
  return { cluster, pass, begun, text };
}

test('of twelve runs four begin, the oldest, and the others wait without a pod until one has built', async () => {
  const { cluster, pass, begun, text } = setUp(12);
  await pass();
  assert.deepEqual(begun(), ['run-1', 'run-2', 'run-3', 'run-4']);
  assert.equal(text(), 'released run-1, run-2, run-3, run-4; 8 wait, as 4 build at a time');
  await pass();
  assert.equal(begun().length, 4);
  // It still rolls out.
  delete cluster.runs.get('run-2')!.metadata.labels![QUEUE];
  await pass();
  assert.deepEqual(begun(), ['run-1', 'run-2', 'run-3', 'run-4', 'run-5']);
});

test('the oldest begins first, in whatever order the API server lists them', async () => {
  const { cluster, pass, begun } = setUp(2, 1);
  const { metadata, spec } = cluster.runs.get('run-1')!;
  cluster.add('older', { metadata: { ...metadata, creationTimestamp: '2026-01-01T00:00:00Z' }, spec });
  await pass();
  assert.deepEqual(begun(), ['older']);
});

test('a run that ends, however it ends, gives its place free', async () => {
  const { cluster, pass, begun } = setUp(4, 1);
  await pass();
  for (const [name, status] of [
    ['run-1', 'True'],
    ['run-2', 'False'],
  ] as const) {
    cluster.end(name, status);
    await pass();
    assert.equal(cluster.runs.get(name)!.metadata.labels![QUEUE], undefined, 'it is out of the queue');
  }
  assert.deepEqual(begun(), ['run-1', 'run-2', 'run-3']);
  cluster.runs.delete('run-3');
  await pass();
  assert.deepEqual(begun(), ['run-1', 'run-2', 'run-4'], 'nor does a deleted one keep it');
});

test('whoever releases may be killed at any moment: the next one goes on with what it finds', async () => {
  const { cluster, pass, begun } = setUp(6, 2);
  let left = 1;
  cluster.before = verb => {
    if (verb === 'patch' && left-- <= 0) throw new Error('killed');
  };
  await pass();
  assert.equal(begun().length, 1);
  cluster.before = () => {};
  await pass(cluster.connect());
  assert.deepEqual(begun(), ['run-1', 'run-2']);
});

test('two that release at the same time let no more begin than one', async () => {
  const { pass, begun } = setUp(6, 2);
  await Promise.all([pass(), pass()]);
  assert.deepEqual(begun(), ['run-1', 'run-2']);
});

test('a run that is cancelled as it waits is not brought back, and holds up nobody', async () => {
  const { cluster, pass, begun } = setUp(3, 1);
  cluster.before = (verb, name) => {
    const run = cluster.runs.get('run-1')!;
    if (verb !== 'patch' || name !== 'run-1' || run.spec.status === 'Cancelled') return;
    run.spec.status = 'Cancelled';
    cluster.touch(run);
  };
  await pass();
  assert.equal(cluster.runs.get('run-1')!.spec.status, 'Cancelled');
  cluster.end('run-1', 'False');
  await pass();
  assert.deepEqual(begun(), ['run-2']);
});

test('a run that can not be changed keeps no other waiting', async () => {
  const { cluster, pass, begun, text } = setUp(3, 2);
  cluster.before = (verb, name) => {
    if (verb === 'patch' && name === 'run-1') throw new KubeError('PATCH', 403, 'Forbidden', 'no');
  };
  await pass();
  assert.deepEqual(begun(), ['run-2']);
  assert.match(text(), /^run-1 can't be changed: .*403 Forbidden/);
});

test('runs of another pipeline, and those that a person made, are neither released nor counted', async () => {
  const { cluster, pass, begun } = setUp(2, 2);
  cluster.add('other', {
    metadata: { name: '', creationTimestamp: '2026-01-01T00:00:00Z', labels: { [QUEUE]: 'build' } },
    spec: { pipelineRef: { name: 'another' }, status: 'PipelineRunPending' },
  });
  cluster.add('by-hand', { metadata: { name: '' }, spec: { pipelineRef: { name: PIPELINE } } });
  await pass();
  assert.deepEqual(begun(), ['run-1', 'run-2', 'by-hand']);
});
