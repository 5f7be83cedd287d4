import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { StepFailure } from '../../../steps/failure.ts';
import { Superseded } from '../../../steps/order.ts';
import { rollOut } from '../../../steps/rollout.ts';
import { COMMIT } from './support/environment.ts';
import { recordedLog } from './support/folder.ts';
import { PATH, TestApi } from './support/kube-api.ts';
import { REGISTRY, TestRegistry } from './support/registry.ts';

const REPOSITORY = 'cerebral/ai-services';
const OLD = `${REGISTRY}/${REPOSITORY}:${'9'.repeat(12)}-${'8'.repeat(12)}@sha256:${'8'.repeat(64)}`;
const OTHER = `${REGISTRY}/${REPOSITORY}:${'7'.repeat(12)}-${'6'.repeat(12)}@sha256:${'6'.repeat(64)}`;
const LIVE = `${REPOSITORY}:live-local`;

async function setUp(t: TestContext, image: string | undefined = OLD, replicas = 1) {
  const [registry, api] = await Promise.all([TestRegistry.start(), TestApi.start()]);
  const digest = registry.index(REPOSITORY, 'main', ['linux/amd64', 'linux/arm64']);
  if (image) api.deploy(image, replicas);
  const kube = api.connect();
  t.after(() => {
    kube.close();
    api.stop();
    registry.stop();
  });
  const target = `${REGISTRY}/${REPOSITORY}:${COMMIT.slice(0, 12)}-${digest.slice(7, 19)}@${digest}`;
  const { log, text } = recordedLog();
  const request = {
    registry: REGISTRY,
    repository: REPOSITORY,
    deployment: 'ai-services',
    namespace: 'cerebral-platform',
    digest,
    commit: COMMIT,
    stack: 'local',
    check: async () => {},
  };
  const times = { timeout: 3000, interval: 20, grace: 150, patience: 1000 };
  const roll = (more: Partial<typeof request> = {}, other: Partial<typeof times> = {}) =>
    rollOut(kube, registry.client(), { ...request, ...more }, { ...times, ...other }, log);
  return { api, registry, digest, target, roll, text };
}

/** That the rollout fails with a one-line reason like `pattern`. */
async function fails(rollout: Promise<string>, pattern: RegExp): Promise<void> {
  await assert.rejects(rollout, error => {
    assert.ok(error instanceof StepFailure, String((error as Error).stack));
    assert.match(error.message, pattern);
    assert.ok(!error.message.includes('\n'));
    return true;
  });
}

test('a healthy rollout runs the digest, and then the live tag is moved to it', async t => {
  const { api, registry, digest, target, roll } = await setUp(t);
  assert.equal(await roll(), 'rolled out');
  assert.equal(api.image, target);
  assert.equal(registry.tags.get(LIVE), digest);
});

test('the image is replaced by a JSON patch that tests what it replaces, under a field manager of its own', async t => {
  const { api, target, roll } = await setUp(t);
  await roll();
  const patch = api.requests.find(({ method }) => method === 'PATCH')!;
  assert.equal(patch.type, 'application/json-patch+json');
  assert.equal(patch.query.get('fieldManager'), 'slipway-rollout');
  assert.deepEqual(patch.body, [
    { op: 'test', path: '/spec/template/spec/containers/0/name', value: 'ai-services' },
    { op: 'test', path: '/spec/template/spec/containers/0/image', value: OLD },
    {
      op: 'add',
      path: '/metadata/annotations',
      value: { 'slipway.dev/rolled-out': target, 'slipway.dev/fallback': OLD },
    },
    { op: 'replace', path: '/spec/template/spec/containers/0/image', value: target },
  ]);
});

test('the live tag is not moved before every replica is available and none of the old image is left', async t => {
  const { api, registry, roll } = await setUp(t, OLD, 3);
  api.delay = 300;
  const rolling = roll();
  await new Promise(resolve => setTimeout(resolve, 150));
  assert.equal(registry.tags.has(LIVE), false);
  await rolling;
  assert.ok(registry.tags.has(LIVE));
});

test('the container named like the Deployment is the one that is changed', async t => {
  const { api, target, roll } = await setUp(t, undefined);
  const containers = [
    { name: 'sidecar', image: 'sidecar@sha256:1' },
    { name: 'ai-services', image: OLD },
  ];
  api.deploy(OLD, 1, containers);
  // The stand-in for the controllers looks at the first container only.
  await roll({}, { timeout: 200 });
  const spec = api.objects.get(PATH).spec.template.spec;
  assert.deepEqual(spec.containers, [containers[0], { name: 'ai-services', image: target }]);
});

test('where there is no workload yet the run waits for none and succeeds', async t => {
  const { api, registry, roll } = await setUp(t, '');
  assert.equal(await roll(), 'waiting: no workload yet');
  assert.equal(registry.tags.has(LIVE), false);
  assert.deepEqual(api.patched, []);
});

test('an image that the Deployment has already is not written again, and becomes live', async t => {
  const { api, registry, digest, target, roll } = await setUp(t);
  api.deploy(target);
  assert.match(await roll(), /^unchanged/);
  assert.deepEqual(api.patched, []);
  assert.equal(registry.tags.get(LIVE), digest);
});

const UNHEALTHY = [
  [
    'crash',
    'pods in a crash loop',
    /container ai-services: CrashLoopBackOff: exit code 3 after 2 restarts: Traceback: KeyError: MODEL/,
  ],
  ['pull', 'an image that can not be pulled', /container ai-services: ImagePullBackOff: Back-off pulling image/],
  ['config', 'a missing secret', /CreateContainerConfigError: secret "db" not found/],
  ['refused', 'pods that admission refuses', /no pod could be made: .*violates PodSecurity/],
] as const;
for (const [outcome, name, reason] of UNHEALTHY) {
  test(`${name}: the image before is back and serves, long before the timeout, and the reason is told`, async t => {
    const { api, registry, digest, target, roll } = await setUp(t);
    api.outcomes.set(target, outcome);
    const start = Date.now();
    await fails(roll({}, { timeout: 20_000 }), reason);
    assert.ok(Date.now() - start < 10_000, 'the timeout was waited for');
    assert.equal(api.image, OLD);
    assert.deepEqual(api.patched, [target, OLD]);
    assert.equal(registry.tags.has(LIVE), false, 'a bad digest became live');
    await fails(
      roll({}, { timeout: 20_000 }),
      new RegExp(`did not become healthy with ${digest.slice(7, 19)}.*gone back to ${OLD}, which serves$`),
    );
  });
}

test('a trouble that passes within the grace time is no reason to go back', async t => {
  const { api, target, roll } = await setUp(t);
  api.outcomes.set(target, 'crash');
  setTimeout(() => {
    api.outcomes.set(target, 'healthy');
    api.deploy(target);
  }, 300);
  assert.equal(await roll({}, { grace: 2000 }), 'rolled out');
});

test('pods that never become ready: back after the timeout, with what the probe got', async t => {
  const { api, target, roll } = await setUp(t);
  api.outcomes.set(target, 'unready');
  api.events = [
    { involvedObject: { name: 'ai-services' }, message: 'an older one', lastTimestamp: '2026-01-01T00:00:00Z' },
    {
      involvedObject: { name: 'ai-services' },
      message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      lastTimestamp: '2026-01-01T00:00:05Z',
    },
  ];
  await fails(
    roll({}, { timeout: 400 }),
    /not healthy within 0.4 s \(1 of 1 replicas updated.*running, not ready: Readiness probe failed.*503; gone back to/,
  );
  assert.equal(api.image, OLD);
});

test('pods without a node are told with what the scheduler says', async t => {
  const { api, target, roll } = await setUp(t);
  api.outcomes.set(target, 'unscheduled');
  await fails(roll({}, { timeout: 300 }), /has no node: 0\/1 nodes are available: 1 Insufficient cpu/);
});

test('an image before that is not healthy either is told as such', async t => {
  const { api, target, roll } = await setUp(t);
  api.outcomes.set(target, 'crash').set(OLD, 'pull');
  await fails(roll(), /CrashLoopBackOff.*gone back to .*, which is not healthy either: .*ImagePullBackOff/);
});

test('an unhealthy image that was there before the run is left, because there is none to go back to', async t => {
  const { api, target, roll } = await setUp(t);
  api.outcomes.set(target, 'crash');
  api.deploy(target);
  await fails(roll(), /CrashLoopBackOff.*no other image is known to go back to/);
  assert.deepEqual(api.patched, []);
});

test('a race that is lost once is run again on what the other writer has left', async t => {
  const { api, target, roll, text } = await setUp(t);
  let races = 1;
  api.before = method => {
    if (method === 'PATCH' && races-- > 0) api.write(OTHER);
    return undefined;
  };
  assert.equal(await roll(), 'rolled out');
  assert.equal(api.image, target);
  assert.match(text(), /another writer has changed cerebral-platform\/ai-services to .*777777777777/);
  const tests = api.requests.filter(({ method }) => method === 'PATCH').map(({ body }) => body[1].value);
  assert.deepEqual(tests, [OLD, OTHER]);
});

test('a race that is lost again and again ends with both images named', async t => {
  const { api, roll } = await setUp(t);
  let i = 0;
  api.before = method => {
    if (method === 'PATCH') api.write(`${OTHER}${i++}`);
    return undefined;
  };
  await fails(roll(), /is being changed by another writer: expected .*, found /);
  assert.equal(api.patched.length, 3);
});

test('a patch that is refused for another reason than a race is not called one', async t => {
  const { api, roll } = await setUp(t);
  api.before = method => (method === 'PATCH' ? 500 : undefined);
  await assert.rejects(roll(), /500 InternalError: refused by the test/);
  assert.equal(api.image, OLD);
});

test('a patch whose answer got lost, but that was made, goes on as made', async t => {
  const { api, target, roll } = await setUp(t);
  let lost = false;
  api.before = method => {
    if (method !== 'PATCH' || lost) return undefined;
    lost = true;
    api.write(target);
    return 500;
  };
  assert.equal(await roll(), 'rolled out');
  assert.deepEqual(api.image, target);
});

test('another image written during the wait ends the run as superseded, and nothing is changed back', async t => {
  const { api, registry, target, roll } = await setUp(t);
  api.outcomes.set(target, 'unready');
  setTimeout(() => api.write(OTHER), 150);
  assert.match(await roll(), new RegExp(`^superseded: another writer has set ${OTHER}`));
  assert.equal(api.image, OTHER);
  assert.equal(registry.tags.has(LIVE), false);
});

test('another image written before the way back stays', async t => {
  const { api, target, roll } = await setUp(t);
  api.outcomes.set(target, 'crash');
  api.before = method => {
    if (method === 'PATCH' && api.patched.length === 2) api.write(OTHER);
    return undefined;
  };
  await fails(roll(), /CrashLoopBackOff.*going back to .* failed: .*another writer/);
  assert.equal(api.image, OTHER);
});

test('a Deployment that is removed during the wait ends the run as superseded', async t => {
  const { api, target, roll } = await setUp(t);
  api.outcomes.set(target, 'unready');
  setTimeout(() => api.objects.delete(PATH), 150);
  assert.match(await roll(), /^superseded: another writer has removed the Deployment/);
});

test('an API server that is away for a moment does not end a rollout', async t => {
  const { api, roll } = await setUp(t);
  let outage = 0;
  api.before = method => (method === 'GET' && api.patched.length > 0 && outage++ < 1 ? 503 : undefined);
  assert.equal(await roll({}, { patience: 3000 }), 'rolled out');
  assert.ok(outage > 0);
});

test('a status of the template before does not count as health', async t => {
  const { api, registry, target, roll } = await setUp(t);
  api.delay = 400;
  api.outcomes.set(target, 'crash');
  await fails(roll(), /CrashLoopBackOff/);
  assert.equal(registry.tags.has(LIVE), false);
});

test('pods that may not be looked at cost the reason, not the rollout', async t => {
  const { api, target, roll, text } = await setUp(t);
  api.before = (_, path) => (path.endsWith('/pods') ? 403 : undefined);
  assert.equal(await roll(), 'rolled out');
  assert.match(text(), /warning: pods can't be looked at/);
  api.deploy(OLD);
  api.outcomes.set(target, 'crash');
  await fails(roll({}, { timeout: 300 }), /not healthy within 0.3 s/);
  assert.equal(api.image, OLD);
});

test('a Deployment that the run may not change is told with what is allowed', async t => {
  const { api, roll } = await setUp(t);
  api.before = (_, path) => (path === PATH ? 403 : undefined);
  await fails(
    roll(),
    /may not change Deployment cerebral-platform\/ai-services .*403 Forbidden.*allowed: the system's own namespaces/,
  );
});

test('a paused Deployment is told before anything is written', async t => {
  const { api, roll } = await setUp(t);
  api.objects.get(PATH).spec.paused = true;
  await fails(roll(), /is paused; resume it/);
  assert.deepEqual(api.patched, []);
});

test('a digest that the registry does not have changes no Deployment', async t => {
  const { api, roll } = await setUp(t);
  await fails(roll({ digest: `sha256:${'e'.repeat(64)}` }), /is not in the registry; build it again/);
  assert.equal(api.image, OLD);
});

test('a live tag that can not be moved fails the run, says that the pods are healthy, and leaves them', async t => {
  const { api, registry, target, roll } = await setUp(t);
  registry.refuse = method => (method === 'PUT' ? 403 : undefined);
  await fails(
    roll(),
    /is healthy with .*, but .*:live-local can't be moved to it .*run again before the next `pulumi up`/,
  );
  assert.equal(api.image, target);
});

test('no replicas wanted is healthy, as nothing is there to fail', async t => {
  const { registry, digest, roll } = await setUp(t, OLD, 0);
  assert.equal(await roll(), 'rolled out');
  assert.equal(registry.tags.get(LIVE), digest);
});

/** A check that finds a newer run from its `nth` call on. */
function overtakenAt(nth: number, meanwhile: () => void = () => {}): () => Promise<void> {
  let calls = 0;
  return async () => {
    if (++calls < nth) return;
    if (calls === nth) meanwhile();
    throw new Superseded('by run push-2');
  };
}
const OVERTAKEN = { name: 'Superseded', message: 'superseded: by run push-2' };

test('a run that was overtaken before its rollout, or between its look and its write, changes no Deployment', async t => {
  const { api, registry, roll } = await setUp(t);
  for (const call of [1, 2]) await assert.rejects(roll({ check: overtakenAt(call) }), OVERTAKEN);
  assert.deepEqual(api.patched, []);
  assert.equal(registry.tags.has(LIVE), false);
});

test('a rollout that is overtaken stops waiting at once, and does not go back over the newer one', async t => {
  const { api, registry, target, roll } = await setUp(t);
  api.outcomes.set(target, 'unready');
  const start = Date.now();
  const check = overtakenAt(4, () => api.write(OTHER));
  await assert.rejects(roll({ check }, { timeout: 20_000 }), OVERTAKEN);
  assert.ok(Date.now() - start < 5000, 'the timeout was waited for');
  assert.equal(api.image, OTHER);
  assert.deepEqual(api.patched, [target]);
  assert.equal(registry.tags.has(LIVE), false);
});

test('a run that fails after it overtook another goes back to the image that served, not to the one nobody judged', async t => {
  const { api, target, roll } = await setUp(t);
  api.outcomes.set(target, 'crash');
  api.deploy(OTHER);
  api.objects.get(PATH).metadata.annotations = { 'slipway.dev/rolled-out': OTHER, 'slipway.dev/fallback': OLD };
  await fails(roll(), new RegExp(`gone back to ${OLD}, which serves$`));
  assert.deepEqual(api.patched, [target, OLD]);
});

test('a run that finds its image left by a run that was killed judges it, and goes back where it is bad', async t => {
  const { api, target, roll } = await setUp(t);
  api.outcomes.set(target, 'crash');
  api.deploy(target);
  api.objects.get(PATH).metadata.annotations = { 'slipway.dev/rolled-out': target, 'slipway.dev/fallback': OLD };
  await fails(roll(), new RegExp(`gone back to ${OLD}, which serves$`));
});

test('an image that was rolled out and became live is what the next run goes back to', async t => {
  const { api, registry, target, roll } = await setUp(t);
  api.outcomes.set(target, 'crash');
  const served = OTHER.replace(/sha256:.*/, registry.index(REPOSITORY, 'live-local', ['linux/amd64'], 'served'));
  api.deploy(served);
  api.objects.get(PATH).metadata.annotations = { 'slipway.dev/rolled-out': served, 'slipway.dev/fallback': OLD };
  await fails(roll(), new RegExp(`gone back to ${served}, which serves$`));
});

test('a run that is overtaken when it has just become healthy does not move the live tag', async t => {
  const { registry, roll } = await setUp(t);
  // First before all, then before the write, then in the first look of the wait.
  await assert.rejects(roll({ check: overtakenAt(4) }), OVERTAKEN);
  assert.equal(registry.tags.has(LIVE), false);
});
