import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restrictedContainer } from '../../components/kubernetes.ts';
import { type ObjectsSource, objectsVolume, type S3Objects } from '../../components/objects-volume.ts';
import { objectsParams } from '../../steps/params.ts';
import { pinnedImage } from './values.ts';

const checksums = `${'a'.repeat(64)}  detector/model.bin\n`;
const bucket: S3Objects = {
  endpoint: 'https://store.example:9000',
  bucket: 'ai-models',
  prefix: 'v3',
  checksums,
  keys: { secret: 'object-storage' },
  sizeLimit: '2Gi',
};
const declare = (source: ObjectsSource, stepImage = pinnedImage) =>
  objectsVolume({ name: 'models', mountPath: '/app/data/models', source, stepImage, config: 'ai-service-objects' });
const KINDS: [name: string, source: ObjectsSource, volume: object][] = [
  ['a claim', { claim: 'models' }, { persistentVolumeClaim: { claimName: 'models', readOnly: true } }],
  [
    'a CSI volume',
    { csi: { driver: 'fss.csi.oraclecloud.com', attributes: { bucket: 'ai-models' }, secret: 'object-storage' } },
    {
      csi: {
        driver: 'fss.csi.oraclecloud.com',
        readOnly: true,
        volumeAttributes: { bucket: 'ai-models' },
        nodePublishSecretRef: { name: 'object-storage' },
      },
    },
  ],
  ['a bucket', { s3: bucket }, { emptyDir: { sizeLimit: '2Gi' } }],
];
for (const [name, source, volume] of KINDS) {
  test(`models from ${name} are there under the path that the service knows, and can't be written (M5)`, () => {
    const { mount, volumes } = declare(source);
    assert.deepEqual(mount, { name: 'models', mountPath: '/app/data/models', readOnly: true });
    assert.deepEqual(volumes[0], { name: 'models', ...volume });
  });
}

test('a claim and a CSI volume need no container, and no list (M5)', () => {
  for (const [, source] of KINDS.slice(0, 2)) {
    const { volumes, initContainers, data, annotations } = declare(source);
    assert.deepEqual([volumes.length, initContainers, data, annotations], [1, [], {}, {}]);
  }
});

// Inputs may be outputs, and these are not.
interface Container {
  env: { name: string; value?: string; valueFrom?: { secretKeyRef: object } }[];
  volumeMounts: { name: string; readOnly?: boolean }[];
  securityContext: object;
  resources: { limits: { memory: string } };
  terminationMessagePolicy: string;
}
const containerOf = (s3: S3Objects) => declare({ s3 }).initContainers[0] as unknown as Container;

test('what copies from a bucket understands all that it is given, and gets its keys from the Secret alone (M5)', () => {
  const { env, volumeMounts } = containerOf({
    ...bucket,
    timeout: 600,
    addressing: 'virtual-host',
    region: 'eu-west-1',
  });
  const plain = Object.fromEntries(env.flatMap(one => ('value' in one ? [[one.name, one.value]] : [])));
  const params = objectsParams(plain);
  assert.deepEqual(params, {
    endpoint: 'https://store.example:9000',
    region: 'eu-west-1',
    bucket: 'ai-models',
    prefix: 'v3',
    addressing: 'virtual-host',
    list: '/objects-list/sha256sums',
    target: '/objects',
    timeout: 600_000,
    keys: undefined,
  });
  assert.deepEqual(
    env.flatMap(one => (one.valueFrom ? [[one.name, one.valueFrom.secretKeyRef]] : [])),
    [
      ['AWS_ACCESS_KEY_ID', { name: 'object-storage', key: 'access-key' }],
      ['AWS_SECRET_ACCESS_KEY', { name: 'object-storage', key: 'secret-key' }],
    ],
  );
  assert.deepEqual(
    volumeMounts.map(one => [one.name, one.readOnly ?? false]),
    [
      ['models', false],
      ['models-list', true],
    ],
  );
});

test('an open bucket of Amazon’s needs a region and no Secret (M5)', () => {
  const { env } = containerOf({ bucket: 'open-data', region: 'us-east-1', checksums, sizeLimit: '1Gi' });
  const params = objectsParams(Object.fromEntries(env.map(one => [one.name, one.value])));
  assert.deepEqual(
    [params.endpoint, params.addressing, params.keys],
    ['https://s3.us-east-1.amazonaws.com', 'virtual-host', undefined],
  );
});

test('an authority of one’s own is mounted for the copy (M5)', () => {
  const source = { s3: { ...bucket, authority: { configMap: 'store-authority', key: 'ca.crt' } } };
  const { volumes, initContainers } = declare(source);
  assert.deepEqual(volumes[2], {
    name: 'models-authority',
    configMap: { name: 'store-authority', items: [{ key: 'ca.crt', path: 'ca.crt' }] },
  });
  const { env } = initContainers[0] as unknown as Container;
  assert.deepEqual(
    env.find(({ name }) => name === 'NODE_EXTRA_CA_CERTS'),
    {
      name: 'NODE_EXTRA_CA_CERTS',
      value: '/objects-authority/ca.crt',
    },
  );
});

test('the container that copies is restricted, bounded, and tells its reason in the pod’s status (M5)', () => {
  const container = containerOf(bucket);
  assert.equal(container.securityContext, restrictedContainer);
  assert.ok(container.resources.limits.memory);
  assert.equal(container.terminationMessagePolicy, 'FallbackToLogsOnError');
  assert.throws(() => declare({ s3: bucket }, 'registry.example/slipway/step:main'), /names no digest/);
});

test('another checksum is another pod, and both are in the diff (M5, M7)', () => {
  const before = declare({ s3: bucket });
  const after = declare({ s3: { ...bucket, checksums: checksums.replaceAll('a', 'b') } });
  assert.deepEqual(before.data, { models: checksums });
  assert.notDeepEqual(before.annotations, after.annotations);
  assert.deepEqual(Object.keys(before.annotations), ['slipway.dev/objects-models']);
});

test('a checksum list with faults fails at preview, all of them in one line (M7)', () => {
  const s3 = { ...bucket, checksums: `${checksums}${checksums}abc  x\n${'b'.repeat(64)}  ../x\n` };
  assert.throws(() => declare({ s3 }), {
    message:
      'models.s3.checksums: line 2: found "detector/model.bin" a second time; expected each path once | ' +
      'line 3: found "abc  x"; expected 64 hexadecimal digits, two spaces and a relative path, as sha256sum writes them | ' +
      'line 4: found path "../x"; expected one that stays below its folder: no "..", no "/" at its start',
  });
});
