// The registry of a whole stack: adopted, or asking for a password inside.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import type { Kube } from '../../cluster/kube.ts';
import { RegistryClient } from '../../images/registry.ts';
import slipway from '../../index.ts';
import type { World } from '../../program/world.ts';
import { FakeRegistry } from '../unit/images/fake-registry.ts';
import { stackValues } from '../unit/settings/stack-files.ts';
import { only, type Recorded, record } from './recorder.ts';
import { certificates, digest } from './values.ts';

let registry: FakeRegistry;

before(async () => {
  registry = await FakeRegistry.start();
});
after(() => registry.stop());

/** A cluster with one Service, at a path of the API. */
const cluster = (path: string, service?: object): Kube =>
  ({
    server: 'https://127.0.0.1:16443',
    get: async (asked: string) =>
      asked.endsWith('/kube-system') ? { metadata: { uid: 'a-uid' } } : asked === path ? service : undefined,
    list: async () => [],
    close: () => {},
  }) as unknown as Kube;

const world = (kube: Kube, url = registry.url): World => ({
  readText: () => readFile('test/fixtures/locks/local.yaml', 'utf8'),
  cluster: {
    connect: async () => kube,
    registry: async ({ name }) => new RegistryClient({ endpoints: [{ name, aliases: [], url }], retries: 0 }),
  },
  checkBuilds: async () => {},
  prepareBuilds: async () => {},
});

const outputs = ({ type, inputs }: Recorded): Record<string, unknown> => {
  if (type === 'docker-build:index:Image') return { digest };
  if (type === 'command:local:Command') return { stdout: certificates };
  return { metadata: { ...inputs.metadata, uid: 'a-uid' } };
};

/** The stack `local` with `keys` over those of its registry; undefined takes one away. */
async function run(given: World, keys: Record<string, unknown>, changes: Record<string, unknown> = {}) {
  const config = await stackValues('local', changes);
  const own = JSON.parse(config['slipway:registry']!);
  config['slipway:registry'] = JSON.stringify({ ...own, ...keys });
  const declared: Recorded[] = [];
  const recorded = await record(() => slipway(given), {
    config,
    outputs: args => {
      declared.push(args);
      return outputs(args);
    },
  }).catch(error => {
    // Refused is refused before anything was declared.
    assert.deepEqual(declared, []);
    throw error;
  });
  return recorded;
}

const adopt = { adopt: true, storage: undefined };
const path = '/api/v1/namespaces/registry/services/internal-registry';
const service = { spec: { clusterIP: '10.34.0.202', ports: [{ port: 5000 }] } };
const secrets = { registryTls: undefined, registryHtpasswd: undefined };

test('of a registry that is adopted nothing is declared, and all else goes on with it', async () => {
  const recorded = await run(world(cluster(path, service)), adopt, secrets);
  assert.ok(
    !recorded.some(({ name, inputs }) => name.startsWith('registry') || inputs.metadata?.namespace === 'registry'),
  );
  assert.deepEqual(only(recorded, ':Image', 'base-cpu').inputs.tags, ['127.0.0.1:15000/cerebral/ai-base:cpu']);
  only(recorded, ':Pipeline', 'pipeline-cerebral-microservice-pipeline');
});

test('an adopted registry may have another namespace, name and port', async () => {
  const elsewhere = { ...adopt, namespace: 'tools', service: 'images', clusterIP: '10.96.0.7', name: '10.96.0.7:80' };
  const found = { spec: { clusterIP: '10.96.0.7', ports: [{ port: 80 }] } };
  await run(world(cluster('/api/v1/namespaces/tools/services/images', found)), elsewhere);
  await assert.rejects(
    run(world(cluster(path, service)), elsewhere),
    /the cluster has no Service tools\/images; correct/,
  );
});

test('a registry that is not as the stack file tells is refused with all that differs, before anything is declared', async () => {
  const other = { spec: { clusterIP: '10.34.0.9', ports: [{ port: 443 }] } };
  const ended = await FakeRegistry.start();
  const gone = ended.url;
  ended.stop();
  await assert.rejects(run(world(cluster(path, other), gone), adopt), {
    message: [
      'stack local adopts a registry that is not as Pulumi.local.yaml tells. Nothing was changed:',
      '  Service registry/internal-registry has the ClusterIP 10.34.0.9; slipway:registry.clusterIP is 10.34.0.202',
      '  Service registry/internal-registry has the ports 443; slipway:registry.name says 5000',
      `  registry 10.34.0.202:5000 can't be reached at ${gone}: connection refused; check that it runs, and that this is its port; slipway:registry.endpoint must lead to it, and let you in`,
    ].join('\n'),
  });
});

test('a registry of somebody else is not written over', async () => {
  await assert.rejects(run(world(cluster(path, service)), {}), {
    message:
      "stack local declares a registry where the cluster has another: Service registry/internal-registry is not Slipway's. " +
      'Nothing was changed: use it as it is by slipway:registry.adopt, or choose another slipway:registry.namespace',
  });
  const ours = { ...service, metadata: { labels: { 'app.kubernetes.io/managed-by': 'slipway' } } };
  only(await run(world(cluster(path, ours)), {}), ':Deployment', 'registry-deployment');
});

const asking = { inside: { auth: 'password' } };
const signIn = {
  registryHtpasswd: `joe:${hashSync('hunter2', 4)}`,
  registryCredentials: { username: 'joe', password: 'hunter2' },
};

test('with a password inside, every namespace that pulls from the registry has the pull secret, and its accounts name it', async () => {
  const recorded = await run(world(cluster(path)), asking, { ...signIn, serviceBuilds: { builder: 'kaniko' } });
  const secretsOf = recorded.filter(({ inputs }) => inputs.type === 'kubernetes.io/dockerconfigjson');
  assert.deepEqual(secretsOf.map(({ inputs }) => inputs.metadata.namespace).sort(), [
    'cerebral-platform',
    'slipway-build',
    'tekton-pipelines',
  ]);
  for (const { inputs } of secretsOf) {
    const { auths } = JSON.parse(inputs.stringData['.dockerconfigjson']);
    assert.deepEqual(Object.keys(auths), [
      '10.34.0.202:5000',
      'internal-registry.registry.svc.cluster.local:5000',
      'registry.dev.cerebral.baerautotech.com',
    ]);
  }
  for (const account of ['ai-services-account', 'kaniko-account', 'pipeline-slipway-build', 'pipeline-slipway-push']) {
    const { imagePullSecrets } = only(recorded, ':ServiceAccount', account).inputs;
    assert.deepEqual(imagePullSecrets, [{ name: 'slipway-registry' }], account);
  }
  const { stepTemplate } = only(recorded, ':Task', 'pipeline-slipway-build').inputs.spec;
  const kaniko = stepTemplate.env.find(({ name }: { name: string }) => name === 'SLIPWAY_KANIKO');
  assert.equal(JSON.parse(kaniko.value).login, 'slipway-registry');
});

test('an adopted registry may ask for a password, too', async () => {
  const recorded = await run(world(cluster(path, service)), { ...adopt, ...asking }, { ...signIn, ...secrets });
  only(recorded, ':Secret', 'cerebral-pull');
  only(recorded, ':Secret', 'pipeline-pull');
});

test('a bucket takes the place of the volume, and its keys come from the secrets of the stack', async () => {
  const storage = { s3: { bucket: 'images', region: 'eu-central-1' } };
  const recorded = await run(world(cluster(path)), { storage }, { registryS3: { accessKey: 'a', secretKey: 's' } });
  assert.ok(!recorded.some(({ inputs }) => inputs.kind === 'PersistentVolumeClaim'));
  const { stringData } = only(recorded, ':Secret', 'registry-secret').inputs;
  assert.deepEqual([stringData['s3-access-key'], stringData['s3-secret-key']], ['a', 's']);
});

test('a load balancer’s address is an output of the stack', async () => {
  const outside = { host: 'registry.example.com', expose: 'loadBalancer' };
  const given = world(cluster(path));
  let address: unknown;
  const config = await stackValues('local');
  config['slipway:registry'] = JSON.stringify({ ...JSON.parse(config['slipway:registry']!), outside });
  await record(
    async () => {
      const { registry } = (await slipway(given)) as {
        registry: { loadBalancer: { apply(f: (value: unknown) => void): void } };
      };
      registry.loadBalancer.apply(value => {
        address = value;
      });
    },
    {
      config,
      outputs: args => ({
        ...outputs(args),
        ...(args.name === 'registry-outside' && { status: { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } } }),
      }),
    },
  );
  assert.equal(address, '192.0.2.7');
});
