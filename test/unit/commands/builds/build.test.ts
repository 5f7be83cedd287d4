import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KubeError } from '../../../../cluster/kube.ts';
import { paramOf, QUEUE } from '../../../../cluster/runs.ts';
import {
  type BuildRequest,
  checkRequest,
  deployedConfig,
  followRuns,
  type Progress,
  progressLines,
  startRuns,
} from '../../../../commands/builds/build.ts';
import { FakeRuns } from '../../steps/support/fake-runs.ts';
import { pushConfigText } from '../../steps/support/push-config.ts';

const KNOWN = ['ai-services', 'data-services', 'knowledge-services'];
const COMMIT = 'c'.repeat(40);
const CONFIG_MAP = '/api/v1/namespaces/tekton-pipelines/configmaps/slipway-push';

async function setUp() {
  const cluster = new FakeRuns();
  cluster.objects.set(CONFIG_MAP, { metadata: { name: 'slipway-push' }, data: { 'push.json': pushConfigText(KNOWN) } });
  const kube = cluster.connect();
  const config = await deployedConfig(kube, 'dev');
  const start = (services: string[], more: Omit<BuildRequest, 'services'> = {}) =>
    startRuns(kube, config, services, more);
  const shown: string[][] = [];
  const follow = (started: Progress[], signal?: AbortSignal) =>
    followRuns(kube, config, started, {
      ...{ every: 1, silence: 500, signal },
      show: progress => shown.push(progress.map(({ text }) => text)),
    });
  return { cluster, kube, start, follow, shown };
}

test('a run by hand is one of the stack’s own: in the queue, owned by its Pipeline, of the head of the branch', async () => {
  const { cluster, start } = await setUp();
  const [started] = await start(['data-services']);
  assert.deepEqual(started, {
    ...{ service: 'data-services', run: 'cerebral-data-services-1', text: 'started', ended: false, failed: false },
  });
  const run = cluster.runs.get('cerebral-data-services-1')!;
  assert.equal(run.spec.status, 'PipelineRunPending');
  assert.deepEqual(run.metadata.labels, {
    [QUEUE]: 'build',
    'slipway.dev/service': 'data-services',
    'slipway.dev/trigger': 'hand',
  });
  assert.deepEqual(Object.fromEntries(run.spec.params!.map(({ name, value }) => [name, value])), {
    'repo-branch': 'main',
    'image-name': 'cerebral/data-services',
    'deployment-name': 'data-services',
    dockerfile: 'microservices/data-services/Dockerfile',
    'build-context': './microservices/data-services/',
  });
});

test('a commit is built as it is, and another branch under a tag of its own name', async () => {
  const { cluster, start } = await setUp();
  await start(['ai-services'], { commit: COMMIT, branch: 'release/2.x' });
  const [run] = [...cluster.runs.values()];
  assert.equal(paramOf(run!, 'commit'), COMMIT);
  assert.equal(paramOf(run!, 'repo-branch'), 'release/2.x');
  assert.equal(paramOf(run!, 'image-tag'), 'release-2.x');
  assert.equal(paramOf(run!, 'changes'), undefined, 'it is no push');
  assert.equal(run!.spec.params!.filter(({ name }) => name === 'repo-branch').length, 1);
});

test('every fault of a request is told at once, before a run is created', () => {
  const request = { services: ['ai-service', 'data-services', 'x'], commit: 'abc123', branch: 'a..b' };
  assert.throws(() => checkRequest('dev', request, KNOWN), {
    message: [
      '"ai-service" is no service of stack dev; there are ai-services, data-services, knowledge-services; did you mean "ai-services"?',
      '"x" is no service of stack dev; there are ai-services, data-services, knowledge-services',
      '--commit: found "abc123"; expected its 40 digits, as `git rev-parse abc123` prints them',
      '--branch: found "a..b"; expected a branch name without refs/heads/, of letters, digits and . _ / @ + = -, no "..", no empty part',
    ].join('\n'),
  });
});

test('a cluster without the pipeline, and one that does not know a service yet, are answered with what to do', async () => {
  const { cluster, kube, start } = await setUp();
  await assert.rejects(start(['security-services']), {
    message: "the cluster's pipeline does not know security-services yet; run `pulumi up` first",
  });
  cluster.objects.get(CONFIG_MAP)!.data = { 'push.json': '{}' };
  await assert.rejects(deployedConfig(kube, 'dev'), /can't be read \(no repository or branch\): another version/);
  cluster.objects.clear();
  await assert.rejects(deployedConfig(kube, 'dev'), {
    message: 'the cluster has no pipeline of stack dev yet; run `pulumi up --stack dev` first',
  });
});

test('runs are followed through their states to the digest of each, and the reason of one that failed', async () => {
  const { cluster, start, follow, shown } = await setUp();
  const started = await start(KNOWN);
  const [first = '', second = '', third = ''] = started.map(({ run }) => run!);
  const runs = cluster.runs;
  let looks = 0;
  cluster.before = verb => {
    if (verb !== 'list') return;
    looks += 1;
    if (looks === 2) delete runs.get(first)!.spec.status;
    if (looks === 3) delete runs.get(first)!.metadata.labels![QUEUE];
    if (looks < 4) return;
    const results = [
      { name: 'outcome', value: 'rolled out' },
      { name: 'digest', value: 'sha256:1234' },
    ];
    cluster.end(first, 'True', { results });
    runs.get(second)!.metadata.annotations = { 'slipway.dev/reason': 'Dockerfile:9: RUN pip install: no' };
    cluster.end(second, 'False');
    runs.delete(third);
  };
  const ended = await follow(started);
  const waits = 'waits for slipway-push to let it begin (4 build at a time)';
  assert.deepEqual(shown.slice(0, 3), [
    [waits, waits, waits],
    ['builds', waits, waits],
    ['rolls out', waits, waits],
  ]);
  assert.deepEqual(progressLines(ended), [
    `ai-services         rolled out, sha256:1234  (${first})`,
    `data-services       failed: Dockerfile:9: RUN pip install: no  (${second})`,
    `knowledge-services  its run is gone before its end  (${third})`,
  ]);
  assert.deepEqual(
    ended.map(({ failed }) => failed),
    [false, true, true],
  );
});

test('a run that the API server refuses is a failed build, and the others are started', async () => {
  const { cluster, start } = await setUp();
  cluster.before = (verb, name) => {
    if (verb === 'create' && name.includes('data')) throw new KubeError('POST /x', 403, 'Forbidden', 'no');
  };
  const started = await start(KNOWN);
  assert.deepEqual(
    started.map(({ failed }) => failed),
    [false, true, false],
  );
  assert.match(started[1]!.text, /^no run can be created: POST \/x: 403 Forbidden/);
});

test('an API server that is silent for a moment ends nothing; one that stays silent is told', async () => {
  const { cluster, start, follow } = await setUp();
  const started = await start(['ai-services']);
  let silent = 5;
  cluster.before = () => {
    if (silent-- > 0) throw new Error('no whole answer within 30 s');
    cluster.end(started[0]!.run!);
  };
  assert.equal((await follow(started))[0]!.ended, true);
  cluster.before = () => {
    throw new Error('no whole answer within 30 s');
  };
  await assert.rejects(follow(started), /no whole answer/);
});

test('who stops following leaves the runs as they are', async () => {
  const { cluster, start, follow } = await setUp();
  const started = await start(['ai-services']);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 20);
  const [left] = await follow(started, stop.signal);
  assert.equal(left!.ended, false);
  assert.equal(cluster.runs.get(left!.run!)!.spec.status, 'PipelineRunPending');
});
