import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { Buildkit, type BuildkitArgs } from '../../components/buildkit.ts';
import { Registry, type RegistryArgs } from '../../components/registry.ts';
import { counts, only, type Recorded, record } from './recorder.ts';
import { certificates, digest } from './values.ts';

const registryArgs: RegistryArgs = {
  image: `docker.io/library/registry:3.1.2@${digest}`,
  clusterIP: '10.34.0.202',
  storage: { size: '20Gi' },
  tls: { certificate: 'certificate', key: 'key' },
  htpasswd: 'joe:$2y$05$hash',
  allowFrom: ['tekton-pipelines', 'slipway-build'],
};
const registry = (changes: Partial<RegistryArgs> = {}) =>
  record(() => new Registry('registry', { ...registryArgs, ...changes }));

test('the registry is one pod with two faces on one volume', async () => {
  const recorded = await registry();
  assert.deepEqual(counts(recorded), {
    Namespace: 1,
    ConfigMap: 1,
    Secret: 1,
    PersistentVolumeClaim: 1,
    Deployment: 1,
    Service: 1,
    NetworkPolicy: 1,
  });
  const { inputs } = only(recorded, ':Deployment');
  const pod = inputs.spec.template.spec;
  assert.deepEqual(inputs.spec.strategy, { type: 'Recreate' });
  assert.deepEqual(
    pod.containers.map((face: { name: string; ports: object[] }) => [face.name, face.ports]),
    [
      ['registry', [{ containerPort: 5000 }]],
      ['outside', [{ containerPort: 5443 }]],
    ],
  );
  assert.deepEqual(pod.containers[0].command, ['/bin/registry', 'serve', '/config/inside.yml']);
});

test('only the face outside asks for a password and sees the secrets', async () => {
  const recorded = await registry();
  const { data } = only(recorded, ':ConfigMap').inputs;
  const [inside, outside] = [parse(data['inside.yml']), parse(data['outside.yml'])];
  assert.equal(inside.auth, undefined);
  assert.deepEqual(outside.auth, { htpasswd: { realm: 'registry', path: '/secret/htpasswd' } });
  for (const face of [inside, outside]) {
    assert.equal(face.http.relativeurls, true);
    assert.deepEqual(face.storage.delete, { enabled: true });
    assert.equal(face.storage.cache, undefined);
  }
  const [first, second] = only(recorded, ':Deployment').inputs.spec.template.spec.containers;
  const mounts = (face: { volumeMounts: { name: string }[] }) => face.volumeMounts.map(mount => mount.name);
  assert.deepEqual(mounts(first), ['images', 'config']);
  assert.deepEqual(mounts(second), ['images', 'config', 'secret']);
});

test('the registry has its fixed address and its name in the cluster', async () => {
  const { inputs } = only(await registry(), ':Service');
  assert.equal(`${inputs.metadata.name}.${inputs.metadata.namespace}`, 'internal-registry.registry');
  assert.equal(inputs.spec.clusterIP, '10.34.0.202');
  assert.deepEqual(
    inputs.spec.ports.map((port: { port: number }) => port.port),
    [5000, 5443],
  );
});

test('the open port is for build pods and nodes alone', async () => {
  const { ingress } = only(await registry({ nodes: ['10.0.0.0/16'] }), ':NetworkPolicy').inputs.spec;
  const pods = (namespace: string) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  });
  assert.deepEqual(ingress, [
    {
      ports: [{ port: 5000 }],
      from: [pods('tekton-pipelines'), pods('slipway-build'), { ipBlock: { cidr: '10.0.0.0/16' } }],
    },
    { ports: [{ port: 5443 }] },
  ]);
});

test('where nothing is built the open port is for no pod at all', async () => {
  const { ingress } = only(await registry({ allowFrom: [] }), ':NetworkPolicy').inputs.spec;
  assert.deepEqual(ingress, [{ ports: [{ port: 5443 }] }]);
});

test('a registry by tag is refused', async () => {
  await assert.rejects(registry({ image: 'docker.io/library/registry:3.1.2' }), {
    message: /^registry\.image: "docker\.io\/library\/registry:3\.1\.2" names no digest/,
  });
});

const buildkitArgs: BuildkitArgs = {
  namespace: 'slipway-build',
  image: `docker.io/moby/buildkit:v0.25.2@${digest}`,
  platforms: ['linux/amd64', 'linux/arm64'],
  emulate: ['linux/arm64'],
  insecureRegistries: ['10.34.0.202:5000'],
  clientNamespace: 'tekton-pipelines',
  resources: { cpu: '100m', memory: '256Mi' },
};
const outputs = ({ type }: Recorded) => (type === 'command:local:Command' ? { stdout: certificates } : {});
const buildkit = (changes: Partial<BuildkitArgs> = {}) =>
  record(() => new Buildkit('buildkit', { ...buildkitArgs, ...changes }), { outputs });

test('each platform has a build daemon, on a node of its own kind unless it is emulated', async () => {
  const recorded = await buildkit();
  assert.deepEqual(counts(recorded), {
    Command: 1,
    Secret: 2,
    ConfigMap: 1,
    Deployment: 2,
    Service: 2,
    NetworkPolicy: 1,
  });
  const pod = (name: string) => only(recorded, ':Deployment', `buildkit-${name}`).inputs.spec.template.spec;
  assert.deepEqual(pod('amd64').nodeSelector, { 'kubernetes.io/arch': 'amd64' });
  assert.equal(pod('arm64').nodeSelector, undefined);
});

test('daemon and client each get their own half of the certificates', async () => {
  const recorded = await buildkit();
  assert.deepEqual(only(recorded, ':Secret', 'buildkit-server').inputs.stringData, {
    'ca.crt': 'ca',
    'tls.crt': 'server certificate',
    'tls.key': 'server key',
  });
  const client = only(recorded, ':Secret', 'buildkit-client').inputs;
  assert.deepEqual(client.stringData, { 'ca.crt': 'ca', 'tls.crt': 'client certificate', 'tls.key': 'client key' });
  assert.equal(client.metadata.namespace, 'tekton-pipelines');
});

test('the command that makes the certificates writes none of them to a log', async () => {
  const { inputs } = only(await buildkit(), ':Command');
  assert.deepEqual(inputs, { create: 'node_modules/.bin/node commands/slipway.ts certificates', logging: 'none' });
});

test('a platform can only be emulated where it is built', async () => {
  await assert.rejects(buildkit({ emulate: ['linux/s390x'] }), {
    message: 'buildkit.emulate: linux/s390x is not among the platforms (linux/amd64, linux/arm64)',
  });
});
