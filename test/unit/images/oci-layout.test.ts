import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Digest, digestOf } from '../../../images/digest.ts';
import { type Child, type Descriptor, makeIndex, OCI_MANIFEST } from '../../../images/manifest.ts';
import { OciLayout } from '../../../images/oci-layout.ts';

const BOTH = ['linux/amd64', 'linux/arm64'];

/** A layout with an image of `platforms`; `path` is where a blob lies. */
function makeLayout(t: TestContext, platforms: readonly string[] = BOTH) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-layout-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = (digest: Digest) => join(folder, 'blobs/sha256', digest.slice('sha256:'.length));
  const blob = (bytes: Buffer, mediaType: string): Descriptor => {
    const digest = digestOf(bytes);
    mkdirSync(dirname(path(digest)), { recursive: true });
    writeFileSync(path(digest), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const layer = blob(Buffer.from('a layer'), 'application/vnd.oci.image.layer.v1.tar+gzip');
  const children = platforms.map((platform): Child => {
    const [os = '', architecture = ''] = platform.split('/');
    const config = blob(json({ os, architecture }), 'application/vnd.oci.image.config.v1+json');
    const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] };
    return { ...blob(json(manifest), OCI_MANIFEST), platform: { os, architecture } };
  });
  const index = makeIndex(children);
  const root = blob(index.bytes, index.mediaType);
  const name = (...images: Descriptor[]) => writeFileSync(join(folder, 'index.json'), makeIndex(images).bytes);
  name(root);
  return { layout: new OciLayout(folder), folder, path, name, root, children, layer };
}

const ref = (digest: Digest) => ({ registry: 'oci-layout', repository: 'build', digest });

test('a layout is read whole: the index, its platforms, their blobs', async t => {
  const { layout, root, children, layer } = makeLayout(t);
  assert.equal(await layout.image(), root.digest);
  const tree = await layout.whole(BOTH);
  assert.equal(tree.root.digest, root.digest);
  assert.deepEqual(
    new Set(tree.manifests.map(({ digest }) => digest)),
    new Set([root, ...children].map(({ digest }) => digest)),
  );
  assert.equal(tree.blobs.length, 3);
  const read: Uint8Array[] = [];
  for await (const piece of layout.readBlob(ref(layer.digest), layer)) read.push(piece);
  assert.equal(Buffer.concat(read).toString(), 'a layer');
});

test('a platform too few, one too many, and an image without an index are named (A1)', async t => {
  const half = makeLayout(t, ['linux/amd64']);
  await assert.rejects(
    half.layout.whole(BOTH),
    /^Error: the build is an index of linux\/amd64; needed: an index of linux\/amd64 and linux\/arm64$/,
  );
  await assert.rejects(
    makeLayout(t).layout.whole(['linux/amd64']),
    /is an index of linux\/amd64 and linux\/arm64; needed: an index of linux\/amd64$/,
  );
  half.name(half.children[0]!);
  await assert.rejects(half.layout.whole(['linux/amd64']), /^Error: the build is a single image; needed: /);
});

test('a blob that is gone, cut off or altered is found before anybody has it', async t => {
  const { layout, layer, path, children } = makeLayout(t);
  writeFileSync(path(layer.digest), 'a lay');
  await assert.rejects(layout.whole(BOTH), /has 5 bytes; its manifest says 7$/);
  unlinkSync(path(layer.digest));
  await assert.rejects(layout.whole(BOTH), /is not there; its manifest says 7$/);
  writeFileSync(path(layer.digest), 'another');
  await layout.whole(BOTH);
  const read = async () => {
    for await (const _ of layout.readBlob(ref(layer.digest), layer)) assert.fail('altered bytes were handed on');
  };
  await assert.rejects(read, /is damaged: the bytes that came are sha256:/);
  writeFileSync(path(children[0]!.digest), '{"schemaVersion":2}');
  await assert.rejects(layout.whole(BOTH), /is damaged: its bytes are sha256:/);
});

test('a folder without an image, and one with several, are no build', async t => {
  const { layout, folder, name, children } = makeLayout(t);
  name(...children);
  await assert.rejects(layout.image(), /index\.json names 2 images; expected one$/);
  rmSync(join(folder, 'index.json'));
  await assert.rejects(layout.image(), /index\.json can't be read: /);
});
