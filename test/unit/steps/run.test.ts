// The steps as the pipeline runs them, one after the other, with a git server, a registry, an API server and a
// stand-in for buildctl.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { printEndpoints } from '../../../images/endpoints.ts';
import { runStep } from '../../../steps/run.ts';
import { fakeBuildctl, recorded } from './support/buildctl.ts';
import { environment } from './support/environment.ts';
import { temporaryFolder } from './support/folder.ts';
import { commitTree, serveGit } from './support/git-server.ts';
import { LEASE, TestApi } from './support/kube-api.ts';
import { REGISTRY, TestRegistry } from './support/registry.ts';

const PLATFORMS = ['linux/amd64', 'linux/arm64'];
const RUN_PATH = '/apis/tekton.dev/v1/namespaces/tekton-pipelines/pipelineruns/push-x1';
const PIPELINE = '/apis/tekton.dev/v1/namespaces/tekton-pipelines/pipelines/cerebral-microservice-pipeline';
const OLD = `${REGISTRY}/cerebral/ai-services:old@sha256:${'8'.repeat(64)}`;

async function setUp(t: TestContext) {
  const folder = temporaryFolder(t);
  const [registry, api] = await Promise.all([TestRegistry.start(), TestApi.start()]);
  const commit = commitTree(join(folder, 'git/cerebral'), {
    'microservices/ai-services/Dockerfile': 'FROM cerebral/ai-base:cuda as base\nARG SOURCE_DATE_EPOCH\nCOPY . /app\n',
    'microservices/ai-services/app.py': 'print(1)\n',
  });
  const git = await serveGit(join(folder, 'git'));
  t.after(() => {
    git.stop();
    registry.stop();
    api.stop();
  });
  const base = registry.index('cerebral/ai-base', 'cpu', PLATFORMS);
  const reference = `${REGISTRY}/cerebral/ai-base:cpu@${base}`;
  const built = (platform: string) => ({ digest: registry.image('cerebral/ai-services', platform) });
  const path = fakeBuildctl(folder, { 'linux/amd64': built('linux/amd64'), 'linux/arm64': built('linux/arm64') });
  api.objects.set(PIPELINE, { metadata: { name: 'cerebral-microservice-pipeline', uid: 'u-1' } });
  // biome-ignore lint/suspicious/noExplicitAny: as stored
  const run: any = { metadata: { name: 'push-x1' }, spec: { pipelineRef: { name: 'cerebral-microservice-pipeline' } } };
  api.objects.set(RUN_PATH, run);
  api.lease();
  const work = join(folder, 'work');
  mkdirSync(work);
  const env = {
    ...path,
    ...environment({
      PARAM_REPO_URL: `${git.url}/cerebral/.git`,
      SLIPWAY_WORK: work,
      SLIPWAY_ENDPOINTS: printEndpoints(registry.endpoints),
      SLIPWAY_BASES: JSON.stringify([{ repository: 'cerebral/ai-base', tag: 'cuda', reference }]),
      SLIPWAY_RUN_NAME: 'push-x1',
      SLIPWAY_RUN_NAMESPACE: 'tekton-pipelines',
      ...Object.fromEntries(
        ['DIGEST', 'COMMIT', 'REFERENCE', 'SUPERSEDED', 'OUTCOME'].map(name => [`RESULT_${name}`, join(folder, name)]),
      ),
    }),
  };
  const stdout: string[] = [];
  const stderr: string[] = [];
  const step = (name: string | undefined, more: Record<string, string | undefined> = {}) =>
    runStep(
      name,
      { ...env, ...more },
      { connect: () => api.connect(), stdout: line => stdout.push(line), stderr: line => stderr.push(line) },
    );
  const result = (name: string) => readFileSync(join(folder, name), 'utf8');
  const repository = join(folder, 'git/cerebral');
  return { api, registry, folder, repository, work, commit, reference, run, step, stdout, stderr, result, env };
}

test('from a repository to a healthy digest: the three steps hand on what the next one needs', async t => {
  const { api, registry, folder, commit, reference, run, step, stderr, result } = await setUp(t);
  api.deploy(OLD);
  assert.equal(await step('fetch-preflight'), 0, stderr.join(''));
  assert.equal(run.metadata.ownerReferences[0].uid, 'u-1');
  run.metadata.labels = { 'slipway.dev/queue': 'build' };
  assert.equal(await step('build-publish'), 0, stderr.join(''));
  assert.deepEqual(run.metadata.labels, {}, 'another run may build while this one rolls out');
  assert.equal(result('COMMIT'), commit);
  const digest = result('DIGEST');
  assert.equal(registry.tags.get('cerebral/ai-services:main'), digest);
  assert.ok(result('REFERENCE').endsWith(`@${digest}`));
  const { args, home } = recorded(folder, 'linux/arm64')!;
  assert.ok(args.includes(`--opt=context:cerebral/ai-base:cuda=docker-image://${reference}`), args.join('\n'));
  assert.ok(args.some(arg => arg.endsWith('rewrite-timestamp=true')));
  assert.ok(args.includes(`--local=context=${join(home, 'src/microservices/ai-services')}`));

  assert.equal(await step('rollout', { PARAM_DIGEST: digest, PARAM_SOURCE_COMMIT: commit }), 0, stderr.join(''));
  assert.equal(api.image, result('REFERENCE'));
  assert.equal(result('OUTCOME'), 'rolled out');
  assert.equal(run.metadata.annotations['slipway.dev/outcome'], 'rolled out');
  assert.equal(registry.tags.get('cerebral/ai-services:live-local'), digest);
});

test('every line of the log has its UTC time and its step', async t => {
  const { step, stdout } = await setUp(t);
  await step('fetch-preflight');
  assert.ok(stdout.length > 4);
  for (const line of stdout) assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z fetch-preflight \S.*\n$/);
});

test('a missing base fails the first step before any build, and the run carries the reason', async t => {
  const { registry, folder, run, step, stderr } = await setUp(t);
  registry.manifests.clear();
  registry.tags.clear();
  assert.equal(await step('fetch-preflight'), 1);
  assert.match(stderr.at(-1)!, /^slipway fetch-preflight: base cerebral\/ai-base.*Run: pulumi up --stack local\n$/);
  assert.equal(`slipway fetch-preflight: ${run.metadata.annotations['slipway.dev/reason']}\n`, stderr.at(-1));
  assert.equal(run.metadata.ownerReferences[0].uid, 'u-1', 'a failed run must go with its Pipeline, too');
  assert.equal(recorded(folder, 'linux/amd64'), undefined);
});

test('invalid parameters have an exit status of their own, are all told, and reach the run', async t => {
  const { run, step, stderr } = await setUp(t);
  assert.equal(await step('fetch-preflight', { PARAM_IMAGE_NAME: 'X', PARAM_DOCKERFILE: '/etc/passwd' }), 2);
  assert.match(stderr.at(-1)!, /2 parameters are not valid: .*image-name.*dockerfile/);
  assert.match(run.metadata.annotations['slipway.dev/reason'], /^2 parameters are not valid/);
});

test('a step that fails at once still waits until its run belongs to the Pipeline', async t => {
  const { api, run, step } = await setUp(t);
  api.before = (method, path) =>
    method === 'GET' && path.includes('/pipelines/')
      ? new Promise(resolve => setTimeout(() => resolve(undefined), 300))
      : undefined;
  // The reason goes to the run by a request of its own, which must not be what gives the adoption its time.
  await step('fetch-preflight', { PARAM_IMAGE_NAME: 'X' });
  assert.equal(run.metadata.ownerReferences?.[0].uid, 'u-1');
});

test('a failed report does not take the place of the reason', async t => {
  const { api, registry, step, stdout, stderr } = await setUp(t);
  registry.manifests.clear();
  api.before = () => 403;
  assert.equal(await step('fetch-preflight'), 1);
  assert.match(stderr.at(-1)!, /^slipway fetch-preflight: base cerebral\/ai-base/);
  assert.match(stdout.join(''), /warning: the reason can't be written to the run/);
});

test('a failed rollout leaves no outcome, and its reason on the run', async t => {
  const { api, registry, run, folder, commit, step } = await setUp(t);
  api.deploy(OLD);
  const digest = registry.index('cerebral/ai-services', 'main', PLATFORMS);
  api.before = (_, path) => (path.includes('/deployments/') ? 403 : undefined);
  assert.equal(await step('rollout', { PARAM_DIGEST: digest, PARAM_SOURCE_COMMIT: commit }), 1);
  assert.match(run.metadata.annotations['slipway.dev/reason'], /may not change Deployment/);
  assert.equal(existsSync(join(folder, 'OUTCOME')), false);
});

test('build-publish by itself says which step is missing', async t => {
  const { step, stderr } = await setUp(t);
  assert.equal(await step('build-publish'), 1);
  assert.match(stderr.at(-1)!, /the step fetch-preflight must run before/);
});

test('an unknown step is answered with the steps that exist', async t => {
  const { step, stderr } = await setUp(t);
  for (const name of [undefined, 'deploy', 'constructor']) assert.equal(await step(name), 2);
  assert.match(
    stderr.at(-1)!,
    /there is no step "constructor"; the steps are fetch-preflight, build-publish, .*rollout/,
  );
});

test('as a program it ends with the status, the reason last, and file modes that no umask changes', async t => {
  const { env, work } = await setUp(t);
  const main = join(import.meta.dirname, '../../../steps/main.ts');
  const script = 'umask 077; exec "$0" "$1" fetch-preflight';
  const { KUBERNETES_SERVICE_HOST: _, SLIPWAY_RUN_NAME: __, ...outside } = env as NodeJS.ProcessEnv;
  await promisify(execFile)('sh', ['-c', script, process.execPath, main], { env: outside });
  assert.equal(statSync(join(work, 'src/microservices/ai-services/app.py')).mode & 0o777, 0o644);
  const failing = promisify(execFile)(process.execPath, [main, 'nothing'], { env: outside });
  await assert.rejects(failing, error => {
    const { code, stderr } = error as unknown as { code: number; stderr: string };
    return code === 2 && stderr.trim().split('\n').at(-1)!.startsWith('slipway: there is no step "nothing"');
  });
});

const PUSHED = { PARAM_CHANGES: 'microservices/ai-services/' };
const holder = (api: TestApi) => api.objects.get(LEASE).spec?.holderIdentity;

test('a push that a later push has overtaken before it began ends as superseded, with every result and no build', async t => {
  const { api, registry, folder, repository, commit, run, step, stderr, result } = await setUp(t);
  api.deploy(OLD);
  commitTree(repository, { 'microservices/ai-services/app.py': 'print(2)\n' });
  assert.equal(await step('fetch-preflight', { ...PUSHED, PARAM_COMMIT: commit }), 0, stderr.join(''));
  assert.equal(await step('build-publish'), 0, stderr.join(''));
  const superseded = result('SUPERSEDED');
  assert.match(superseded, /^superseded: main is at /);
  assert.deepEqual([result('DIGEST'), result('REFERENCE')], ['', '']);
  assert.equal(await step('rollout', { PARAM_DIGEST: '', PARAM_SUPERSEDED: superseded }), 0);
  assert.equal(result('OUTCOME'), superseded);
  assert.equal(run.metadata.annotations['slipway.dev/outcome'], superseded);
  assert.equal(recorded(folder, 'linux/amd64'), undefined, 'a build was made');
  assert.equal(registry.tags.has('cerebral/ai-services:main'), false);
  assert.equal(holder(api), undefined);
  assert.equal(api.image, OLD);
});

test('a newer run that begins while an older one builds keeps it from moving a tag and from rolling out', async t => {
  const { api, registry, run, commit, step, stderr, result } = await setUp(t);
  api.deploy(OLD);
  assert.equal(await step('fetch-preflight', { ...PUSHED, PARAM_COMMIT: commit }), 0, stderr.join(''));
  assert.equal(holder(api), 'tekton-pipelines/push-x1');
  const lease = api.objects.get(LEASE);
  api.before = (method, path) => {
    // In the very middle: the older run is publishing.
    if (method === 'GET' && path === LEASE && registry.requests.some(request => request.startsWith('PUT'))) {
      lease.spec.holderIdentity = 'tekton-pipelines/retry-y2';
    }
    return undefined;
  };
  assert.equal(await step('build-publish'), 0, stderr.join(''));
  assert.match(result('SUPERSEDED'), /^superseded: by run retry-y2 of commit /);
  assert.equal(run.metadata.annotations['slipway.dev/outcome'], result('SUPERSEDED'));
  assert.equal(registry.tags.has('cerebral/ai-services:main'), false);
});

test('a run that is overtaken between its build and its rollout changes no Deployment', async t => {
  const { api, registry, commit, run, step, stderr, result } = await setUp(t);
  api.deploy(OLD);
  await step('fetch-preflight');
  await step('build-publish');
  const digest = result('DIGEST');
  api.objects.get(LEASE).spec.holderIdentity = 'tekton-pipelines/retry-y2';
  assert.equal(await step('rollout', { PARAM_DIGEST: digest, PARAM_SOURCE_COMMIT: commit }), 0, stderr.join(''));
  assert.match(result('OUTCOME'), /^superseded: by run retry-y2/);
  assert.match(run.metadata.annotations['slipway.dev/outcome'], /^superseded/);
  assert.equal(api.image, OLD);
  assert.equal(registry.tags.has('cerebral/ai-services:live-local'), false);
});

test('a private repository is opened by the stack’s token, which is in no line, no annotation and no file that stays', async t => {
  const token = 'hunter-two';
  const { folder, work, run, step, stdout, stderr } = await setUp(t);
  const git = await serveGit(join(folder, 'git'), { password: token });
  t.after(git.stop);
  const file = join(folder, 'credentials.json');
  writeFileSync(file, JSON.stringify([{ url: git.url, username: 'robot', token }]));
  const env = { PARAM_REPO_URL: `${git.url}/cerebral/.git`, SLIPWAY_GIT_CREDENTIALS: file };
  assert.equal(await step('fetch-preflight', env), 0, stderr.join(''));
  assert.equal(await step('fetch-preflight', { ...env, PARAM_REPO_URL: `${git.url}/nothing` }), 1);
  writeFileSync(file, JSON.stringify([{ url: git.url, username: 'robot', token: `${token}-old` }]));
  assert.equal(await step('fetch-preflight', env), 1);
  assert.match(run.metadata.annotations['slipway.dev/reason'], /needs credentials .*slipway:gitCredentials/);
  writeFileSync(file, `[{"token":"${token}"}]`);
  assert.equal(await step('fetch-preflight', env), 1);
  assert.match(stderr.at(-1)!, /are no list of credentials; set slipway:gitCredentials again/);
  const seen = JSON.stringify([stdout, stderr, run]);
  const base64 = Buffer.from(`robot:${token}`).toString('base64');
  assert.ok(!seen.includes(token) && !seen.includes(base64));
  await promisify(execFile)('grep', ['-rqF', token, work]).then(
    () => assert.fail('the token lies in the work folder'),
    error => assert.equal(error.code, 1),
  );
});

test('pointers of LFS in the context are no failure, and the run carries the warning', async t => {
  const { repository, run, step, stderr, stdout } = await setUp(t);
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
  commitTree(repository, { 'microservices/ai-services/model.bin': pointer, 'docs/picture.png': pointer });
  assert.equal(await step('fetch-preflight'), 0, stderr.join(''));
  const warning =
    'LFS objects are not fetched: whatever copies microservices/ai-services/model.bin gets pointers of three lines in their place';
  assert.equal(run.metadata.annotations['slipway.dev/warning'], warning);
  assert.match(stdout.join(''), new RegExp(`warning: ${warning}`));
});

test('a commit in the place of a branch is built as that commit', async t => {
  const { repository, commit, work, step, stderr } = await setUp(t);
  commitTree(repository, { 'microservices/ai-services/app.py': 'print(2)\n' });
  assert.equal(await step('fetch-preflight', { PARAM_REPO_BRANCH: commit }), 0, stderr.join(''));
  assert.equal(JSON.parse(readFileSync(join(work, 'handover.json'), 'utf8')).commit, commit);
});

test('an image whose layers are kept has one cache a platform in the registry, and none that was replaced', async t => {
  const { registry, folder, step, stderr } = await setUp(t);
  const old = registry.image('cerebral/ai-services', 'linux/amd64', 'an older cache');
  registry.tags.set('cerebral/ai-services:cache-linux-amd64', old);
  const kept = registry.image('cerebral/ai-services', 'linux/arm64', 'the same cache');
  registry.tags.set('cerebral/ai-services:cache-linux-arm64', kept);
  assert.equal(await step('fetch-preflight'), 0, stderr.join(''));
  const before = registry.requests.length;
  registry.onRequest = request => {
    // The builder moves its ref before the index is published.
    if (
      request !== 'HEAD /v2/cerebral/ai-services/manifests/cache-linux-amd64' ||
      registry.requests.length === before + 1
    )
      return;
    registry.tags.set(
      'cerebral/ai-services:cache-linux-amd64',
      registry.image('cerebral/ai-services', 'linux/amd64', 'new'),
    );
  };
  assert.equal(
    await step('build-publish', { SLIPWAY_CACHED_IMAGES: 'cerebral/x,cerebral/ai-services' }),
    0,
    stderr.join(''),
  );
  const { args } = recorded(folder, 'linux/arm64')!;
  const ref = `${REGISTRY}/cerebral/ai-services:cache-linux-arm64`;
  assert.ok(args.includes(`--import-cache=type=registry,ref=${ref}`));
  assert.ok(args.some(arg => arg.startsWith(`--export-cache=type=registry,ref=${ref},mode=max,`)));
  assert.equal(registry.manifests.has(`cerebral/ai-services@${old}`), false);
  assert.equal(registry.manifests.has(`cerebral/ai-services@${kept}`), true);
  assert.deepEqual(
    registry.requests.filter(request => request.startsWith('DELETE')),
    [`DELETE /v2/cerebral/ai-services/manifests/${old}`],
  );
});

test('a registry that keeps its old caches fails no build', async t => {
  const { registry, step, stdout, stderr } = await setUp(t);
  await step('fetch-preflight');
  registry.refuse = (_, path) => (path.includes('/cache-') ? 405 : undefined);
  assert.equal(await step('build-publish', { SLIPWAY_CACHED_IMAGES: 'cerebral/ai-services' }), 0, stderr.join(''));
  assert.match(stdout.join(''), /warning: old layer caches stay in the registry: /);
});
