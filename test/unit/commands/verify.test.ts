import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { verify } from '../../../commands/verify.ts';
import { digestOf } from '../../../images/digest.ts';
import { printEndpoints } from '../../../images/endpoints.ts';
import { makeIndex, OCI_MANIFEST } from '../../../images/manifest.ts';
import { FakeRegistry, REGISTRY } from '../images/fake-registry.ts';

const repository = 'cerebral/ai-base';
let fake: FakeRegistry;
before(async () => {
  fake = await FakeRegistry.start();
});
after(() => fake.stop());

const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const layer = (size: number) => ({ mediaType: layerType, digest: `sha256:${'f'.repeat(64)}`, size });

/** A layer with these files, texts by path, that the registry has. */
function smallLayer(files: Record<string, string>) {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const header = Buffer.alloc(512);
    header.write(path, 0);
    header.write(text.length.toString(8).padStart(11, '0'), 124);
    const content = Buffer.alloc(Math.ceil(text.length / 512) * 512);
    content.write(text);
    return [header, content];
  });
  const bytes = gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
  fake.blobs.set(digestOf(bytes), bytes);
  return { mediaType: layerType, digest: digestOf(bytes), size: bytes.length };
}

/** An image of one platform. */
function image(architecture: string, layers: object[]) {
  const { digest } = fake.image(repository, undefined, `linux/${architecture}`);
  const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 100 };
  const body = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };
  const platform = { os: 'linux', architecture };
  return {
    mediaType: OCI_MANIFEST,
    digest: fake.put(repository, undefined, body, OCI_MANIFEST),
    size: JSON.stringify(body).length,
    platform,
  };
}

/** What verify tells of an index of these images. */
async function sizes(...children: ReturnType<typeof image>[]) {
  const { bytes, mediaType } = makeIndex(children);
  const digest = fake.put(repository, 'cpu', bytes, mediaType);
  const endpoints = printEndpoints(fake.endpoints);
  const found = await verify(`${REGISTRY}/${repository}:cpu`, 'linux/amd64,linux/arm64', endpoints);
  assert.equal(found.digest, digest);
  assert.deepEqual(
    Object.values(found.platforms),
    children.map(child => child.digest),
  );
  return found.sizes;
}

test('a verified image is told with what each platform pulls, and what a base has recorded of its files (C5, C14)', async () => {
  const folder = 'usr/local/share/ai-base';
  const recorded = smallLayer({
    [`${folder}/`]: '',
    [`${folder}/imported.txt`]: 'x'.repeat(600),
    [`${folder}/size.txt`]: '2712 MB on x86_64\n',
  });
  const amd64 = image('amd64', [layer(1_200_000_000), layer(40_000_000), recorded]);
  const arm64 = image('arm64', [layer(312_345_678), smallLayer({ 'etc/hostname': 'size.txt' })]);
  assert.deepEqual(await sizes(amd64, arm64), {
    'linux/amd64': { compressed: 1240, uncompressed: 2712 },
    'linux/arm64': { compressed: 312.3 },
  });
});

test('a large last layer is not read for it, nor one that is not gzip', async () => {
  fake.requests.length = 0;
  const other = { ...layer(1000), mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd' };
  assert.deepEqual(await sizes(image('amd64', [layer(2_000_000)]), image('arm64', [other])), {
    'linux/amd64': { compressed: 2 },
    'linux/arm64': { compressed: 0 },
  });
  assert.ok(!fake.requests.some(request => request.includes('/blobs/')));
});
