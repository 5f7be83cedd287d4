import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { ApiError, type KubeObject } from '../../../sandbox/cluster/api.ts';
import { applyLate, applyOnce, inOrder } from '../../../sandbox/cluster/apply.ts';
import { renderBase } from '../../../sandbox/cluster/base.ts';
import { systemImages } from '../../../sandbox/cluster/system-image.ts';
import { renderTekton } from '../../../sandbox/cluster/tekton.ts';

const images = { system: 'localhost/s@sha256:1', nop: 'localhost/n@sha256:2' };
const flags = {
  coschedule: 'workspaces',
  'set-security-context': 'false',
  'disable-creds-init': 'false',
  'await-sidecar-readiness': 'true',
  'running-in-environment-with-injected-sidecars': 'true',
  'enable-api-fields': 'beta',
};

function deployment(name: string, container: Record<string, unknown>): KubeObject {
  const spec = { template: { spec: { containers: [{ name, ...container }] } } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec };
}

/** A module cache with a config folder of Tekton's in it. */
function moduleCache(files: Record<string, object[]>): string {
  const cache = mkdtempSync(join(tmpdir(), 'slipway-tekton-'));
  for (const [name, objects] of Object.entries(files)) {
    const file = join(cache, 'go-mod/github.com/tektoncd', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, objects.map(object => stringify(object)).join('---\n'));
  }
  return cache;
}

const featureFlags = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'feature-flags' }, data: flags };
const controller = deployment('controller', {
  image: 'ko://github.com/tektoncd/pipeline/cmd/controller',
  args: [
    '-entrypoint-image',
    'ko://github.com/tektoncd/pipeline/cmd/entrypoint',
    '-nop-image',
    'ko://github.com/tektoncd/pipeline/cmd/nop',
    '-shell-image',
    'cgr.dev/chainguard/busybox@sha256:0',
  ],
  readinessProbe: { httpGet: { path: '/readiness' }, initialDelaySeconds: 5, periodSeconds: 10 },
});

function containerOf(object: KubeObject | undefined) {
  type Spec = { template: { spec: { containers: Record<string, unknown>[] } } };
  return (object!.spec as Spec).template.spec.containers[0]!;
}

test("Tekton's programs are started from the system image by an explicit command, its helpers by their images", () => {
  const cache = moduleCache({
    'pipeline@v1.6.0/config/controller.yaml': [controller, featureFlags],
    'pipeline@v1.6.0/config/events.yaml': [deployment('events', { image: 'ko://x' })],
    'pipeline@v1.6.0/config/resolvers/resolvers.yaml': [deployment('resolvers', { image: 'ko://x' })],
  });
  const objects = renderTekton(cache, images);
  assert.deepEqual(objects.map(({ metadata }) => metadata.name).sort(), ['controller', 'feature-flags']);
  const container = containerOf(objects.find(({ kind }) => kind === 'Deployment'));
  assert.equal(container.image, images.system);
  assert.deepEqual(container.command, ['/ko-app/controller']);
  const helpers = ['-entrypoint-image', images.system, '-nop-image', images.nop, '-shell-image', images.system];
  assert.deepEqual(container.args, helpers);
  const { initialDelaySeconds, periodSeconds } = container.readinessProbe as Record<string, number>;
  assert.deepEqual([initialDelaySeconds, periodSeconds], [0, 1]);
});

test('feature flags are set, the others kept; a flag that Tekton does not know is a fault', () => {
  const at = 'pipeline@v1.6.0/config/flags.yaml';
  const [object] = renderTekton(moduleCache({ [at]: [featureFlags] }), images);
  const data = object?.data as Record<string, string>;
  assert.equal(data['set-security-context'], 'true');
  assert.equal(data.coschedule, 'disabled');
  assert.equal(data['enable-api-fields'], 'beta');
  const unknown = moduleCache({ [at]: [{ ...featureFlags, data: { coschedule: 'workspaces' } }] });
  assert.throws(() => renderTekton(unknown, images), /no feature flag set-security-context/);
});

test('what was read once is read from the cache, and a cache without Tekton says what to do', () => {
  const cache = moduleCache({ 'pipeline@v1.6.0/config/flags.yaml': [featureFlags] });
  const first = renderTekton(cache, images);
  rmSync(join(cache, 'go-mod'), { recursive: true });
  assert.deepEqual(renderTekton(cache, images), first);
  assert.throws(() => renderTekton(moduleCache({}), images), /pipeline@v1\.6\.0.*npm start builds Tekton first/);
});

test('DNS has the address that kubelet gives to pods, and standard is the default class', () => {
  const objects = renderBase(images);
  const find = (kind: string) => objects.find(object => object.kind === kind)!;
  assert.equal((find('Service').spec as { clusterIP: string }).clusterIP, '10.34.0.10');
  assert.equal(containerOf(find('Deployment')).image, images.system);
  const { annotations } = find('StorageClass').metadata;
  assert.deepEqual(annotations, { 'storageclass.kubernetes.io/is-default-class': 'true' });
});

test('the system images are found by their repositories; a missing one is named', () => {
  const all = ['system', 'nop', 'other'].map(name => `localhost/slipway/${name}@sha256:0`);
  assert.equal(systemImages(all).nop, 'localhost/slipway/nop@sha256:0');
  assert.throws(
    () => systemImages(all.slice(0, 1)),
    /no node image is named localhost\/slipway\/nop@.*system@sha256:0/,
  );
});

const named = (kind: string, name = 'x'): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name } });

test('what others need comes first, webhooks that judge others last', () => {
  const kinds = [
    'ValidatingWebhookConfiguration',
    'Deployment',
    'Task',
    'ConfigMap',
    'CustomResourceDefinition',
    'Namespace',
  ];
  const order = inOrder(kinds.map(kind => named(kind))).map(([object]) => object?.kind);
  assert.deepEqual(order, [...kinds].reverse());
});

test('what can not be taken yet is tried again; what is refused is an error that names it', async () => {
  const { signal } = new AbortController();
  let asked = 0;
  const slow = {
    apply: async () => {
      if (++asked < 3) throw new ApiError(500, 'InternalError', 'failed calling webhook "x": connection refused');
    },
  };
  const late = await applyOnce(slow, [named('Task', 'early')], signal);
  assert.deepEqual(
    late.map(({ metadata }) => metadata.name),
    ['early'],
  );
  await applyLate(slow, late, signal);
  assert.equal(asked, 3);
  const strict = {
    apply: async () => {
      throw new ApiError(422, 'Invalid', 'spec.x: unknown field');
    },
  };
  await assert.rejects(applyOnce(strict, [named('Task', 'wrong')], signal), /refuses Task wrong: spec\.x/);
});

test('patience with what is late has an end', async () => {
  const never = {
    apply: async () => {
      throw new ApiError(404, 'NotFound', 'no such kind');
    },
  };
  await assert.rejects(
    applyLate(never, [named('Task', 'never')], new AbortController().signal, 0),
    /refuses Task never/,
  );
});
