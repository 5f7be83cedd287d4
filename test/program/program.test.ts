import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import * as pulumi from '@pulumi/pulumi';
import type { Kube } from '../../cluster/kube.ts';
import { QUEUE } from '../../cluster/runs.ts';
import { parseLock, printLock } from '../../images/lock.ts';
import { makeIndex } from '../../images/manifest.ts';
import { RegistryClient } from '../../images/registry.ts';
import slipway from '../../index.ts';
import type { World } from '../../program/world.ts';
import { cerebral } from '../../systems/cerebral.ts';
import { FakeRegistry } from '../unit/images/fake-registry.ts';
import { publishable } from '../unit/images/published-lock.ts';
import { stackValues } from '../unit/settings/stack-files.ts';
import { counts, only, type Recorded, record } from './recorder.ts';
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
    ...paths.map(path => [path, { metadata: { labels: { 'app.kubernetes.io/managed-by': 'slipway' } } }] as const),
  ]);
  return {
    server,
    get: async (path: string) => objects.get(path),
    list: async () => [],
    close: () => {},
  } as unknown as Kube;
}

const world = (kube: Kube, stack = 'local'): World => ({
  readText: () => readFile(`test/fixtures/locks/${stack}.yaml`, 'utf8'),
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

interface Run {
  stack?: string;
  preview?: boolean;
  secretKeys?: string[];
  seen?: (name: string) => void;
}

/** The program as stack `local`, or another: what it registers and its outputs. */
async function run(given: World, changes: Record<string, unknown> = {}, more: Run = {}) {
  const { stack = 'local', seen, ...rest } = more;
  let result: Record<string, unknown> = {};
  const config = await stackValues(stack, changes);
  const recorded = await record(
    async () => {
      result = await slipway(given);
    },
    {
      ...rest,
      stack,
      config,
      outputs: args => {
        seen?.(args.name);
        return outputs(args);
      },
    },
  );
  return { recorded, result };
}

function publish(tag: string, of = commit): string {
  const { bytes, mediaType } = makeIndex([], { 'org.opencontainers.image.revision': of });
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

test('the digest that was built flows into the Deployment, under the tag that never moves (P5)', async () => {
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

test('each service follows the digest of its own base, once the pipeline has it (C6, C12)', async () => {
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
    // So that a new base builds no more services at a time than a push.
    assert.deepEqual([spec.status, metadata.labels[QUEUE]], ['PipelineRunPending', 'build']);
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

for (const [stack, server] of [
  ['local', 'https://127.0.0.1:16443'],
  ['staging', 'https://api.staging.cerebral.baerautotech.com:6443'],
]) {
  for (const preview of [false, true]) {
    test(`another cluster is refused before anything is declared: ${preview ? 'preview' : 'up'} of ${stack}`, async () => {
      const declared: string[] = [];
      const kube = cluster([service], 'https://10.0.0.1:6443');
      const context = stack === 'local' ? 'slipway-sandbox' : 'cerebral-staging';
      await assert.rejects(run(world(kube, stack), {}, { stack, preview, seen: name => declared.push(name) }), {
        message:
          `stack ${stack} may only touch the cluster with server ${server}; context ${context} leads to ` +
          `https://10.0.0.1:6443. Nothing was changed: choose the right kubeconfig, or correct slipway:cluster.server in Pulumi.${stack}.yaml`,
      });
      assert.deepEqual(declared, []);
    });
  }
}

const server = { staging: 'https://api.staging.cerebral.baerautotech.com:6443' };

/** The world of staging, with a registry that has what the stack's lock names. */
async function staging(): Promise<World> {
  const given = world(cluster([service], server.staging), 'staging');
  const file = 'test/fixtures/locks/staging.yaml';
  const { lock, publish } = publishable(parseLock(await readFile(file, 'utf8'), file));
  publish(registry);
  return { ...given, readText: async () => printLock(lock) };
}

test('a stack that takes its digests from the lock builds nothing, and asks no registry for tags', async () => {
  let prepared = false;
  const given = {
    ...(await staging()),
    prepareBuilds: async () => {
      prepared = true;
    },
  };
  registry.requests.length = 0;
  const { recorded, result } = await run(given, {}, { stack: 'staging' });
  assert.deepEqual(counts(recorded), {
    // The judges of the rollouts.
    Command: 12,
    kubernetes: 1,
    Namespace: 2,
    Secret: 1,
    ConfigMap: 13,
    PersistentVolumeClaim: 1,
    Deployment: 13,
    PodDisruptionBudget: 12,
    Service: 13,
    ServiceAccount: 12,
    NetworkPolicy: 14,
    Ingress: 1,
    ValidatingAdmissionPolicy: 1,
    ValidatingAdmissionPolicyBinding: 1,
  });
  assert.equal(prepared, false);
  assert.ok(!registry.requests.some(request => request.includes('/manifests/main') || request.includes('live-')));
  assert.deepEqual(Object.keys(result).sort(), ['registry', 'services', 'waiting']);
  const { ingress } = only(recorded, ':NetworkPolicy', 'registry-policy').inputs.spec;
  assert.deepEqual(ingress, [{ ports: [{ port: 5443 }] }]);
});

test('what a stack says of its services is what it declares', async () => {
  const changes = {
    replicas: '2',
    overrides: { 'ai-services': { autoscale: { min: 3, max: 9, cpu: 60 }, env: { LOG_LEVEL: 'warn' } } },
    ingress: { class: 'nginx', namespace: 'ingress-nginx', hosts: { 'ai-services': 'ai.example.com' } },
  };
  const { recorded } = await run(await staging(), changes, { stack: 'staging' });
  assert.equal(only(recorded, ':Deployment', 'data-services-deployment').inputs.spec.replicas, 2);
  assert.equal(only(recorded, ':HorizontalPodAutoscaler').inputs.spec.maxReplicas, 9);
  assert.deepEqual(only(recorded, ':ConfigMap', 'ai-services-config').inputs.data, {
    LOG_LEVEL: 'warn',
    SERVICE_NAME: 'ai-services',
  });
  assert.equal(only(recorded, ':Ingress').inputs.spec.rules[0].host, 'ai.example.com');
});

test('a thirteenth service is one entry of the catalogue: workload, listener, order, rights and rebuilds follow (C6)', async t => {
  const name = 'billing-services';
  cerebral.services.push({
    ...cerebral.services[0]!,
    name,
    image: `cerebral/${name}`,
    dockerfile: `microservices/${name}/Dockerfile`,
    context: `./microservices/${name}/`,
    changes: [`microservices/${name}/`],
    env: { LOG_LEVEL: 'info', SERVICE_NAME: name },
  });
  t.after(() => cerebral.services.pop());
  const { bytes, mediaType } = makeIndex([], { 'org.opencontainers.image.revision': commit });
  const built = registry.put(`cerebral/${name}`, 'main', bytes, mediaType);
  const kube = cluster([service], 'https://api.dev.cerebral.baerautotech.com:6443');
  const { recorded, result } = await run(world(kube, 'dev'), {}, { stack: 'dev' });

  const mine = recorded.filter(resource => resource.name.includes(name)).map(({ type }) => type.split(':').at(-1));
  assert.deepEqual(mine.sort(), [
    'Command',
    'ConfigMap',
    'Deployment',
    'Lease',
    'NetworkPolicy',
    'Service',
    'ServiceAccount',
  ]);
  const [container] = only(recorded, ':Deployment', `${name}-deployment`).inputs.spec.template.spec.containers;
  assert.ok(container.image.endsWith(`@${built}`), container.image);
  const { data } = only(recorded, ':ConfigMap', 'pipeline-slipway-push').inputs;
  const pushed = JSON.parse(data['push.json']).services.at(-1);
  assert.deepEqual([pushed.name, pushed.changes], [name, [`microservices/${name}/`]]);
  const { rules } = only(recorded, ':Role', 'pipeline-slipway-order').inputs;
  assert.ok(rules[0].resourceNames.includes(`slipway-${name}`));
  assert.equal(Object.keys(result.services as object).length, 13);
});

test('a secret that stands in the open in the stack file is refused', async () => {
  await assert.rejects(
    run(
      world(cluster()),
      {},
      { secretKeys: ['Tls', 'Htpasswd', 'Credentials', 'S3'].map(name => `slipway:registry${name}`) },
    ),
    {
      message:
        'Pulumi.local.yaml has a fault:\n  slipway:webhookSecret: not encrypted, so take another value and set it with ' +
        '`pulumi config set --secret --path slipway:webhookSecret`',
    },
  );
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

test('the branch of a stack is what pushes, runs by hand and new bases build, and what tracked digests are read from', async () => {
  publish('main');
  const built = publish('release-2.x', 'e'.repeat(40));
  registry.manifests.delete('cerebral/ai-services live-local');
  const { recorded } = await run(world(cluster()), { branch: 'release/2.x' });
  const { params } = only(recorded, ':Pipeline', 'pipeline-cerebral-microservice-pipeline').inputs.spec;
  const defaults = Object.fromEntries(params.map((one: { name: string; default?: string }) => [one.name, one.default]));
  assert.deepEqual([defaults['repo-branch'], defaults['image-tag']], ['release/2.x', 'release-2.x']);
  const config = JSON.parse(only(recorded, ':ConfigMap', 'pipeline-slipway-push').inputs.data['push.json']);
  assert.equal(config.branch, 'release/2.x');
  const { create, stdin } = only(recorded, ':Command', 'dependents-ai-services').inputs;
  assert.match(create, /cerebral\/ai-services:release-2\.x --context/);
  assert.ok(JSON.parse(stdin).spec.params.some((one: { value: string }) => one.value === 'release/2.x'));
  const { image } = only(recorded, ':Deployment', 'ai-services-deployment').inputs.spec.template.spec.containers[0];
  assert.ok(image.endsWith(built));
});

test('credentials of a stack are secret on their way into the pods that fetch, whichever builder it has', async () => {
  const credentials = { github: { url: 'https://github.com', token: 'hunter2' } };
  const gitCredentials = credentials;
  const text = JSON.stringify([{ url: 'https://github.com', username: 'git', token: 'hunter2' }]);
  const { recorded } = await run(world(cluster()), { gitCredentials });
  assert.equal(only(recorded, ':Secret', 'pipeline-git-credentials').inputs.stringData['credentials.json'], text);
  const { recorded: kaniko } = await run(world(cluster()), { gitCredentials, serviceBuilds: { builder: 'kaniko' } });
  const { metadata, stringData } = only(kaniko, ':Secret', 'kaniko-git-credentials').inputs;
  assert.equal(metadata.namespace, 'slipway-build');
  assert.equal(stringData['credentials.json'], text);
  const task = only(kaniko, ':Task', 'pipeline-slipway-build').inputs.spec;
  const settings = task.stepTemplate.env.find(({ name }: { name: string }) => name === 'SLIPWAY_KANIKO').value;
  assert.equal(JSON.parse(settings).gitSecret, 'slipway-git-credentials');
  for (const { type, inputs } of [...recorded, ...kaniko]) {
    if (!type.endsWith(':Secret')) assert.ok(!JSON.stringify(inputs).includes('hunter2'), type);
  }
});

test('a bound on the cache of the build daemons is in their configuration, as they read it', async () => {
  const toml = async (changes: Record<string, unknown>) =>
    only((await run(world(cluster()), changes)).recorded, ':ConfigMap', 'buildkit-config').inputs.data[
      'buildkitd.toml'
    ];
  assert.doesNotMatch(await toml({}), /maxUsedSpace/);
  assert.match(
    await toml({ retention: { cache: '20Gi' } }),
    /\[worker\.oci\]\n(?: {2}.*\n)* {2}maxUsedSpace = "20GiB"\n/,
  );
});

const kanikoStack = (nodePlatforms: string[]) =>
  run(world(cluster()), { serviceBuilds: { builder: 'kaniko' }, nodePlatforms });

test('a stack that chooses Kaniko has no build daemon, and the steps are told of the pods to make (C13)', async () => {
  const { recorded } = await kanikoStack(['linux/amd64']);
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
  const { recorded } = await kanikoStack(['all']);
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
  assert.equal(level((await kanikoStack(['linux/amd64'])).recorded), 'privileged');
  assert.equal(level((await kanikoStack(['all'])).recorded), 'baseline');
});
