import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeReporter, writeResults } from '../../../steps/report.ts';
import { recordedLog, temporaryFolder } from './support/folder.ts';
import { TestApi } from './support/kube-api.ts';

const RUN = { name: 'manual-x1', namespace: 'tekton-pipelines' };
const RUN_PATH = '/apis/tekton.dev/v1/namespaces/tekton-pipelines/pipelineruns/manual-x1';
const PIPELINE_PATH = '/apis/tekton.dev/v1/namespaces/tekton-pipelines/pipelines/cerebral-microservice-pipeline';
const OWNER = { apiVersion: 'tekton.dev/v1', kind: 'Pipeline', name: 'cerebral-microservice-pipeline', uid: 'u-1' };

async function setUp(t: TestContext, patience = 5000) {
  const api = await TestApi.start();
  api.objects.set(PIPELINE_PATH, { metadata: { name: OWNER.name, uid: OWNER.uid } });
  // biome-ignore lint/suspicious/noExplicitAny: as stored
  const run: any = { metadata: { name: RUN.name, resourceVersion: '1' }, spec: { pipelineRef: { name: OWNER.name } } };
  api.objects.set(RUN_PATH, run);
  const kube = api.connect();
  t.after(() => {
    kube.close();
    api.stop();
  });
  const { log, text } = recordedLog();
  return { api, run, text, reporter: makeReporter(RUN, () => kube, log, patience) };
}

test('a run gets the Pipeline as its owner, beside the owners that it has', async t => {
  const { run, reporter } = await setUp(t);
  const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u-2' };
  run.metadata.ownerReferences = [other];
  await reporter.adopt();
  assert.deepEqual(run.metadata.ownerReferences, [other, OWNER]);
});

test('a run that the Pipeline owns already is left as it is', async t => {
  const { api, run, reporter } = await setUp(t);
  run.metadata.ownerReferences = [OWNER];
  await reporter.adopt();
  assert.ok(!api.requests.some(({ method }) => method === 'PATCH'));
});

test('a run that Tekton writes at the same time is adopted all the same, and an owner written meanwhile stays', async t => {
  const { api, run, reporter, text } = await setUp(t);
  const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'u-2' };
  let writes = 3;
  api.before = method => {
    if (method === 'PATCH' && writes-- > 0) {
      Object.assign(run.metadata, { ownerReferences: [other], resourceVersion: `w${writes}` });
    }
    return undefined;
  };
  await reporter.adopt();
  assert.deepEqual(run.metadata.ownerReferences, [other, OWNER]);
  assert.equal(text(), '');
});

test('a run that is written at every try is a warning in the end', async t => {
  const { api, run, reporter, text } = await setUp(t);
  api.before = method => {
    if (method === 'PATCH') run.metadata.resourceVersion += '1';
    return undefined;
  };
  await reporter.adopt();
  assert.match(text(), /warning: the run can't be given to its Pipeline: .*409/);
});

test('a run with an embedded pipeline has no owner to get', async t => {
  const { api, run, reporter, text } = await setUp(t);
  run.spec = { pipelineSpec: {} };
  await reporter.adopt();
  assert.ok(!api.requests.some(({ method }) => method === 'PATCH'));
  assert.equal(text(), '');
});

test('reason and outcome are one-line annotations of bounded length on the run', async t => {
  const { run, reporter } = await setUp(t);
  await reporter.failed(`no\nbase ${'x'.repeat(5000)}`);
  await reporter.ended('rolled out');
  const { 'slipway.dev/reason': reason, 'slipway.dev/outcome': outcome } = run.metadata.annotations;
  assert.ok(reason.startsWith('no base xxx') && reason.length === 1000);
  assert.equal(outcome, 'rolled out');
});

test('a fault in reporting is a warning, never an error', async t => {
  const { api, reporter, text } = await setUp(t);
  api.before = () => 403;
  await reporter.adopt();
  await reporter.failed('x');
  await reporter.ended('x');
  assert.equal(text().match(/^warning: .*403/gm)?.length, 3);
  const unconnected = makeReporter(
    RUN,
    () => assert.fail('not in a pod'),
    () => {},
  );
  await unconnected.failed('x');
});

test('a server that does not answer holds a report for a bounded time', async t => {
  const { api, reporter, text } = await setUp(t, 100);
  api.before = () => new Promise(() => {});
  await reporter.failed('x');
  assert.match(text(), /no answer within 0.1 s/);
});

test('outside of a run there is nothing to report to', async () => {
  const reporter = makeReporter(undefined, () => assert.fail('must not connect'), assert.fail);
  await reporter.adopt();
  await reporter.failed('x');
});

test('results go to the files that the environment names, and only those', async t => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'digest');
  await writeResults({ RESULT_DIGEST: file }, { digest: 'sha256:1', commit: 'abc' });
  assert.equal(readFileSync(file, 'utf8'), 'sha256:1');
  assert.equal(existsSync(join(folder, 'commit')), false);
});

test('a run that has built leaves the queue before its end, and keeps its other labels', async t => {
  const { run, reporter } = await setUp(t);
  run.metadata.labels = { 'slipway.dev/queue': 'build', 'slipway.dev/service': 'ai-services' };
  await reporter.built();
  assert.deepEqual(run.metadata.labels, { 'slipway.dev/service': 'ai-services' });
});
