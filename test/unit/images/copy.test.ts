import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyImages } from '../../../images/copy.ts';
import { type Digest, digestOf } from '../../../images/digest.ts';
import { parseManifest } from '../../../images/manifest.ts';
import { RegistryClient, type RegistryOptions } from '../../../images/registry.ts';
import { DISK_FULL, fullRegistry } from '../../../images/registry-errors.ts';
import { referrersTag } from '../../../images/tags.ts';
import { FakeRegistry, REGISTRY } from './fake-registry.ts';

const BOTH = ['linux/amd64', 'linux/arm64'];
const BASE = randomBytes(3_000_000);
const OTHER = 'registry.staging.example:5000';
let source: FakeRegistry;
let target: FakeRegistry;
let said: string[];

beforeEach(async () => {
  [source, target] = [await FakeRegistry.start(), await FakeRegistry.start()];
  said = [];
});
afterEach(() => {
  source.stop();
  target.stop();
});

const from = (repository: string, digest: Digest) => ({ registry: REGISTRY, repository, digest });
const to = (repository: string) => ({ registry: OTHER, repository });
const say = (line: string) => said.push(line);
const clients = (options: RegistryOptions = {}) =>
  [
    new RegistryClient({ endpoints: source.endpoints, retries: 0, ...options }),
    new RegistryClient({ endpoints: [{ name: OTHER, aliases: [], url: target.url }], retries: 0, ...options }),
  ] as const;

/** A service's image: on BASE, with a layer of its own. */
const publish = (repository: string, tag = 'main') =>
  source.index(repository, tag, BOTH, {}, repository, { layers: [BASE, Buffer.from(`layer of ${repository}`)] });

const copy = (repositories: Record<string, Digest>, options: RegistryOptions = {}) =>
  copyImages(
    ...clients(options),
    Object.entries(repositories).map(([name, digest]) => ({ from: from(name, digest), to: to(name) })),
    { say },
  );

const sent = (registry: FakeRegistry, method: string, path: RegExp) =>
  registry.requests.filter(request => request.startsWith(`${method} `) && path.test(request)).length;

test('an image arrives whole: index, platforms, configs and layers, under the same digest', async () => {
  const digest = publish('a/one');
  const [copied] = await copy({ 'a/one': digest });
  assert.equal(copied!.tree.root.digest, digest);
  assert.deepEqual(target.missing('a/one', digest), []);
  assert.deepEqual(target.blobs.get(digestOf(BASE)), BASE);
  assert.equal(target.uploads.size, 0);
  assert.equal(sent(target, 'PUT', /manifests\/(?!sha256:)/), 0, 'a copy writes no tag');
});

test('a tag is copied as the index that it is', async () => {
  const digest = publish('a/one', 'v1');
  const request = { from: { registry: REGISTRY, repository: 'a/one', tag: 'v1' }, to: to('b/other') };
  const [copied] = await copyImages(...clients(), [request]);
  assert.equal(copied!.tree.root.digest, digest);
  assert.deepEqual(target.missing('b/other', digest), []);
});

test('a layer that several images share is sent once and mounted in the others', async () => {
  const images = { 'a/one': publish('a/one'), 'a/two': publish('a/two'), 'a/three': publish('a/three') };
  await copy(images);
  for (const [repository, digest] of Object.entries(images)) assert.deepEqual(target.missing(repository, digest), []);
  assert.equal(sent(source, 'GET', new RegExp(`blobs/${digestOf(BASE)}`)), 1);
  assert.ok(
    said.some(line => / 3\.0 MB sent in \d+\.\d s$/.test(line)),
    said.join('\n'),
  );
  assert.equal(said.filter(line => / 3\.0 MB mounted$/.test(line)).length, 2, said.join('\n'));
});

test('a layer of the base that the target has already is mounted from there', async () => {
  const digest = publish('a/one');
  target.blob('a/base', BASE);
  await copyImages(...clients(), [{ from: from('a/one', digest), to: to('a/one') }], { mountFrom: 'a/base' });
  assert.equal(sent(source, 'GET', new RegExp(`blobs/${digestOf(BASE)}`)), 0);
  assert.deepEqual(target.missing('a/one', digest), []);
});

test('a registry that refuses to mount is sent the layer', async () => {
  const digest = publish('a/one');
  target.misbehave = (request, response) =>
    /mount=/.test(request.url!) && !!response.writeHead(403).end('{"errors":[{"code":"DENIED"}]}');
  await copyImages(...clients(), [{ from: from('a/one', digest), to: to('a/one') }], { mountFrom: 'a/base' });
  assert.deepEqual(target.missing('a/one', digest), []);
});

test('within one registry every blob is mounted, and no byte goes over the wire', async () => {
  const digest = publish('a/one');
  const client = clients()[0];
  await copyImages(client, client, [{ from: from('a/one', digest), to: { registry: REGISTRY, repository: 'b/one' } }]);
  assert.deepEqual(source.missing('b/one', digest), []);
  assert.equal(sent(source, 'GET', /blobs\//), 0);
});

test('what is there is not sent again', async () => {
  const images = { 'a/one': publish('a/one') };
  await copy(images);
  target.requests.length = 0;
  await copy(images);
  assert.equal(sent(target, 'POST', /./) + sent(target, 'PUT', /./), 0, target.requests.join('\n'));
  assert.match(said.at(-1)!, /^\d+ blobs in 1 image, all there$/);
});

test('an attestation that the index holds is copied with it', async () => {
  const [amd64] = BOTH.map(platform => source.image('a/one', undefined, platform, 'a/one', []));
  const attestation = source.attestation('a/one', amd64!.digest);
  const digest = source.index('a/one', 'main', BOTH, {}, 'a/one', { more: [attestation] });
  await copy({ 'a/one': digest });
  assert.deepEqual(target.missing('a/one', digest), []);
  assert.ok(target.manifests.has(`a/one ${attestation.digest}`));
});

for (const [kept, sourceApi, targetApi] of [
  ['under a tag', false, false],
  ['by both registries', true, true],
  ['by the source alone', true, false],
  ['by the target alone', false, true],
] as const) {
  test(`a signature, and what is attached to it, is copied where the list of such is kept ${kept}`, async () => {
    source.referrersApi = sourceApi;
    target.referrersApi = targetApi;
    const digest = publish('a/one');
    const signature = source.attach('a/one', digest, 'application/vnd.example.signature');
    const stamp = source.attach('a/one', signature, 'application/vnd.example.timestamp');
    await copy({ 'a/one': digest });
    for (const artefact of [signature, stamp]) assert.deepEqual(target.missing('a/one', artefact), []);
    const listed = await clients()[1].referrers({ ...to('a/one'), digest });
    assert.deepEqual(
      listed.referrers.map(entry => [entry.digest, entry.artifactType]),
      [[signature, 'application/vnd.example.signature']],
    );
    assert.equal(listed.api, targetApi);
    assert.equal(target.manifests.has(`a/one ${referrersTag(digest)}`), !targetApi);
  });
}

test('a list of signatures that the target has already gets longer, and loses none', async () => {
  const digest = publish('a/one');
  await copy({ 'a/one': digest });
  const theirs = target.attach('a/one', digest, 'application/vnd.example.theirs');
  const ours = source.attach('a/one', digest, 'application/vnd.example.ours');
  await copy({ 'a/one': digest });
  const { bytes, mediaType } = target.manifests.get(`a/one ${referrersTag(digest)}`)!;
  const list = parseManifest(bytes, mediaType);
  assert.ok(list.kind === 'index');
  assert.deepEqual(list.children.map(child => child.digest).sort(), [ours, theirs].sort());
});

test('a signature that is listed and gone is left out, and the image is copied', async () => {
  const digest = publish('a/one');
  const signature = source.attach('a/one', digest, 'application/vnd.example.signature');
  source.remove('a/one', signature);
  await copy({ 'a/one': digest });
  assert.deepEqual(target.missing('a/one', digest), []);
});

test('bytes of the source that are not those of the digest never become a blob of the target', async () => {
  const digest = publish('a/one');
  for (const wrong of [Buffer.from(BASE).fill(0, 1000, 1001), BASE.subarray(1), Buffer.concat([BASE, BASE])]) {
    source.blobs.set(digestOf(BASE), wrong);
    await assert.rejects(copy({ 'a/one': digest }), error => {
      const { message, code } = error as Error & { code: string };
      assert.equal(code, 'DIGEST_MISMATCH');
      return message.startsWith(`GET ${source.url}/v2/a/one/blobs/${digestOf(BASE)}: DIGEST_MISMATCH: `);
    });
    assert.ok(!target.links.has(`a/one ${digestOf(BASE)}`));
    assert.ok(!target.manifests.has(`a/one ${digest}`));
    assert.equal(target.uploads.size, 0, 'the upload is taken back');
  }
});

test('an upload that is cut off begins anew', async () => {
  const digest = publish('a/one');
  let cuts = 2;
  target.misbehave = request => {
    if (request.method !== 'PUT' || !request.url!.includes(encodeURIComponent(digestOf(BASE))) || cuts === 0)
      return false;
    cuts -= 1;
    request.once('data', () => request.socket.destroy());
    return true;
  };
  await copy({ 'a/one': digest }, { retries: 2 });
  assert.deepEqual(target.missing('a/one', digest), []);
  assert.equal(sent(source, 'GET', new RegExp(`blobs/${digestOf(BASE)}`)), 3);
});

test('a source that breaks off in a blob is asked again, and named when it stays', async () => {
  const digest = publish('a/one');
  let cuts = 1;
  source.misbehave = (request, response) => {
    if (!request.url!.endsWith(`blobs/${digestOf(BASE)}`) || cuts === 0) return false;
    cuts -= 1;
    response.writeHead(200, { 'content-length': BASE.length }).write(BASE.subarray(0, 1_000_000));
    setTimeout(() => response.destroy(), 20);
    return true;
  };
  await copy({ 'a/one': digest }, { retries: 1 });
  assert.deepEqual(target.missing('a/one', digest), []);

  const other = source.index('a/two', 'main', BOTH, {}, 'a/two', { layers: [BASE] });
  target.links.delete(`a/one ${digestOf(BASE)}`);
  cuts = 2;
  await assert.rejects(copy({ 'a/two': other }, { retries: 1 }), {
    name: 'UnreachableError',
    message: `registry ${REGISTRY} can't be reached at ${source.url}: the connection was broken off`,
  });
});

test('a transfer that stands still ends, and the side that stood still is named', async () => {
  const digest = publish('a/one');
  const options = { stall: 200 };
  source.misbehave = (request, response) => {
    if (!request.url!.endsWith(`blobs/${digestOf(BASE)}`)) return false;
    response.writeHead(200, { 'content-length': BASE.length }).write(BASE.subarray(0, 1000));
    return true;
  };
  await assert.rejects(copy({ 'a/one': digest }, options), {
    message: `registry ${REGISTRY} can't be reached at ${source.url}: nothing moved for 0.2 s`,
  });
  source.misbehave = () => false;
  target.misbehave = ({ method, url }) => method === 'PUT' && url!.includes('uploads');
  await assert.rejects(copy({ 'a/one': digest }, options), {
    message: `registry ${OTHER} can't be reached at ${target.url}: nothing moved for 0.2 s`,
  });
});

test('a full disk is named, and what was begun is taken back', async () => {
  const digest = publish('a/one');
  target.room = 1_000_000;
  await assert.rejects(copy({ 'a/one': digest }, { retries: 2 }), error => {
    const { code, message } = error as Error & { code: string };
    return code === DISK_FULL && message.includes(fullRegistry);
  });
  assert.equal(sent(source, 'GET', new RegExp(`blobs/${digestOf(BASE)}`)), 1, 'no second try helps');
  assert.equal(target.uploads.size, 0);
  assert.ok(!target.manifests.has(`a/one ${digest}`));
});

test('an answer that comes before the last byte ends the transfer on both sides', async () => {
  const digest = publish('a/one');
  target.misbehave = (request, response) =>
    request.method === 'PUT' && !!response.writeHead(403).end('{"errors":[{"code":"DENIED","message":"read only"}]}');
  let open = 0;
  source.misbehave = (_, response) => {
    open += 1;
    response.once('close', () => {
      open -= 1;
    });
    return false;
  };
  await assert.rejects(copy({ 'a/one': digest }), /PUT http\S+: DENIED: read only$/);
  for (let looks = 0; open > 0 && looks < 100; looks += 1) await sleep(10);
  assert.equal(open, 0, 'the source sends on to nobody');
  assert.equal(target.uploads.size, 0);
});

test('a token that runs out during a copy is renewed', async () => {
  const digest = publish('a/one');
  let valid = 1;
  let expired = false;
  target.misbehave = (request, response) => {
    const url = new URL(request.url!, target.url);
    if (url.pathname === '/token') return !!response.end(JSON.stringify({ token: `token-${valid}` }));
    if (request.method === 'PUT' && url.pathname.includes('uploads') && !expired) {
      expired = true;
      valid += 1;
    }
    if (request.headers.authorization === `Bearer token-${valid}`) return false;
    const challenge = `Bearer realm="${target.url}/token",service="target"`;
    return !!response.writeHead(401, { 'www-authenticate': challenge }).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
  };
  await copy({ 'a/one': digest }, { retries: 1 });
  assert.deepEqual(target.missing('a/one', digest), []);
  assert.equal(valid, 2);
});

test('an image that is not there, and an index with a lost child, are one line', async () => {
  await assert.rejects(copy({ 'a/one': digestOf('nothing') }), {
    message: `${REGISTRY}/a/one@${digestOf('nothing')} is not there; build or push it again`,
  });
  const digest = publish('a/one');
  const child = source.image('a/one', undefined, 'linux/arm64', 'a/one', [BASE, Buffer.from('layer of a/one')]).digest;
  source.remove('a/one', child);
  await assert.rejects(copy({ 'a/one': digest }), {
    message: `${REGISTRY}/a/one@${digest} names ${child}, which the registry does not have; build or push the image again`,
  });
  assert.equal(sent(target, 'POST', /./), 0);
});

test('an upload goes where the registry says: to another path of its own, and to no other host', async () => {
  let location = 'http://inside.invalid/v2/a/one/blobs/uploads/';
  target.misbehave = (request, response) => {
    if (request.method === 'POST') {
      const id = String(target.requests.length);
      target.uploads.set(id, Buffer.of());
      return !!response.writeHead(202, { location: `${location}${id}?_state=${id}a%3D` }).end();
    }
    request.url = request.url!.replace('/session/', '/v2/a/one/blobs/uploads/');
    return false;
  };
  const one = publish('a/one');
  await copy({ 'a/one': one });
  assert.deepEqual(target.missing('a/one', one), [], 'a host that only its own network knows is not dialled');

  location = '/session/';
  const two = source.index('a/one', 'main', BOTH, {}, 'two');
  await copy({ 'a/one': two });
  assert.deepEqual(target.missing('a/one', two), []);

  location = 'http://elsewhere.invalid/session/';
  const three = source.index('a/one', 'main', BOTH, {}, 'three');
  await assert.rejects(copy({ 'a/one': three }), /BAD_ANSWER: it leads on to http:\/\/elsewhere\.invalid\/session\//);
});
