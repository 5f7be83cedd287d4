// The registry's garbage: held read-only by fields that are nobody else's, collected beside it, and let go whatever happens.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectGarbage } from '../../../commands/prune/collect.ts';
import { COLLECTING, type Pace } from '../../../commands/prune/hold.ts';
import { runPrune } from '../../../commands/prune/run.ts';
import type { Answer, Recorded } from '../cluster/api-server.ts';
import { at, healthyStack, refusal } from './support/stack.ts';

const pace: Pace = { every: 10, beat: 50, dead: 300, rollout: 3000 };
const VARIABLE = { name: 'REGISTRY_STORAGE_MAINTENANCE_READONLY', value: '{"enabled":true}' };
const blob = 'blob eligible for deletion: sha256:a\ntime="2026-03-01" level=info msg="Deleting blob: /docker/a"\n';
const LOG = `cerebral/ai-services\n\n7 blobs marked, 3 blobs and 0 manifests eligible for deletion\n${blob.repeat(40)}`;
const again = 'run the same again: slipway prune local --delete --collect';

/** The stack with a registry whose Deployment is applied to as the API server does it, and whose pods come and go. */
async function start(t: TestContext) {
  const stack = await healthyStack(t);
  const path = at.deployment('registry', 'registry');
  const pod = at.core('registry', 'pods', 'registry-collect');
  const registry = stack.objects.get(path);
  registry.metadata.resourceVersion = '1';
  const env = [{ name: 'AWS_ACCESS_KEY_ID', value: 'x' }];
  registry.spec.template.spec = {
    securityContext: { runAsNonRoot: true },
    containers: ['registry', 'outside'].map(name => ({
      ...{ name, image: 'r@sha256:1', env, livenessProbe: {}, ports: [{ containerPort: 5000 }] },
      command: ['/bin/registry', 'serve', `/config/${name}.yml`],
      volumeMounts: [{ name: 'images', mountPath: '/var/lib/registry' }],
    })),
    volumes: [{ name: 'images', persistentVolumeClaim: { claimName: 'registry' } }],
  };
  const declared = structuredClone(registry);
  /** What happened, in order. */
  const events: string[] = [];
  const world = { ends: 'Succeeded', log: LOG, takesPushes: false, conflicts: 1, onPod: () => {} };
  const isHeld = () => JSON.stringify(registry.spec).includes(VARIABLE.name);
  const apply = ({ body, query }: Recorded): Answer => {
    assert.deepEqual([query.fieldManager, query.force], ['slipway-collect', undefined]);
    const { metadata, spec } = JSON.parse(body);
    if (metadata.resourceVersion !== registry.metadata.resourceVersion || world.conflicts-- > 0) {
      return refusal(409, 'Conflict', 'the object has been modified');
    }
    const { annotations = {} } = declared.metadata;
    registry.metadata.annotations = { ...annotations, ...metadata.annotations };
    const before = isHeld();
    registry.spec = structuredClone(declared.spec);
    for (const { name, env: own } of spec?.template.spec.containers ?? []) {
      registry.spec.template.spec.containers.find((one: { name: string }) => one.name === name).env.push(...own);
    }
    registry.metadata.resourceVersion = String(Number(registry.metadata.resourceVersion) + 1);
    if (before === isHeld()) return [200, registry];
    events.push(isHeld() ? 'read-only' : 'writable');
    registry.metadata.generation += 1;
    setTimeout(() => {
      registry.status.observedGeneration = registry.metadata.generation;
    }, 30);
    return [200, registry];
  };
  const end = () => {
    if (stack.objects.has(pod)) stack.objects.get(pod).status.phase = world.ends;
  };
  const { answer } = stack.api;
  stack.api.answer = async request => {
    if (request.path === path && request.method === 'PATCH') return apply(request);
    if (request.path === '/api/v1/namespaces/registry/pods' && request.method === 'POST') {
      events.push(isHeld() ? 'collecting' : 'COLLECTING WHILE WRITABLE');
      const created = JSON.parse(request.body);
      stack.objects.set(pod, { ...created, status: { phase: 'Running' } });
      world.onPod();
      setTimeout(end, 60);
      return [201, created];
    }
    if (request.path === pod && request.method === 'DELETE') {
      if (!stack.objects.delete(pod)) return refusal(404, 'NotFound', 'no pod');
      events.push('pod deleted');
      return [200, {}];
    }
    if (request.path === `${pod}/log`) return [200, world.log];
    return answer(request);
  };
  const guard = stack.registry.misbehave;
  stack.registry.misbehave = (request, response) => {
    if (guard(request, response)) return true;
    const refuses = isHeld() && !world.takesPushes && request.method !== 'GET';
    return refuses && !!response.writeHead(405).end('Method not allowed\n');
  };
  const stop = new AbortController();
  const said: string[] = [];
  const collect = async () => collectGarbage(await stack.context(), line => said.push(line), stop.signal, pace);
  const assertAsDeclared = () => {
    assert.deepEqual(registry.spec, declared.spec);
    assert.equal(registry.metadata.annotations?.[COLLECTING], undefined);
    assert.ok(!stack.objects.has(pod));
  };
  return { stack, registry, pod, world, events, stop, said, collect, assertAsDeclared };
}

test('garbage is collected while the registry is read-only, by its own image on its own store, and it is as before then (A8)', async t => {
  const { stack, world, events, said, collect, pod, assertAsDeclared } = await start(t);
  let spec: Record<string, unknown> & { containers: Record<string, unknown>[] };
  world.onPod = () => {
    spec = stack.objects.get(pod).spec;
  };
  assert.deepEqual(await collect(), { inUse: 7, removed: 3 });
  assert.deepEqual(events, ['read-only', 'collecting', 'pod deleted', 'writable']);
  assert.deepEqual(said, [
    `the registry becomes read-only; pushes wait. If this is cut off, ${again}`,
    'the registry is read-only; collecting its garbage',
    'the registry takes pushes again',
  ]);
  assertAsDeclared();
  const { containers, restartPolicy, securityContext, affinity } = spec!;
  assert.equal(containers.length, 1);
  const { command, image, volumeMounts, ports, livenessProbe } = containers[0]!;
  assert.deepEqual(command, ['/bin/registry', 'garbage-collect', '/config/registry.yml']);
  assert.deepEqual([image, ports, livenessProbe], ['r@sha256:1', undefined, undefined]);
  assert.deepEqual(volumeMounts, [{ name: 'images', mountPath: '/var/lib/registry' }]);
  assert.deepEqual([restartPolicy, securityContext], ['Never', { runAsNonRoot: true }]);
  assert.match(JSON.stringify(affinity), /"matchLabels":\{"app":"registry"\}.*kubernetes\.io\/hostname/);
});

test('a collection that fails says why, and the registry takes pushes again', async t => {
  const { world, events, collect, assertAsDeclared } = await start(t);
  Object.assign(world, { ends: 'Failed', log: 'failed to garbage collect: failed to mark: no such file\n' });
  await assert.rejects(
    collect(),
    /^Error: the registry's garbage was not collected: failed to garbage collect: failed to mark: no such/,
  );
  assert.equal(events.at(-1), 'writable');
  assertAsDeclared();
});

test('a registry that still takes pushes is not collected from', async t => {
  const { world, events, collect, assertAsDeclared } = await start(t);
  world.takesPushes = true;
  await assert.rejects(collect(), /has not become read-only \(it takes pushes\); its image must be distribution 3$/);
  assert.deepEqual(events, ['read-only', 'writable']);
  assertAsDeclared();
});

test('whoever ends the command gets a registry that takes pushes', async t => {
  const { world, events, stop, collect, assertAsDeclared } = await start(t);
  world.ends = 'Running';
  world.onPod = () => setTimeout(() => stop.abort(new Error('ended by SIGINT')), 30);
  await assert.rejects(collect(), /^Error: ended by SIGINT$/);
  assert.deepEqual(events, ['read-only', 'collecting', 'pod deleted', 'writable'], 'no push beside a collection');
  assertAsDeclared();
});

test('a collection ends where something makes the registry writable under it', async t => {
  const { world, registry, collect, events } = await start(t);
  world.ends = 'Running';
  world.onPod = () =>
    setTimeout(() => {
      for (const container of registry.spec.template.spec.containers) container.env = [];
    }, 20);
  await assert.rejects(collect(), /the registry is not held read-only any more$/);
  assert.ok(events.includes('pod deleted'));
});

test('what was cut off is mended by the next: it takes the registry over, and waits for the pod that still collects', async t => {
  const { stack, registry, pod, events, said, collect, assertAsDeclared } = await start(t);
  registry.metadata.annotations = { [COLLECTING]: 'dead 2026-03-01T00:00:00.000Z' };
  for (const { env } of registry.spec.template.spec.containers) env.push(VARIABLE);
  stack.objects.set(pod, { metadata: { name: 'registry-collect' }, status: { phase: 'Running' } });
  const { answer } = stack.api;
  let looks = 0;
  stack.api.answer = request => {
    // It still runs at the first look of the collection, and has ended at the next.
    const looked = request.method === 'GET' && request.path === pod && said.at(-1)!.endsWith('collecting its garbage');
    if (looked && ++looks > 1 && stack.objects.has(pod)) stack.objects.get(pod).status.phase = 'Succeeded';
    return answer(request);
  };
  assert.deepEqual(await collect(), { inUse: 7, removed: 3 });
  assert.match(said[1]!, /^dead 2026\S+ holds the registry; it is taken over unless/);
  assert.deepEqual(events, ['pod deleted', 'writable']);
  assertAsDeclared();
});

test('two at a time: the second does not begin', async t => {
  const { registry, events, collect } = await start(t);
  const alive = setInterval(() => {
    registry.metadata.annotations = { [COLLECTING]: `other ${Date.now()}` };
  }, 50);
  t.after(() => clearInterval(alive));
  await sleep(60);
  await assert.rejects(collect(), /the garbage is being collected by somebody else \(other \d+\); wait for its end/);
  assert.deepEqual(events, []);
});

test('where the registry can not be put back, the command fails and says how it is mended', async t => {
  const { stack, world, collect } = await start(t);
  world.onPod = () => {
    const { answer } = stack.api;
    stack.api.answer = request => (request.method === 'PATCH' ? refusal(403, 'Forbidden', 'not you') : answer(request));
  };
  await assert.rejects(collect(), new RegExp(`^Error: the registry may be read-only still: .*not you; ${again}$`));
});

test('a collection goes on while the API server is away', async t => {
  const { stack, world, pod, collect, assertAsDeclared } = await start(t);
  world.onPod = () => {
    const { answer } = stack.api;
    let looks = 0;
    stack.api.answer = request =>
      request.path === pod && request.method === 'GET' && looks++ < 3
        ? refusal(503, 'Unavailable', 'away')
        : answer(request);
  };
  assert.deepEqual(await collect(), { inUse: 7, removed: 3 });
  assertAsDeclared();
});

test('a registry that is adopted is not collected from', async t => {
  const stack = await healthyStack(t);
  const { checkCollects } = await import('../../../commands/prune/collect.ts');
  const context = await stack.context();
  checkCollects(context);
  const adopted = {
    ...context,
    settings: { ...context.settings, registry: { ...context.settings.registry, adopt: true } },
  };
  assert.throws(() => checkCollects(adopted as typeof context), /has adopted its registry, .*; leave out --collect$/);
});

test('an age that is none is refused before anything is asked', async () => {
  await assert.rejects(
    runPrune('local', { olderThan: 'two weeks' }, () => {}),
    /^Error: --older-than: found "two weeks"; expected days or hours, for example 14d or 12h$/,
  );
});
