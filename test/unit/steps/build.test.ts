import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type BuildRequest, buildAll, buildctlArgs } from '../../../steps/build.ts';
import { buildFailure, isRefusedPush } from '../../../steps/build-failure.ts';
import { StepFailure } from '../../../steps/failure.ts';
import { type Behaviour, fakeBuildctl, recorded } from './support/buildctl.ts';
import { recordedLog, temporaryFolder } from './support/folder.ts';

const AMD64 = `sha256:${'a'.repeat(64)}` as const;
const ARM64 = `sha256:${'b'.repeat(64)}` as const;
const BASE = 'cerebral/ai-base:cuda';
const PINNED = `10.34.0.202:5000/cerebral/ai-base:cpu@sha256:${'c'.repeat(64)}`;

const REQUEST: Omit<BuildRequest, 'work' | 'env'> = {
  platforms: ['linux/amd64', 'linux/arm64'],
  builders: { 'linux/amd64': 'tcp://amd64:1234', 'linux/arm64': 'tcp://arm64:1234' },
  tls: '/buildkit-client',
  dockerfile: '/work/src/docker/api.Dockerfile',
  context: '/work/src/my service',
  text: 'FROM cerebral/ai-base:cuda as base\n',
  pinned: { [BASE]: PINNED },
  secrets: {},
  image: '10.34.0.202:5000/cerebral/ai-services',
  rewriteTimes: false,
};

function setUp(t: TestContext, behaviours: Record<string, Behaviour>, more: Partial<BuildRequest> = {}) {
  const folder = temporaryFolder(t);
  const env = fakeBuildctl(folder, behaviours);
  const { log, text } = recordedLog();
  const work = join(folder, 'work');
  return { folder, work, text, build: () => buildAll({ ...REQUEST, work, env, ...more }, log) };
}

// As BuildKit v0.25 ends, by `buildctl build --progress=plain`.
const FAILED = [
  '#7 [2/3] RUN pip install nope',
  '#7 0.412 ERROR: Could not find a version that satisfies the requirement nope',
  '#7 ERROR: process "/bin/sh -c pip install nope" did not complete successfully: exit code: 1',
  '------',
  ' > [2/3] RUN pip install nope:',
  '0.401 Collecting nope',
  '0.412 ERROR: Could not find a version that satisfies the requirement nope',
  '------',
  'Dockerfile:2',
  '--------------------',
  '   1 |     FROM cerebral/ai-base:cuda as base',
  '   2 | >>> RUN pip install nope',
  '--------------------',
  'error: failed to solve: process "/bin/sh -c pip install nope" did not complete successfully: exit code: 1',
];

test('every platform is built on its own builder and gives its digest', async t => {
  const { build, folder } = setUp(t, { 'linux/amd64': { digest: AMD64 }, 'linux/arm64': { digest: ARM64 } });
  assert.deepEqual(
    [...(await build())],
    [
      ['linux/amd64', AMD64],
      ['linux/arm64', ARM64],
    ],
  );
  for (const [platform, address] of Object.entries(REQUEST.builders)) {
    const { args } = recorded(folder, platform)!;
    assert.equal(args[args.indexOf('--addr') + 1], address);
  }
});

test('a builder that must sign in asks buildctl, which has the docker config of the step', async t => {
  const folder = temporaryFolder(t);
  const env = { ...fakeBuildctl(folder, { 'linux/amd64': { digest: AMD64 } }), DOCKER_CONFIG: '/registry-login' };
  const { log } = recordedLog();
  await buildAll({ ...REQUEST, platforms: ['linux/amd64'], work: join(folder, 'work'), env }, log);
  const { dockerConfig, home } = recorded(folder, 'linux/amd64')!;
  assert.deepEqual([dockerConfig, home], ['/registry-login', join(folder, 'work')]);
});

test('platforms are built at the same time', async t => {
  const delay = 600;
  const { build } = setUp(t, { 'linux/amd64': { digest: AMD64, delay }, 'linux/arm64': { digest: ARM64, delay } });
  const start = Date.now();
  await build();
  assert.ok(Date.now() - start < 2 * delay + 400, 'one after the other');
});

test('the arguments name the pinned base, the fixed time, the platform, and push by digest only', () => {
  assert.deepEqual(buildctlArgs({ ...REQUEST, work: '/work', env: {} }, 'linux/arm64', '/work/m.json'), [
    '--addr',
    'tcp://arm64:1234',
    '--tlscacert',
    '/buildkit-client/ca.crt',
    '--tlscert',
    '/buildkit-client/tls.crt',
    '--tlskey',
    '/buildkit-client/tls.key',
    '--tlsservername',
    'buildkitd',
    'build',
    '--progress=plain',
    '--frontend=dockerfile.v0',
    '--local=context=/work/src/my service',
    '--local=dockerfile=/work/src/docker',
    '--opt=filename=api.Dockerfile',
    '--opt=platform=linux/arm64',
    '--opt=build-arg:SOURCE_DATE_EPOCH=315532800',
    `--opt=context:${BASE}=docker-image://${PINNED}`,
    '--output=type=image,name=10.34.0.202:5000/cerebral/ai-services,push=true,push-by-digest=true,name-canonical=true,oci-mediatypes=true',
    '--metadata-file=/work/m.json',
  ]);
});

test('file times are rewritten on request only', () => {
  const output = (rewriteTimes: boolean) =>
    buildctlArgs({ ...REQUEST, rewriteTimes, work: '/w', env: {} }, 'linux/amd64', '/m').find(arg =>
      arg.startsWith('--output'),
    );
  assert.match(output(true)!, /,rewrite-timestamp=true$/);
  assert.doesNotMatch(output(false)!, /rewrite-timestamp/);
});

test('a builder on a unix socket is used without TLS', () => {
  const builders = { 'linux/amd64': 'unix:///run/buildkit.sock' };
  const args = buildctlArgs({ ...REQUEST, builders, work: '/w', env: {} }, 'linux/amd64', '/m');
  assert.ok(!args.some(arg => arg.startsWith('--tls')));
});

test('lines of a build are told apart by their platform', async t => {
  const line = '#5 [1/2] FROM cerebral/ai-base:cuda';
  const { build, text } = setUp(t, {
    'linux/amd64': { digest: AMD64, lines: [line] },
    'linux/arm64': { digest: ARM64, lines: [line] },
  });
  await build();
  for (const platform of REQUEST.platforms) assert.ok(text().includes(`[${platform}] ${line}`), text());
});

test('a failed build is told by platform, line, instruction and what it said last', async t => {
  const { build } = setUp(t, { 'linux/amd64': { digest: AMD64 }, 'linux/arm64': { status: 1, lines: FAILED } });
  await assert.rejects(build(), error => {
    assert.ok(error instanceof StepFailure);
    assert.match(
      error.message,
      /^linux\/arm64: Dockerfile:2: RUN pip install nope: Collecting nope: ERROR: Could not find a version .* nope: process .* exit code: 1$/,
    );
    return true;
  });
});

test('the failure of one platform ends the builds of the others', async t => {
  const { build, folder, text } = setUp(t, {
    'linux/amd64': { digest: AMD64, delay: 20_000 },
    'linux/arm64': { status: 1, delay: 700, lines: FAILED },
  });
  const start = Date.now();
  await assert.rejects(build(), /^StepFailure: linux\/arm64: /);
  assert.ok(Date.now() - start < 10_000);
  assert.equal(recorded(folder, 'linux/amd64')!.ended, 'terminated');
  assert.match(text(), /\[linux\/amd64\] cancelled: another platform failed/);
});

const UNANSWERED = [
  'error: listing workers for Build: failed to list workers: Unavailable: name resolver error: produced zero addresses',
  'error: failed to receive status: rpc error: code = Unavailable desc = connection error: desc = "transport: broken"',
  'error: failed to solve: Unavailable: error reading from server: EOF',
];
for (const line of UNANSWERED) {
  test(`a builder that does not answer is named with its address: ${line.slice(7, 60)}`, () => {
    const { message } = buildFailure('linux/arm64', 'tcp://arm64:1234', { status: 1, stdout: '', lines: [line] });
    assert.match(
      message,
      /^linux\/arm64: the builder tcp:\/\/arm64:1234 can't be used: .*see whether its pod is ready/,
    );
  });
}

test('a registry that the builder can not reach is not called a fault of the builder', () => {
  const lines = [
    'error: failed to solve: python:3.11: failed to resolve source metadata: dial tcp: lookup docker.io: no such host',
  ];
  const { message } = buildFailure('linux/amd64', 'tcp://a:1', { status: 1, stdout: '', lines });
  assert.match(message, /^linux\/amd64: python:3.11: failed to resolve/);
});

test('a failure outside of an instruction is the last thing that was said', () => {
  const lines = [
    '#3 ERROR: not found',
    '------',
    ' > [internal] load metadata for docker.io/library/nope:1:',
    '------',
    'error: failed to solve: docker.io/library/nope:1: not found',
  ];
  const { message } = buildFailure('linux/amd64', 'tcp://a:1', { status: 1, stdout: '', lines });
  assert.match(message, /nope:1: not found$/);
  const silent = buildFailure('linux/amd64', 'tcp://a:1', { status: 137, stdout: '', lines: [] });
  assert.equal(silent.message, 'linux/amd64: buildctl ended with 137');
});

test('a full disk of the builder is named as such, with what to do', () => {
  const lines = [
    '#9 ERROR: write /x: no space left on device',
    'error: failed to solve: write /x: no space left on device',
  ];
  const { message } = buildFailure('linux/amd64', 'tcp://a:1', { status: 1, stdout: '', lines });
  assert.match(message, /^linux\/amd64: the disk of the builder tcp:\/\/a:1 is full; give it a larger one/);
  const unpacking = 'failed to convert whiteout file "tmp/.wh.build": unlinkat /tmp/m/tmp/build: input/output error';
  const failure = { status: 1, stdout: '', lines: [`error: failed to solve: ${unpacking}`] };
  assert.match(buildFailure('linux/amd64', 'tcp://a:1', failure).message, /tcp:\/\/a:1 can't be written; see whether/);
});

test('a full disk that the registry tells of is not called the builder’s', () => {
  const error =
    'error: failed to solve: failed to push 10.34.0.202:5000/x: unknown: unknown error - filesystem: write /var/lib/registry/y: no space left on device';
  const { message } = buildFailure('linux/amd64', 'tcp://a:1', { status: 1, stdout: '', lines: [error] });
  assert.match(message, /^linux\/amd64: the disk under the registry is full; .*: failed to push 10\.34/);
});

test('a push that the registry refused is told from other failures', () => {
  const of = (error: string) => buildFailure('linux/amd64', 'tcp://a:1', { status: 1, stdout: '', lines: [error] });
  const refused =
    'unexpected status from PATCH request to http://r:5000/v2/x/blobs/uploads/1: 500 Internal Server Error';
  assert.equal(isRefusedPush(of(`error: failed to solve: failed to push r:5000/x: ${refused}`)), true);
  assert.equal(isRefusedPush(of('error: failed to solve: r:5000/x: not found')), false);
});

test('a builder that reports no digest is a failure', async t => {
  const { build } = setUp(t, { 'linux/amd64': { digest: 'latest' }, 'linux/arm64': { digest: ARM64 } });
  await assert.rejects(build(), /linux\/amd64: the builder reports "latest" as its digest/);
});

test('a step image without buildctl is told as such', async t => {
  const { build } = setUp(t, {}, { env: { PATH: '/nowhere' } });
  await assert.rejects(build(), /buildctl can't be started: .*step image/);
});

test('secret files and a source policy are options of each build', () => {
  const request = {
    ...REQUEST,
    ...{ work: '/work', env: {}, secrets: { 'ca-bundle': '/build-secrets/ca-bundle' } },
    text: 'FROM python AS python\n',
    pinned: { python: PINNED },
  };
  const args = buildctlArgs(request, 'linux/arm64', '/work/m.json');
  assert.ok(args.includes('--secret=id=ca-bundle,src=/build-secrets/ca-bundle'));
  assert.ok(args.includes('--source-policy-file=/work/source-policy.json'));
});

test('a build that does not trust whom it asks is told where an authority goes', () => {
  const line = 'SSLError(SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"))';
  const { message } = buildFailure('linux/amd64', 'tcp://amd64:1234', {
    ...{ status: 1, stdout: '' },
    lines: [`#7 0.4 ${line}`, 'error: failed to solve: process "pip" did not complete successfully: exit code: 1'],
  });
  assert.match(
    message,
    /slipway:buildSecrets\.ca-bundle, and mount that in the RUN \(--mount=type=secret,id=ca-bundle\)$/,
  );
});

test('layers that are kept in the registry have a ref of their own platform; without the wish there is none', () => {
  const cacheArgs = (more: Partial<BuildRequest>) =>
    buildctlArgs({ ...REQUEST, ...more, work: '/w', env: {} }, 'linux/arm64', '/m').filter(arg =>
      arg.includes('-cache='),
    );
  const ref = '10.34.0.202:5000/cerebral/ai-services:cache-linux-arm64';
  assert.deepEqual(cacheArgs({ cache: true }), [
    `--import-cache=type=registry,ref=${ref}`,
    `--export-cache=type=registry,ref=${ref},mode=max,oci-mediatypes=true,image-manifest=true,ignore-error=true`,
  ]);
  assert.deepEqual(cacheArgs({}), []);
});
