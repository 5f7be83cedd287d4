// Old builds: what keeps one, what goes with one that nothing keeps, and when nothing is touched.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { planPrune } from '../../../commands/prune/plan.ts';
import { removeBuilds } from '../../../commands/prune/remove.ts';
import { type Scope, stacksSharing } from '../../../commands/prune/scope.ts';
import type { Digest } from '../../../images/digest.ts';
import { emptyLock, type LockEntry, printLock } from '../../../images/lock.ts';
import { OCI_INDEX, REVISION } from '../../../images/manifest.ts';
import { immutableTag, referrersTag } from '../../../images/tags.ts';
import { REGISTRY } from '../images/fake-registry.ts';
import { locking } from '../settings/stack-files.ts';
import { makeRepository } from './support/repository.ts';
import { at, COMMIT, type FakeStack, healthyStack, PLATFORMS, refusal } from './support/stack.ts';

const repository = 'cerebral/ai-services';
const apps = ['statefulsets', 'daemonsets', 'deployments', 'replicasets', 'controllerrevisions'];

/** The stack in good health, its three services built once, with locks in a git repository. */
async function start(t: TestContext) {
  const stack = await healthyStack(t);
  const locks = join(stack.folder, 'locks');
  mkdirSync(locks);
  const git = makeRepository(locks);
  stack.changes.lock = join(locks, '{stack}.yaml');
  // Lists over all namespaces.
  const inAll = (path: string, kind: string) => () => {
    const items = [...stack.objects].filter(([key]) => key.startsWith(path) && key.includes(`/${kind}/`));
    return [200, { items: items.map(([, object]) => object) }] as [number, unknown];
  };
  for (const kind of apps) stack.instead.set(`/apis/apps/v1/${kind}`, inAll('/apis/apps/v1/', kind));
  for (const kind of ['jobs', 'cronjobs']) stack.instead.set(`/apis/batch/v1/${kind}`, inAll('/apis/batch/', kind));
  for (const kind of ['pods', 'podtemplates', 'replicationcontrollers'])
    stack.instead.set(`/api/v1/${kind}`, inAll('/api/v1/', kind));
  for (const name of ['ai-services', 'data-services', 'knowledge-services']) {
    const digest = stack.digests.get(name)!;
    const image = stack.registry.manifests.get(`cerebral/${name} ${digest}`)!;
    stack.registry.manifests.set(`cerebral/${name} ${immutableTag(COMMIT, digest)}`, image);
  }
  const commitLock = (name: string, images: Record<string, Digest>) => {
    const entries = Object.entries(images).map(([key, digest]) => [key, entryOf(digest)]);
    writeFileSync(join(locks, name), printLock({ ...emptyLock(), images: Object.fromEntries(entries) }));
    git('add', name);
    git('commit', '--quiet', '--message', name);
  };
  // The stack's own, as a machine keeps it for itself: it names no service, and git does not have it.
  writeFileSync(join(locks, 'local.yaml'), printLock(emptyLock()));
  // All commits are older than that.
  stack.means.now = new Date(Date.now() + 60_000);
  const scope: Scope = { stacks: locks, olderThan: 0, unnamed: false, sharing: [] };
  const plan = async () => planPrune(await stack.context(), scope);
  const kept = async () => new Map((await plan()).builds.map(({ digest, kept }) => [digest, kept]));
  const prune = async (meanwhile: () => void = () => {}) => {
    const said: string[] = [];
    const planned = await plan();
    meanwhile();
    const manifests = await removeBuilds(await stack.context(), planned, line => said.push(line), scope);
    return { manifests, said };
  };
  return { stack, build: (salt: string) => build(stack, salt), commitLock, git, locks, scope, plan, kept, prune };
}

const entryOf = (digest: Digest): LockEntry => ({
  ...{ digest, mediaType: OCI_INDEX, commit: COMMIT, pinnedAt: 'unknown', pinnedBy: 'unknown' },
  platforms: { 'linux/amd64': 'unknown', 'linux/arm64': 'unknown' },
});

/** One more build of the service, under its tag that never moves. */
function build({ registry }: FakeStack, salt: string): Digest {
  const digest = registry.index(repository, `build-${salt}`, PLATFORMS, { [REVISION]: COMMIT }, salt);
  registry.manifests.set(
    `${repository} ${immutableTag(COMMIT, digest)}`,
    registry.manifests.get(`${repository} ${digest}`)!,
  );
  registry.remove(repository, `build-${salt}`);
  return digest;
}

const has = ({ registry }: FakeStack, name: string) => registry.manifests.has(`${repository} ${name}`);

test('what a tag, a workload, an old ReplicaSet, a kept run, a lock or the lock before names is kept, and says by what (A8)', async t => {
  const { stack, build, commitLock, kept } = await start(t);
  const [replaced, ran, locked, before, older, old] = ['r', 'run', 'l', 'b', 'o', 'x'].map(build) as Digest[];
  stack.objects.set(at.deployment('elsewhere', 'x').replace('deployments', 'replicasets'), {
    metadata: { name: 'ai-7', namespace: 'elsewhere' },
    spec: { template: { spec: { containers: [{ name: 'x', image: `${REGISTRY}/${repository}@${replaced}` }] } } },
  });
  const live = stack.digests.get('ai-services')!;
  stack.digests.set('ai-services', ran!);
  stack.run('kept-run', 'ai-services');
  for (const digest of [older!, before!, locked!]) commitLock('staging.yaml', { [repository]: digest });
  const why = await kept();
  assert.equal(why.get(live), 'tag live-local, main');
  assert.equal(why.get(replaced!), 'ReplicaSet elsewhere/ai-7');
  assert.equal(why.get(ran!), 'run kept-run, which is kept');
  assert.match(why.get(locked!)!, /staging\.yaml$/);
  assert.match(why.get(before!)!, /staging\.yaml of commit [0-9a-f]{12}$/);
  for (const digest of [older!, old!]) assert.equal(why.get(digest), undefined);
  stack.registry.remove(repository, 'main');
  stack.registry.remove(repository, 'live-local');
  assert.equal((await kept()).get(live), 'Deployment cerebral-platform/ai-services');
  const methods = [...stack.api.requests.map(({ method }) => method), ...stack.registry.requests];
  assert.deepEqual([...new Set(methods.map(line => line.split(' ')[0]))], ['GET'], 'a plan changes nothing');
});

test('what a lock of another branch names is kept, and so is what a line named that is lost by now', async t => {
  const { stack, build, commitLock, git, kept, locks } = await start(t);
  const [lost, promoted] = ['lost', 'promoted'].map(build) as [Digest, Digest];
  commitLock('staging.yaml', { [repository]: lost });
  commitLock('staging.yaml', {});
  git('checkout', '--quiet', '-b', 'promote');
  commitLock('staging.yaml', { [repository]: promoted });
  git('checkout', '--quiet', 'main');
  const why = await kept();
  assert.match(why.get(lost)!, /staging\.yaml of commit/);
  assert.match(why.get(promoted)!, /staging\.yaml of branch promote$/);
  // A stack whose lock lies elsewhere.
  const elsewhere = join(stack.folder, 'elsewhere.yml');
  writeFileSync(join(locks, 'Pulumi.other.yaml'), `config:\n  slipway:lock: ${elsewhere}\n`);
  writeFileSync(elsewhere, 'not a lock');
  await assert.rejects(kept(), /elsewhere\.yml/);
});

test('what a rollout noted to go back to is kept', async t => {
  const { stack, build, kept } = await start(t);
  const digest = build('before');
  const deployment = stack.objects.get(at.service('ai-services'));
  deployment.metadata.annotations = { 'slipway.dev/fallback': `${REGISTRY}/${repository}@${digest}` };
  assert.equal((await kept()).get(digest), 'Deployment cerebral-platform/ai-services');
});

test('a build whose image of one platform runs is kept', async t => {
  const { stack, build, kept } = await start(t);
  const digest = build('half');
  const image = JSON.parse(stack.registry.manifests.get(`${repository} ${digest}`)!.bytes.toString()).manifests[1];
  stack.deploy('elsewhere', 'half', `${REGISTRY}/${repository}@${image.digest}`);
  assert.equal((await kept()).get(digest), 'Deployment elsewhere/half');
});

test('an old build goes with its images and what is attached, and what others have too stays (A8)', async t => {
  const { stack, build, prune } = await start(t);
  const old = build('old');
  const { manifests } = JSON.parse(stack.registry.manifests.get(`${repository} ${old}`)!.bytes.toString());
  const [amd64, arm64] = manifests.map((child: { digest: Digest }) => child.digest) as [Digest, Digest];
  const signature = stack.registry.attach(repository, amd64, 'application/vnd.test.signature');
  // A branch whose build for arm64 came out the same.
  const shared = stack.registry.put(
    repository,
    'a-branch',
    { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [manifests[1]] },
    OCI_INDEX,
  );
  const live = stack.digests.get('ai-services')!;
  const { manifests: removed, said } = await prune();
  assert.deepEqual(said, [`${repository}@${old} (${immutableTag(COMMIT, old)}) removed`]);
  assert.equal(removed, 4, 'the index, its image for amd64, the signature and the list that names it');
  for (const gone of [old, immutableTag(COMMIT, old), amd64, signature, referrersTag(amd64)]) {
    assert.ok(!has(stack, gone), gone);
  }
  for (const stays of [arm64, shared, live]) assert.ok(has(stack, stays), stays);
  assert.deepEqual(stack.registry.missing(repository, live), []);
  assert.deepEqual((await prune()).said, []);
});

test('while a run builds a service, none of its builds is touched', async t => {
  const { stack, build, plan, prune } = await start(t);
  const old = build('old');
  stack.run('building', 'ai-services');
  const run = stack.objects.get(at.tekton('pipelineruns', 'building'));
  run.status = { conditions: [{ type: 'Succeeded', status: 'Unknown' }] };
  assert.deepEqual((await plan()).notes, [
    `${repository}: run building builds; its images are left alone until it has ended`,
  ]);
  assert.equal((await prune()).manifests, 0);
  assert.ok(has(stack, old));
});

test('what comes to be needed after the plan is not removed', async t => {
  const { stack, build, prune } = await start(t);
  const [tagged, other] = ['tagged', 'other'].map(build) as [Digest, Digest];
  const again = await prune(() => {
    const image = stack.registry.manifests.get(`${repository} ${tagged}`)!;
    stack.registry.manifests.set(`${repository} live-local`, image);
  });
  assert.deepEqual(again.said.length, 1);
  assert.deepEqual([has(stack, tagged), has(stack, other)], [true, false]);
  stack.registry.remove(repository, 'live-local');
  // A run that begins while others are asked about.
  let asked = 0;
  const path = '/apis/tekton.dev/v1/namespaces/tekton-pipelines/pipelineruns';
  const run = {
    metadata: { name: 'begun', namespace: 'tekton-pipelines' },
    spec: { params: [{ name: 'image-name', value: repository }] },
  };
  stack.instead.set(path, () => [200, { items: ++asked > 2 ? [run] : [] }]);
  const { manifests, said } = await prune();
  assert.deepEqual(said, [`${repository}: run begun has begun; the rest of its images is left alone`]);
  assert.equal(manifests, 0);
  assert.ok(has(stack, tagged));
});

test('what stops a removal is told with what was removed till then; the next one goes on', async t => {
  const { stack, build, prune } = await start(t);
  build('one');
  build('two');
  let deleted = 0;
  const guard = stack.registry.misbehave;
  stack.registry.misbehave = (request, response) =>
    guard(request, response) || (request.method === 'DELETE' && ++deleted > 3 && !!response.writeHead(403).end('{}'));
  await assert.rejects(prune(), /^Error: stopped after 3 manifests were removed: .*403/);
  stack.registry.misbehave = guard;
  assert.equal((await prune()).said.length, 1);
  assert.equal((await prune()).said.length, 0);
});

test('what a lock has named within the age is kept, also where a pull request has brought its follower', async t => {
  const { build, commitLock, git, kept, scope } = await start(t);
  const [first, second, third, inside] = ['1', '2', '3', 'i'].map(build) as Digest[];
  commitLock('staging.yaml', { [repository]: first! });
  commitLock('staging.yaml', { [repository]: second! });
  git('checkout', '--quiet', '-b', 'pull');
  commitLock('staging.yaml', { [repository]: inside! });
  commitLock('staging.yaml', { [repository]: third! });
  git('checkout', '--quiet', 'main');
  git('merge', '--quiet', '--no-ff', '--message', 'merge', 'pull');
  git('branch', '--delete', 'pull');
  const before = await kept();
  assert.deepEqual(
    [first, second, third, inside].map(digest => before.get(digest!) !== undefined),
    [false, true, true, false],
    'without an age: the one now and the one before',
  );
  scope.olderThan = 3_600_000;
  const why = await kept();
  assert.match(why.get(first!)!, /staging\.yaml of commit [0-9a-f]{12}$/);
  assert.equal(why.get(inside!), undefined, 'a step of a pull request was never in force');
});

test('a stack that locks keeps what no lock has ever named, and lets go what one has named and none needs (A8)', async t => {
  const { stack, build, commitLock, git, kept, scope, prune } = await start(t);
  const unnamed = 'no lock that git has here has ever named it (--unnamed)';
  stack.changes = { ...stack.changes, ...locking };
  const [first, waiting, unfetched, second, third] = ['1', 'w', 'u', '2', '3'].map(build) as [Digest, ...Digest[]];
  const live = stack.digests.get('ai-services')!;
  stack.registry.remove(repository, 'main');
  stack.registry.remove(repository, 'live-local');
  for (const digest of [first, second!, third!]) commitLock('local.yaml', { [repository]: digest });
  git('checkout', '--quiet', '-b', 'promotion');
  commitLock('local.yaml', { [repository]: waiting! });
  git('checkout', '--quiet', 'main');
  const why = await kept();
  assert.equal(why.get(first), undefined);
  assert.match(why.get(second!)!, /local\.yaml of commit/);
  assert.match(why.get(third!)!, /local\.yaml$/);
  assert.match(why.get(waiting!)!, /local\.yaml of branch promotion$/);
  assert.equal(why.get(live), 'Deployment cerebral-platform/ai-services');
  assert.equal(why.get(unfetched!), unnamed);
  scope.unnamed = true;
  assert.equal((await kept()).get(unfetched!), undefined);
  scope.unnamed = false;
  const { said } = await prune();
  assert.deepEqual(said, [`${repository}@${first} (${immutableTag(COMMIT, first)}) removed`]);
  for (const digest of [second, third, waiting, unfetched, live]) assert.ok(has(stack, digest!), digest);
});

test('a clone with a part of the history is no ground to remove by', async t => {
  const { stack, commitLock, build, git, locks, plan, scope } = await start(t);
  const all = ['ai-services', 'data-services', 'knowledge-services'].map(name => `cerebral/${name}`);
  for (const salt of ['1', '2', '3']) {
    const digest = build(salt);
    commitLock('staging.yaml', Object.fromEntries(all.map(name => [name, digest])));
  }
  const clone = join(stack.folder, 'clone');
  // What a rollback would take is in it.
  git('clone', '--quiet', '--depth', '2', `file://${locks}`, clone);
  writeFileSync(join(clone, 'local.yaml'), printLock(emptyLock()));
  stack.changes.lock = join(clone, '{stack}.yaml');
  scope.stacks = clone;
  await assert.rejects(plan(), /only a part of the history of staging\.yaml; run: git fetch --unshallow$/);
});

test('what another stack runs on another cluster from the same registry is kept; where that is not known, all is', async t => {
  const { stack, build, kept, scope, plan } = await start(t);
  const digest = build('elsewhere');
  const { registry } = stack;
  const other = await healthyStack(t);
  other.deploy('far', 'away', `${REGISTRY}/${repository}@${digest}`);
  const deployments = '/apis/apps/v1/deployments';
  other.instead.set(deployments, () => [200, { items: [other.objects.get(at.deployment('far', 'away'))] }]);
  const stacks = join(stack.folder, 'stacks');
  mkdirSync(stacks);
  const write = (name: string, endpoint: string) => {
    const server = other.api.url;
    const values = { cluster: { context: name, server }, registry: { name: 'x.example.com', endpoint } };
    const lines = Object.entries({ ...values, system: 'cerebral', digests: 'lock' });
    const text = lines.map(([key, value]) => `  slipway:${key}: ${JSON.stringify(value)}\n`).join('');
    writeFileSync(join(stacks, `Pulumi.${name}.yaml`), `config:\n${text}`);
  };
  write('beside', 'https://elsewhere.example.com');
  const settings = (await stack.context()).settings;
  assert.deepEqual(await stacksSharing(settings, stacks), [], 'another registry is not asked about');
  write('beside', registry.url);
  await assert.rejects(stacksSharing(settings, stacks), /Pulumi\.beside\.yaml has/);
  scope.sharing = [await other.context()];
  assert.equal((await kept()).get(digest), 'Deployment far/away of stack local');
  other.api.stop();
  other.means = { connect: async () => Promise.reject(new Error('no way there')) };
  scope.sharing = [await other.context()];
  await assert.rejects(
    plan(),
    /^Error: stack local has the same registry, and what it runs is not known: the cluster does/,
  );
});

test('where it is not known what is needed, nothing is removed', async t => {
  const { stack, build, commitLock, locks, plan } = await start(t);
  const old = build('old');
  stack.instead.set('/api/v1/pods', () => refusal(403, 'Forbidden', 'pods is forbidden: not you'));
  await assert.rejects(plan(), /pods is forbidden/);
  stack.instead.delete('/api/v1/pods');
  stack.instead.set('/api/v1/pods', () => [200, { items: [] }]);
  rmSync(join(locks, 'local.yaml'));
  await assert.rejects(plan(), /local\.yaml/);
  writeFileSync(join(locks, 'local.yaml'), printLock(emptyLock()));
  writeFileSync(join(locks, 'prod.yaml'), 'version: 1\nimages:\n<<<<<<< HEAD\n');
  await assert.rejects(plan(), /prod\.yaml/);
  writeFileSync(join(locks, 'prod.yaml'), printLock({ ...emptyLock(), images: { [repository]: entryOf(old) } }));
  await assert.rejects(plan(), /the lock before this one is looked up in the git history of \S+prod\.yaml, and/);
  commitLock('prod.yaml', { [repository]: old });
  assert.equal((await plan()).builds.filter(({ kept }) => kept === undefined).length, 0);
  assert.ok(stack.registry.requests.every(line => !line.startsWith('DELETE')));
});
