// A copy between two real registries, one of them with a password: what the fakes of the unit tests can only claim.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { copyImages } from '../../images/copy.ts';
import { type Digest, digestOf } from '../../images/digest.ts';
import { type Child, makeIndex } from '../../images/manifest.ts';
import { RegistryClient } from '../../images/registry.ts';
import { verifyIndex } from '../../images/verify.ts';
import { pushManifest } from './push-image.ts';
import { type RegistryProcess, startRegistry } from './registry-process.ts';

const FROM = '10.34.0.202:5000';
const TO = '10.44.0.202:5000';
const BOTH = ['linux/amd64', 'linux/arm64'];
const USER = { username: 'ali', password: 'open sesame' };
const LAYER = randomBytes(20_000_000);
let dev: RegistryProcess;
let staging: RegistryProcess;
let source: RegistryClient;
let target: RegistryClient;

before(async () => {
  [dev, staging] = await Promise.all([
    startRegistry(),
    startRegistry(
      `${USER.username}:${hashSync(USER.password, 5)}`,
      `Basic ${Buffer.from(`${USER.username}:${USER.password}`).toString('base64')}`,
    ),
  ]);
  source = new RegistryClient({ endpoints: [{ name: FROM, aliases: [], url: dev.url }] });
  target = targetAs(USER);
});
after(() => Promise.all([dev?.stop(), staging?.stop()]));

const targetAs = (credentials?: typeof USER) =>
  new RegistryClient({
    endpoints: [{ name: TO, aliases: [], url: staging.url }],
    credentials: async () => credentials,
  });

/** An image for both platforms, with an attestation under its index and a signature beside it. */
async function publish(repository: string): Promise<{ index: Digest; signature: Digest }> {
  const ref = { registry: FROM, repository };
  const children: Child[] = [];
  for (const platform of BOTH) {
    const [os = '', architecture = ''] = platform.split('/');
    const config = { os, architecture, rootfs: { type: 'layers', diff_ids: [] } };
    const image = await pushManifest(source, ref, config, [LAYER, Buffer.from(repository)]);
    children.push({ ...image, platform: { os, architecture } });
  }
  const attestation = await pushManifest(source, ref, { of: children[0]!.digest }, [Buffer.from('provenance')]);
  const annotations = { 'vnd.docker.reference.type': 'attestation-manifest' };
  children.push({ ...attestation, annotations, platform: { os: 'unknown', architecture: 'unknown' } });
  const { bytes, mediaType } = makeIndex(children);
  const index = await source.put({ ...ref, tag: 'main' }, bytes, mediaType);
  const artifactType = 'application/vnd.example.signature';
  const subject = { mediaType, digest: index, size: bytes.length };
  const signature = await pushManifest(source, ref, {}, [Buffer.from('signature')], { artifactType, subject });
  await source.attach({ ...ref, digest: index }, [{ ...signature, artifactType }]);
  return { index, signature: signature.digest };
}

const request = (repository: string, digest: Digest) => ({
  from: { registry: FROM, repository, digest },
  to: { registry: TO, repository },
});

test('two services and all that is attached arrive, and the layer they share goes over the wire once', async () => {
  const [one, two] = [await publish('a/one'), await publish('a/two')];
  const said: string[] = [];
  const requests = [request('a/one', one.index), request('a/two', two.index)];
  await copyImages(source, target, requests, { say: line => said.push(line) });
  for (const [repository, { index, signature }] of [
    ['a/one', one],
    ['a/two', two],
  ] as const) {
    const ref = { registry: TO, repository, digest: index };
    assert.deepEqual(Object.keys((await verifyIndex(target, ref, BOTH)).platforms), BOTH);
    const { referrers } = await target.referrers(ref);
    assert.deepEqual(
      referrers.map(({ digest, artifactType }) => [digest, artifactType]),
      [[signature, 'application/vnd.example.signature']],
    );
    assert.ok(await target.manifest({ ...ref, digest: signature }));
    assert.ok(await target.hasBlob(ref, digestOf(LAYER)));
  }
  const layer = said.filter(line => line.includes('20.0 MB'));
  assert.match(layer.join('\n'), /sent in .*\n.* mounted$/);

  said.length = 0;
  await copyImages(source, target, requests, { say: line => said.push(line) });
  assert.match(said.join('\n'), /^\d+ blobs in 2 images, all there$/);
});

test('bytes that break off leave neither a blob nor an upload that blocks the next try', async () => {
  const bytes = randomBytes(5_000_000);
  const wanted = { digest: digestOf(bytes), size: bytes.length };
  const ref = { registry: TO, repository: 'a/cut' };
  const broken = new Error('the source broke off');
  const half = function* () {
    yield bytes.subarray(0, 2_000_000);
    throw broken;
  };
  await assert.rejects(target.putBlob(ref, wanted, half), broken);
  assert.equal(await target.hasBlob(ref, wanted.digest), false);
  assert.equal(await target.putBlob(ref, wanted, () => [bytes]), 'sent');
  assert.equal(await target.hasBlob(ref, wanted.digest), true);
  const read: Uint8Array[] = [];
  for await (const piece of target.readBlob(ref, wanted)) read.push(piece);
  assert.equal(digestOf(Buffer.concat(read)), wanted.digest);
});

test('without the password nothing is written, and the registry’s refusal is told', async () => {
  const { index } = await publish('a/three');
  for (const credentials of [undefined, { ...USER, password: 'wrong' }]) {
    await assert.rejects(copyImages(source, targetAs(credentials), [request('a/three', index)]), {
      name: 'RegistryError',
      status: 401,
    });
  }
  assert.equal(await target.head({ registry: TO, repository: 'a/three', digest: index }), undefined);
});
