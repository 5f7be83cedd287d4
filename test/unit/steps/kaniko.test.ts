import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StepFailure } from '../../../steps/failure.ts';
import { buildAllByKaniko, type KanikoRequest } from '../../../steps/kaniko.ts';
import { executorArgs, kanikoPod } from '../../../steps/kaniko-pod.ts';
import { COMMIT } from './support/environment.ts';
import { recordedLog } from './support/folder.ts';
import { FakeCluster, type Outcome } from './support/kaniko.ts';

const AMD64 = `sha256:${'a'.repeat(64)}`;
const ARM64 = `sha256:${'b'.repeat(64)}`;
const DIGEST = `sha256:${'c'.repeat(64)}`;
const PODS = '/api/v1/namespaces/slipway-build/pods';
const RUNS = '/apis/tekton.dev/v1/namespaces/tekton-pipelines/pipelineruns';

const REQUEST: KanikoRequest = {
  platforms: ['linux/amd64', 'linux/arm64'],
  kaniko: {
    namespace: 'slipway-build',
    serviceAccount: 'kaniko',
    image: `cgr.dev/chainguard/kaniko:1.25.0@${DIGEST}`,
    stepImage: `10.34.0.202:5000/slipway/step:main@${DIGEST}`,
    resources: { cpu: '100m', memory: '256Mi' },
    emulate: ['linux/arm64'],
  },
  repoUrl: 'https://github.com/baerautotech/cerebral',
  commit: COMMIT,
  gitSettings: [['url.http://git/.insteadOf', 'https://github.com/']],
  dockerfile: 'microservices/ai-services/Dockerfile',
  context: 'microservices/ai-services',
  image: '10.34.0.202:5000/cerebral/ai-services',
  insecureRegistries: ['10.34.0.202:5000'],
  rewriteTimes: true,
  run: { name: 'cerebral-ai-services-1', namespace: 'tekton-pipelines' },
  text: 'FROM cerebral/ai-base:cuda\nRUN false\n',
  pinned: { 'cerebral/ai-base:cuda': `10.34.0.202:5000/cerebral/ai-base:cpu@${DIGEST}` },
  interval: 5,
};

function setUp(outcomes: Record<string, Outcome>, more: Partial<KanikoRequest> = {}) {
  const cluster = new FakeCluster(outcomes);
  const { log, text } = recordedLog();
  const build = (stop?: AbortSignal) => buildAllByKaniko(cluster.connect(), { ...REQUEST, ...more }, log, stop);
  return { cluster, text, build };
}

// biome-ignore lint/suspicious/noExplicitAny: an object of the API
const podOf = (platform: string): any => kanikoPod(REQUEST.kaniko, REQUEST, platform, 'FROM pinned\n');

test('every platform is built in a pod of its own, known by the digest it leaves; no pod stays', async () => {
  const { cluster, build, text } = setUp({ 'linux/amd64': { left: `${AMD64}\n` }, 'linux/arm64': { left: ARM64 } });
  assert.deepEqual(
    [...(await build())],
    [
      ['linux/amd64', AMD64],
      ['linux/arm64', ARM64],
    ],
  );
  assert.equal(cluster.created.length, 2);
  assert.equal(cluster.pods.size, 0);
  assert.match(text(), /\[linux\/arm64\] pod slipway-build\/cerebral-ai-services-1-arm64-2/);
});

test('the pod fetches the commit as root without rights, and builds the pinned Dockerfile', () => {
  const { metadata, spec } = podOf('linux/amd64');
  const [source] = spec.initContainers;
  const variables = Object.fromEntries(
    source.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
  );
  assert.equal(variables.PARAM_COMMIT, COMMIT);
  assert.equal(variables.SLIPWAY_PINNED_DOCKERFILE, 'FROM pinned\n');
  assert.deepEqual(JSON.parse(variables.SLIPWAY_GIT_CONFIG), REQUEST.gitSettings);
  assert.deepEqual(source.securityContext.capabilities, { drop: ['ALL'] });
  assert.equal(source.securityContext.runAsUser, 0);
  assert.equal(metadata.annotations['slipway.dev/run'], 'tekton-pipelines/cerebral-ai-services-1');
  assert.equal(spec.restartPolicy, 'Never');
  assert.equal(spec.automountServiceAccountToken, false);
  assert.equal(spec.activeDeadlineSeconds, 3600);
});

test('at a registry that asks for a password the executor signs in with the stack’s docker config, and nobody else does', () => {
  const { spec } = kanikoPod({ ...REQUEST.kaniko, login: 'slipway-registry' }, REQUEST, 'linux/amd64', '') as {
    // biome-ignore lint/suspicious/noExplicitAny: an object of the API
    spec: any;
  };
  const [executor] = spec.containers;
  assert.deepEqual(executor.env, [{ name: 'DOCKER_CONFIG', value: '/kaniko/.docker' }]);
  const mount = executor.volumeMounts.find((one: { mountPath: string }) => one.mountPath === '/kaniko/.docker');
  assert.deepEqual(spec.volumes.find((one: { name: string }) => one.name === mount.name).secret, {
    secretName: 'slipway-registry',
    items: [{ key: '.dockerconfigjson', path: 'config.json' }],
  });
  assert.ok(!JSON.stringify(spec.initContainers).includes(mount.name));
  assert.ok(!JSON.stringify(podOf('linux/amd64')).includes('login'));
});

test('a platform has a node of its own kind and no privilege; an emulated one runs anywhere, privileged', () => {
  const native = podOf('linux/amd64').spec;
  assert.deepEqual(native.nodeSelector, { 'kubernetes.io/arch': 'amd64' });
  assert.equal(native.containers[0].securityContext.privileged, undefined);
  assert.deepEqual(native.containers[0].securityContext.capabilities.drop, ['ALL']);
  const emulated = podOf('linux/arm64').spec;
  assert.equal(emulated.nodeSelector, undefined);
  assert.deepEqual(emulated.containers[0].securityContext, { privileged: true });
});

test('the executor is told its platform, the fixed time and a tag of its own, which no person reads', () => {
  const args = executorArgs(REQUEST, 'linux/arm64');
  for (const arg of [
    '--context=dir:///kaniko/source/src/microservices/ai-services',
    '--dockerfile=/kaniko/source/Dockerfile',
    '--destination=10.34.0.202:5000/cerebral/ai-services:kaniko-linux-arm64',
    '--custom-platform=linux/arm64',
    '--insecure-registry=10.34.0.202:5000',
    '--build-arg=SOURCE_DATE_EPOCH=315532800',
    '--build-arg=TARGETARCH=arm64',
    '--reproducible',
  ]) {
    assert.ok(args.includes(arg), `${arg} in ${args.join(' ')}`);
  }
  assert.ok(executorArgs({ ...REQUEST, context: '.' }, 'linux/arm64').includes('--context=dir:///kaniko/source/src'));
});

test('times are taken out of an image on request only', () => {
  assert.ok(!executorArgs({ ...REQUEST, rewriteTimes: false }, 'linux/amd64').includes('--reproducible'));
});

test('the failure of one platform is the reason, ends the others and leaves no pod', async () => {
  const lines = [JSON.stringify({ level: 'info', msg: 'RUN false' }), 'error building image: exit status 1'];
  const { cluster, build, text } = setUp({
    'linux/amd64': { left: AMD64, delay: 20_000 },
    'linux/arm64': { exitCode: 1, lines, delay: 50 },
  });
  const start = Date.now();
  await assert.rejects(build(), error => {
    assert.ok(error instanceof StepFailure);
    assert.equal(error.message, 'linux/arm64: Dockerfile:2: RUN false: exit status 1');
    return true;
  });
  assert.ok(Date.now() - start < 5000);
  assert.equal(cluster.pods.size, 0);
  assert.match(text(), /\[linux\/arm64\] RUN false/);
  assert.match(text(), /\[linux\/amd64\] cancelled: another platform failed/);
});

test('a run that is ended from outside takes its pods with it', async () => {
  const { cluster, build, text } = setUp({ 'linux/amd64': { delay: 20_000 }, 'linux/arm64': { delay: 20_000 } });
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  await assert.rejects(build(stop.signal), /^StepFailure: the build was ended from outside$/);
  assert.equal(cluster.created.length, 2);
  assert.equal(cluster.pods.size, 0);
  assert.match(text(), /cancelled: the run is being ended/);
});

test('pods that an ended run has left go with the next build; those of a run that goes on stay', async () => {
  const { cluster, build, text } = setUp({ 'linux/amd64': { left: AMD64 }, 'linux/arm64': { left: ARM64 } });
  for (const [name, run] of [
    ['left-1', 'tekton-pipelines/ended'],
    ['left-2', 'tekton-pipelines/gone'],
    ['busy-1', 'tekton-pipelines/going'],
  ] as const) {
    cluster.pods.set(`${PODS}/${name}`, { metadata: { name, annotations: { 'slipway.dev/run': run } } });
  }
  cluster.objects.set(`${RUNS}/ended`, { metadata: {}, status: { completionTime: '2026-01-01T00:00:00Z' } });
  cluster.objects.set(`${RUNS}/going`, { metadata: {}, status: {} });
  await build();
  assert.deepEqual([...cluster.pods.keys()], [`${PODS}/busy-1`]);
  assert.match(text(), /deleted pod left-1, left by run tekton-pipelines\/ended/);
});

const condition = { type: 'PodScheduled', status: 'False', message: "0/1 nodes didn't match node selector" };
test('a platform that no node has is told with its key, and no pod is left waiting', async () => {
  const { cluster, build } = setUp(
    { 'linux/amd64': { status: { phase: 'Pending', conditions: [condition] } }, 'linux/arm64': { delay: 20_000 } },
    { patience: { node: 20, trouble: 20, silence: 20 } },
  );
  await assert.rejects(
    build(),
    /^StepFailure: linux\/amd64: no node takes its build \(0\/1 nodes didn't match node selector\); add a node of that architecture, or take the platform out of slipway:nodePlatforms$/,
  );
  assert.equal(cluster.pods.size, 0);
});

const TROUBLES: [name: string, status: object, message: RegExp][] = [
  [
    'a source that can not be fetched',
    {
      initContainerStatuses: [
        {
          name: 'source',
          state: { terminated: { exitCode: 1, message: 'x\nslipway kaniko-source: repository r is not found\n' } },
        },
      ],
    },
    /linux\/amd64: the source can't be brought to Kaniko: repository r is not found$/,
  ],
  [
    'an image that can not be pulled',
    { containerStatuses: [{ name: 'executor', state: { waiting: { reason: 'ErrImagePull', message: 'not found' } } }] },
    /linux\/amd64: its build can't begin: pod .*ErrImagePull: not found/,
  ],
  ['a pod that took too long', { phase: 'Failed', reason: 'DeadlineExceeded' }, /its pod has ended: DeadlineExceeded/],
];
for (const [name, status, message] of TROUBLES) {
  test(`${name} is the reason of the failure`, async () => {
    const { build } = setUp(
      { 'linux/amd64': { status }, 'linux/arm64': { delay: 20_000 } },
      { patience: { node: 20, trouble: 20, silence: 20 } },
    );
    await assert.rejects(build(), message);
  });
}

test('an API server that is silent for a while does not end a build, one that stays silent does', async () => {
  const { cluster, build } = setUp({ 'linux/amd64': { left: AMD64 }, 'linux/arm64': { left: ARM64 } });
  cluster.silent = 3;
  assert.equal((await build()).size, 2);
  const lost = setUp({}, { patience: { node: 20, trouble: 20, silence: 50 } });
  lost.cluster.silent = Number.POSITIVE_INFINITY;
  await assert.rejects(lost.build(), /no whole answer/);
  assert.equal(lost.cluster.pods.size, 0);
});

test('an executor that leaves no digest is a failure', async () => {
  const { build } = setUp({ 'linux/amd64': { left: 'latest' }, 'linux/arm64': { left: ARM64 } });
  await assert.rejects(build(), /linux\/amd64: the builder reports "latest" as its digest/);
});

test('what Kaniko can not build is refused before there is a pod', async () => {
  const { cluster, build } = setUp({}, { text: 'FROM cerebral/ai-base:cuda\nRUN <<EOF\nEOF\n' });
  await assert.rejects(build(), /Dockerfile line 2: RUN <<…: Kaniko can't read here-documents/);
  assert.equal(cluster.created.length, 0);
});

test('credentials for git are in the container that fetches, and out of reach of what is built', () => {
  const pod = kanikoPod(
    { ...REQUEST.kaniko, gitSecret: 'slipway-git-credentials' },
    REQUEST,
    'linux/amd64',
    'FROM x\n',
  );
  // biome-ignore lint/suspicious/noExplicitAny: an object of the API
  const { spec } = pod as any;
  const mounts = (container: { volumeMounts: { name: string }[] }) => container.volumeMounts.map(({ name }) => name);
  assert.deepEqual(mounts(spec.initContainers[0]), ['source', 'tmp', 'git']);
  assert.deepEqual(mounts(spec.containers[0]), ['source']);
  assert.deepEqual(spec.volumes.at(-1), { name: 'git', secret: { secretName: 'slipway-git-credentials' } });
  assert.ok(!JSON.stringify(podOf('linux/amd64')).includes('git-credentials'));
});
