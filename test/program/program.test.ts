import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import * as pulumi from '@pulumi/pulumi';
import type { Kube } from '../../cluster/kube.ts';
import { makeIndex } from '../../images/manifest.ts';
import { RegistryClient } from '../../images/registry.ts';
import slipway from '../../index.ts';
import type { World } from '../../program/world.ts';
import { FakeRegistry } from '../unit/images/fake-registry.ts';
import { stackValues } from '../unit/settings/stack-files.ts';
import { only, type Recorded, record } from './recorder.ts';
import { certificates, digest } from './values.ts';

const uid = '11111111-2222-4333-8444-555555555555';
const commit = 'c'.repeat(40);
const service = '/api/v1/namespaces/registry/services/internal-registry';
/** Those of the stack `local`. */
const services = ['ai-services', 'data-services', 'knowledge-services'];
let registry: FakeRegistry;

before(async () => {
  registry = await FakeRegistry.start();
});
after(() => registry.stop());

/** A cluster that has the namespace kube-system and the objects at `paths`. */
function cluster(paths: string[] = [service], server = 'https://127.0.0.1:16443'): Kube {
  const objects = new Map<string, unknown>([
    ['/api/v1/namespaces/kube-system', { metadata: { uid } }],
    ...paths.map(path => [path, {}] as const),
  ]);
  return {
    server,
    get: async (path: string) => objects.get(path),
    list: async () => [],
    close: () => {},
  } as unknown as Kube;
}

const world = (kube: Kube): World => ({
  readText: () => readFile('test/fixtures/locks/local.yaml', 'utf8'),
  cluster: {
    connect: async () => kube,
    registry: async ({ name }) =>
      new RegistryClient({ endpoints: [{ name, aliases: [], url: registry.url }], retries: 0 }),
  },
  checkBuilds: async () => {},
  prepareBuilds: async () => {},
});

const cudaDigest = `sha256:${'c'.repeat(64)}`;
const outputs = ({ type, name, inputs }: Recorded): Record<string, unknown> => {
  if (type === 'docker-build:index:Image') return { digest: name === 'base-cuda' ? cudaDigest : digest };
  if (type === 'command:local:Command') return { stdout: certificates };
  return { metadata: { ...inputs.metadata, uid: 'a-uid' } };
};

/** The program as stack `local`: what it registers and its outputs. */
async function run(given: World, changes: Record<string, unknown> = {}, seen: (name: string) => void = () => {}) {
  let result: Record<string, unknown> = {};
  const config = await stackValues('local', changes);
  const recorded = await record(
    async () => {
      result = await slipway(given);
    },
    {
      config,
      outputs: args => {
        seen(args.name);
        return outputs(args);
      },
    },
  );
  return { recorded, result };
}

function publish(tag: string): string {
  const { bytes, mediaType } = makeIndex([], { 'org.opencontainers.image.revision': commit });
  return registry.put('cerebral/ai-services', tag, bytes, mediaType);
}

test('a service that was never built waits: all of it is declared but its workload', async () => {
  const { recorded, result } = await run(world(cluster()));
  assert.deepEqual(result.waiting, services);
  assert.ok(!recorded.some(({ name }) => name === 'ai-services-deployment'));
  only(recorded, ':Service', 'ai-services-service');
});

test('before the registry is declared nothing is asked of it', async () => {
  registry.requests.length = 0;
  const { result } = await run(world(cluster([])));
  assert.deepEqual(result.waiting, services);
  assert.deepEqual(registry.requests, []);
});

test('the digest that was built flows into the Deployment, under the tag that never moves', async () => {
  const built = publish('main');
  const { recorded } = await run(world(cluster()));
  const image = only(recorded, ':Deployment', 'ai-services-deployment').inputs.spec.template.spec.containers[0].image;
  assert.equal(image, `10.34.0.202:5000/cerebral/ai-services:${commit.slice(0, 12)}-${built.slice(7, 19)}@${built}`);
});

test('a new digest changes no output: a preview after a rollout has nothing to show', async () => {
  publish('main');
  const { result: before } = await run(world(cluster()));
  const { bytes, mediaType } = makeIndex([], { 'org.opencontainers.image.revision': 'd'.repeat(40) });
  registry.put('cerebral/ai-services', 'live-local', bytes, mediaType);
  const { result: after } = await run(world(cluster()));
  const plain = (outputs: unknown) => new Promise(resolve => pulumi.jsonStringify(outputs).apply(resolve));
  assert.deepEqual(await plain(after), await plain(before));
  assert.deepEqual(after.waiting, services.slice(1));
});

test('the digest of a base reaches the pipeline, for every tag that a Dockerfile may write', async () => {
  const { recorded } = await run(world(cluster()));
  const task = only(recorded, ':Task', 'pipeline-slipway-build').inputs.spec;
  const bases = JSON.parse(
    task.stepTemplate.env.find((entry: { name: string }) => entry.name === 'SLIPWAY_BASES').value,
  );
  const reference = `10.34.0.202:5000/cerebral/ai-base:cpu@${digest}`;
  assert.deepEqual(bases, [
    { repository: 'cerebral/ai-base', tag: 'cuda', reference },
    { repository: 'cerebral/ai-base', tag: 'cpu', reference },
  ]);
});

test('each service follows the digest of its own base, once the pipeline has it', async () => {
  const given = { ...world(cluster()), readText: () => readFile('test/fixtures/locks/dev.yaml', 'utf8') };
  const { recorded } = await run(given, { bases: ['cpu', 'cuda'], variants: { 'data-services': 'cuda' } });
  for (const name of services) {
    const { inputs } = only(recorded, ':Command', `dependents-${name}`);
    assert.deepEqual(inputs.triggers, [name === 'data-services' ? cudaDigest : digest]);
    assert.match(
      inputs.create,
      new RegExp(`rebuild 10\\.34\\.0\\.202:5000/cerebral/${name}:main --context slipway-sandbox$`),
    );
    const { metadata, spec } = JSON.parse(inputs.stdin);
    assert.equal(metadata.namespace, 'tekton-pipelines');
    const params = Object.fromEntries(
      spec.params.map((param: { name: string; value: string }) => [param.name, param.value]),
    );
    assert.deepEqual(params, {
      'repo-url': 'https://github.com/baerautotech/cerebral',
      'image-name': `cerebral/${name}`,
      'deployment-name': name,
      'deployment-namespace': 'cerebral-platform',
      dockerfile: `microservices/${name}/Dockerfile`,
      'build-context': `./microservices/${name}/`,
      'repo-branch': 'main',
    });
  }
  const order = recorded.map(({ name }) => name);
  assert.ok(order.indexOf('pipeline-slipway-build') < order.indexOf('dependents-ai-services'));
});

test('another cluster is refused before anything is declared', async () => {
  const declared: string[] = [];
  const kube = cluster([service], 'https://10.0.0.1:6443');
  await assert.rejects(
    run(world(kube), {}, name => declared.push(name)),
    {
      message:
        'stack local may only touch the cluster with server https://127.0.0.1:16443; context slipway-sandbox leads to ' +
        'https://10.0.0.1:6443. Nothing was changed: choose the right kubeconfig, or correct slipway:cluster.server in Pulumi.local.yaml',
    },
  );
  assert.deepEqual(declared, []);
});

test('the provider carries the identity of the cluster and nothing of the machine', async () => {
  process.env.KUBECONFIG = '/home/joe/.kube/config';
  const { recorded } = await run(world(cluster()));
  const { inputs } = only(recorded, 'pulumi:providers:kubernetes');
  assert.equal(inputs.clusterIdentifier, uid);
  assert.equal(inputs.context, 'slipway-sandbox');
  assert.equal(inputs.kubeconfig, undefined);
  assert.equal(process.env.KUBECONFIG, '/home/joe/.kube/config');
  delete process.env.KUBECONFIG;
});

test('no input of any resource is a path of this machine', async () => {
  const { recorded } = await run(world(cluster()));
  assert.ok(recorded.length > 40);
  assert.ok(!JSON.stringify(recorded.map(({ inputs }) => inputs)).includes(process.cwd()));
});

test('every child is named from its component', async () => {
  const { recorded } = await run(world(cluster()));
  const components = [
    'registry',
    'buildkit',
    'step',
    'base-cpu',
    'cerebral',
    'pipeline',
    'dependents',
    ...services,
    'cluster',
    'builds',
    'service-builds',
    'kaniko',
  ];
  const strays = recorded
    .map(({ name }) => name)
    .filter(name => !components.some(component => name === component || name.startsWith(`${component}-`)));
  assert.deepEqual(strays, []);
});

const kanikoStack = (emulate: string[]) => run(world(cluster()), { serviceBuilds: { builder: 'kaniko', emulate } });

test('a stack that chooses Kaniko has no build daemon, and the steps are told of the pods to make', async () => {
  const { recorded } = await kanikoStack(['linux/arm64']);
  assert.ok(!recorded.some(({ name }) => name.startsWith('buildkit')));
  const task = only(recorded, ':Task', 'pipeline-slipway-build').inputs.spec;
  assert.deepEqual(
    task.volumes.map((volume: { name: string }) => volume.name),
    ['work', 'tmp'],
  );
  const variables: Record<string, string> = Object.fromEntries(
    task.stepTemplate.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
  );
  assert.equal(variables.SLIPWAY_BUILDERS, undefined);
  const { image, stepImage, ...settings } = JSON.parse(variables.SLIPWAY_KANIKO!);
  assert.deepEqual(settings, {
    namespace: 'slipway-build',
    serviceAccount: 'kaniko',
    resources: { cpu: '500m', memory: '1Gi' },
    emulate: ['linux/arm64'],
  });
  assert.match(image, /^cgr\.dev\/chainguard\/kaniko:1\.25\.0@sha256:/);
  assert.equal(stepImage, `10.34.0.202:5000/slipway/step:main@${digest}`);
});

test("Kaniko's clients may make pods in its namespace, read their logs, and no more; the pods may do nothing", async () => {
  const { recorded } = await kanikoStack([]);
  assert.deepEqual(only(recorded, ':Role', 'kaniko-role').inputs.rules, [
    { apiGroups: [''], resources: ['pods'], verbs: ['create', 'get', 'list', 'delete'] },
    { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  ]);
  const { subjects, metadata } = only(recorded, ':RoleBinding', 'kaniko-role').inputs;
  assert.equal(metadata.namespace, 'slipway-build');
  assert.deepEqual(
    subjects.map(({ namespace, name }: { namespace: string; name: string }) => `${namespace}/${name}`),
    ['tekton-pipelines/slipway-build', 'tekton-pipelines/default'],
  );
  assert.equal(only(recorded, ':ServiceAccount', 'kaniko-account').inputs.automountServiceAccountToken, false);
  assert.deepEqual(only(recorded, ':NetworkPolicy', 'kaniko-policy').inputs.spec, {
    podSelector: {},
    policyTypes: ['Ingress'],
  });
});

test('only a builder that needs it may run privileged pods', async () => {
  const level = (recorded: Recorded[]) =>
    only(recorded, ':Namespace', 'service-builds-namespace').inputs.metadata.labels[
      'pod-security.kubernetes.io/enforce'
    ];
  assert.equal(level((await run(world(cluster()))).recorded), 'privileged');
  assert.equal(level((await kanikoStack(['linux/arm64'])).recorded), 'privileged');
  assert.equal(level((await kanikoStack([])).recorded), 'baseline');
});
