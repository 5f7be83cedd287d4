import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Descriptor } from '../../../images/manifest.ts';
import { RegistryClient } from '../../../images/registry.ts';
import { weigh } from '../../../images/size.ts';
import { FakeRegistry, REGISTRY } from './fake-registry.ts';

const GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** A layer whose trailer tells `unpacked`, of `packed` bytes by its manifest. */
function told(registry: FakeRegistry, unpacked: number, packed: number): Descriptor {
  const bytes = Buffer.alloc(18);
  bytes.writeUInt32LE(unpacked % 2 ** 32, 14);
  bytes.writeUInt32LE(packed % 2 ** 32, 0);
  return { ...registry.blob('x', bytes, GZIP), size: packed };
}

async function weightOf(t: TestContext, layers: (registry: FakeRegistry) => Descriptor[], ranges = true) {
  const registry = await FakeRegistry.start();
  t.after(() => registry.stop());
  registry.ranges = ranges;
  const { digest } = registry.image('x', undefined, 'linux/amd64', '', layers(registry));
  const client = new RegistryClient({ endpoints: registry.endpoints, retries: 0 });
  return weigh(client, { registry: REGISTRY, repository: 'x', digest });
}

test('a layer weighs what it unpacks to, and no more of it is read than its last bytes', async t => {
  const bytes = gzipSync(Buffer.alloc(300_000, 'slipway '));
  const weight = await weightOf(t, registry => [registry.blob('x', bytes, GZIP)]);
  assert.deepEqual(weight, { packed: bytes.length, unpacked: 300_000 });
});

test('a length that has turned over is told by the packed one', async t => {
  const weight = await weightOf(t, registry => [told(registry, 5.2e9, 2.5e9), told(registry, 9e9, 5e9)]);
  assert.deepEqual(weight, { packed: 7.5e9, unpacked: 5.2e9 + 9e9 });
});

test('what tells nothing counts as it is packed: other packings, registries without ranges', async t => {
  const zstd = (registry: FakeRegistry) => [
    { ...registry.blob('x', Buffer.from('z'), 'application/vnd.oci.image.layer.v1.tar+zstd'), size: 700 },
  ];
  assert.deepEqual(await weightOf(t, zstd), { packed: 700, unpacked: 700 });
  assert.deepEqual(await weightOf(t, registry => [told(registry, 900, 100)], false), { packed: 100, unpacked: 100 });
});

test('an index, and what is not there, has no weight', async t => {
  const registry = await FakeRegistry.start();
  t.after(() => registry.stop());
  const client = new RegistryClient({ endpoints: registry.endpoints, retries: 0 });
  const digest = registry.index('x', 'y', ['linux/amd64']);
  assert.equal(await weigh(client, { registry: REGISTRY, repository: 'x', digest }), undefined);
  assert.equal(await weigh(client, { registry: REGISTRY, repository: 'x', tag: 'none' }), undefined);
});
