import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { Buildkit, type BuildkitArgs } from '../../components/buildkit.ts';
import { Registry, type RegistryArgs } from '../../components/registry.ts';
import { counts, only, type Recorded, record } from './recorder.ts';
import { certificates, digest } from './values.ts';

const registryArgs: RegistryArgs = {
  namespace: 'registry',
  service: 'internal-registry',
  image: `docker.io/library/registry:3.1.2@${digest}`,
  clusterIP: '10.34.0.202',
  storage: { size: '20Gi' },
  tls: { certificate: 'certificate', key: 'key' },
  htpasswd: 'joe:$2y$05$hash',
  insideAuth: 'open',
  allowFrom: ['tekton-pipelines', 'slipway-build'],
};
const registry = (changes: Partial<RegistryArgs> = {}) =>
  record(() => new Registry('registry', { ...registryArgs, ...changes }));
const bucket = {
  s3: { bucket: 'images', region: 'us-east-1', endpoint: 'http://store.example:9000', prefix: 'cerebral/dev' },
  accessKey: 'access-4711',
  secretKey: 'secret-4711',
};

interface Pod {
  containers: {
    name: string;
    env?: object[];
    volumeMounts: { name: string }[];
    startupProbe: { initialDelaySeconds?: number; httpGet: { path: string } };
    readinessProbe: { httpGet: { path: string } };
    livenessProbe: { httpGet?: object; tcpSocket?: object };
  }[];
  volumes: { name: string; secret?: { items?: { key: string }[] } }[];
}
const podOf = (recorded: Recorded[]) => only(recorded, ':Deployment').inputs.spec.template.spec as Pod;
const annotationsOf = (recorded: Recorded[]) =>
  only(recorded, ':Deployment').inputs.spec.template.metadata.annotations as Record<string, string>;
const configsOf = (recorded: Recorded[]) => {
  const { data } = only(recorded, ':ConfigMap').inputs;
  return { inside: parse(data['inside.yml']), outside: parse(data['outside.yml']) };
};
const mounts = ({ volumeMounts }: Pod['containers'][number]) => volumeMounts.map(({ name }) => name);

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
  const { inside, outside } = configsOf(recorded);
  assert.equal(inside.auth, undefined);
  assert.deepEqual(outside.auth, { htpasswd: { realm: 'registry', path: '/secret/htpasswd' } });
  for (const face of [inside, outside]) {
    assert.equal(face.http.relativeurls, true);
    assert.deepEqual(face.storage.delete, { enabled: true });
    assert.equal(face.storage.cache, undefined);
  }
  const [first, second] = podOf(recorded).containers;
  assert.deepEqual(mounts(first!), ['images', 'config']);
  assert.deepEqual(mounts(second!), ['images', 'config', 'secret']);
});

test('by choice the face inside asks for the same password, is probed without it, and sees no more than the hashes', async () => {
  const recorded = await registry({ insideAuth: 'password' });
  const { inside, outside } = configsOf(recorded);
  assert.deepEqual(inside.auth, outside.auth);
  assert.equal(inside.http.tls, undefined);
  const { containers, volumes } = podOf(recorded);
  const [first, second] = containers;
  assert.deepEqual([first!.readinessProbe.httpGet.path, first!.startupProbe.httpGet.path], ['/', '/']);
  assert.deepEqual(mounts(first!), ['images', 'config', 'users']);
  assert.deepEqual(mounts(second!), ['images', 'config', 'secret']);
  const users = volumes.find(({ name }) => name === 'users');
  assert.deepEqual(users?.secret?.items, [{ key: 'htpasswd', path: 'htpasswd' }]);
});

test('what the registry is told, its passwords too, is the same from preview to preview; another hash restarts it', async () => {
  const [first, second] = [await registry(), await registry()];
  const inputs = (recorded: Recorded[]) => recorded.map(({ name, inputs }) => [name, inputs]).sort();
  assert.deepEqual(inputs(first), inputs(second));
  const other = await registry({ htpasswd: 'joe:$2y$05$other' });
  assert.notEqual(annotationsOf(other)['slipway.dev/secret'], annotationsOf(first)['slipway.dev/secret']);
});

test('in a bucket: no volume, no redirect to it, and its keys are in a Secret and nowhere else', async () => {
  const recorded = await registry({ storage: bucket });
  assert.equal(counts(recorded).PersistentVolumeClaim, undefined);
  const { inside, outside } = configsOf(recorded);
  for (const { storage, health } of [inside, outside]) {
    assert.deepEqual(storage.s3, {
      bucket: 'images',
      region: 'us-east-1',
      regionendpoint: 'http://store.example:9000',
      forcepathstyle: true,
      rootdirectory: '/cerebral/dev',
    });
    assert.equal(storage.filesystem, undefined);
    assert.deepEqual(storage.redirect, { disable: true });
    assert.equal(health.storagedriver.enabled, true);
  }
  const holding = recorded.filter(({ inputs }) => JSON.stringify(inputs).includes('4711')).map(({ name }) => name);
  assert.deepEqual(holding, ['registry-secret']);
  const { containers, volumes } = podOf(recorded);
  for (const container of containers) {
    assert.ok(!mounts(container).includes('images'));
    assert.deepEqual(container.env, [
      { name: 'AWS_ACCESS_KEY_ID', valueFrom: { secretKeyRef: { name: 'registry', key: 's3-access-key' } } },
      { name: 'AWS_SECRET_ACCESS_KEY', valueFrom: { secretKeyRef: { name: 'registry', key: 's3-secret-key' } } },
    ]);
  }
  const files = volumes.find(({ name }) => name === 'secret')?.secret?.items?.map(({ key }) => key);
  assert.deepEqual(files, ['tls.crt', 'tls.key', 'htpasswd']);
  const renewed = await registry({ storage: { ...bucket, secretKey: 'another' } });
  assert.notEqual(annotationsOf(renewed)['slipway.dev/secret'], annotationsOf(recorded)['slipway.dev/secret']);
});

test('a registry on a bucket is ready once it knows that it can use it, and is not killed while it can not', async () => {
  const recorded = await registry({ storage: bucket });
  const { interval, threshold } = configsOf(recorded).inside.health.storagedriver;
  for (const { startupProbe, readinessProbe, livenessProbe } of podOf(recorded).containers) {
    assert.ok(startupProbe.initialDelaySeconds! > Number.parseInt(interval, 10) * threshold);
    assert.ok(readinessProbe.httpGet);
    assert.equal(livenessProbe.httpGet, undefined);
    assert.ok(livenessProbe.tcpSocket);
  }
});

test('a registry on a bucket may reach it, and one on a volume nothing', async () => {
  const egress = async (changes: Partial<RegistryArgs>) =>
    only(await registry(changes), ':NetworkPolicy').inputs.spec.egress;
  assert.equal(await egress({}), undefined);
  assert.deepEqual(await egress({ storage: bucket }), [{}]);
});

test('the address outside is exposed by choice, with what the controllers of the cluster read on its Service', async () => {
  const outside = async (expose: RegistryArgs['expose']) =>
    only(await registry({ expose }), ':Service', 'registry-outside').inputs;
  const balanced = await outside({ by: 'loadBalancer', port: 443, annotations: { 'example.com/scheme': 'internal' } });
  assert.deepEqual(balanced.spec, {
    type: 'LoadBalancer',
    selector: { app: 'registry' },
    ports: [{ name: 'outside', port: 443, targetPort: 5443 }],
  });
  // Awaited: what is pushed next goes by its address.
  assert.deepEqual(balanced.metadata.annotations, {
    'pulumi.com/patchFieldManager': 'slipway',
    'example.com/scheme': 'internal',
  });
  const onNodes = await outside({ by: 'nodePort', port: 443, nodePort: 30443 });
  assert.equal(onNodes.spec.type, 'NodePort');
  assert.deepEqual(onNodes.spec.ports, [{ name: 'outside', port: 443, targetPort: 5443, nodePort: 30443 }]);
  assert.equal(counts(await registry()).Service, 1);
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

test('a port inside that asks for a password is for every pod and node', async () => {
  const { ingress } = only(await registry({ insideAuth: 'password' }), ':NetworkPolicy').inputs.spec;
  assert.deepEqual(ingress, [{ ports: [{ port: 5000 }] }, { ports: [{ port: 5443 }] }]);
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
