// The registry's own configuration, served by the real registry: what its two faces do is seen, not read.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashSync } from 'bcryptjs';
import { parse } from 'yaml';
import { makeCertificates } from '../../commands/certificates.ts';
import { type Bucket, bucketKnownAfter, type InsideAuth, registryConfigs } from '../../components/registry-config.ts';
import { digestOf } from '../../images/digest.ts';
import { OCI_MANIFEST } from '../../images/manifest.ts';
import { FakeS3, type Keys } from '../fake-s3.ts';
import { type RegistryProcess, serveRegistry } from './registry-process.ts';

const authorization = `Basic ${Buffer.from('ali:open sesame').toString('base64')}`;
const files: Record<string, string> = { htpasswd: `ali:${hashSync('open sesame', 4)}` };
// A key of digits and one that YAML would read as another number: both are texts.
const keys: Keys = { accessKey: '0012345678', secretKey: '1e3' };
const bucket = { bucket: 'images', region: 'us-east-1', prefix: 'cerebral/dev' };
let ca: string;

before(async () => {
  const made = await makeCertificates();
  ca = made.ca;
  files['tls.crt'] = made.server.certificate;
  files['tls.key'] = made.server.key;
});

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  bytes: Buffer;
}

/** `host`: the name by which the client calls it. */
function ask(
  { url }: RegistryProcess,
  method: string,
  path: string,
  options: { signedIn?: boolean; host?: string; body?: Buffer; type?: string } = {},
): Promise<Answer> {
  const { signedIn = true, host, body, type } = options;
  return new Promise((resolve, reject) => {
    const call = (url.startsWith('https:') ? https : http).request(
      new URL(path, url),
      {
        method,
        ca,
        servername: 'buildkitd',
        headers: {
          ...(signedIn && { authorization }),
          ...(host && { host }),
          ...(type && { 'content-type': type }),
          accept: OCI_MANIFEST,
        },
      },
      response => {
        const chunks: Buffer[] = [];
        response.on('data', chunk => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode!, headers: response.headers, bytes: Buffer.concat(chunks) }),
        );
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

/** Uploads as a client does: it goes where the answers lead. Gives the blob's digest. */
async function upload(registry: RegistryProcess, repository: string, blob: Buffer, host?: string): Promise<string> {
  const begun = await ask(registry, 'POST', `/v2/${repository}/blobs/uploads/`, { host });
  assert.equal(begun.status, 202);
  assert.match(begun.headers.location!, /^\/v2\//, 'an upload stays under the name that it was begun under');
  const patched = await ask(registry, 'PATCH', begun.headers.location!, { host, body: blob });
  assert.match(patched.headers.location!, /^\/v2\//);
  const end = `${patched.headers.location}&digest=${digestOf(blob)}`;
  assert.equal((await ask(registry, 'PUT', end, { host })).status, 201);
  return digestOf(blob);
}

/** Pushes an image without layers. Gives the manifest's digest. */
async function push(registry: RegistryProcess, repository: string, tag: string, host?: string): Promise<string> {
  const config = Buffer.from('{"os":"linux","architecture":"amd64"}');
  await upload(registry, repository, config, host);
  const descriptor = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: digestOf(config),
    size: config.length,
  };
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor, layers: [] };
  const body = Buffer.from(JSON.stringify(manifest));
  const put = await ask(registry, 'PUT', `/v2/${repository}/manifests/${tag}`, { host, body, type: OCI_MANIFEST });
  assert.equal(put.status, 201, put.bytes.toString());
  assert.match(put.headers.location!, /^\/v2\//);
  return digestOf(body);
}

/** Both faces on one store: a folder of their own, or a bucket with `env` as its keys. */
async function faces(insideAuth: InsideAuth, store: { bucket: Bucket; env: Record<string, string> } | string) {
  const inBucket = typeof store !== 'string';
  const configs = registryConfigs(inBucket ? store.bucket : undefined, insideAuth);
  const here = (text: string) => {
    const config = parse(text);
    config.http.addr = '127.0.0.1:0';
    if (config.http.tls) config.http.tls = { certificate: 'tls.crt', key: 'tls.key' };
    if (config.auth) config.auth.htpasswd.path = 'htpasswd';
    if (!inBucket) config.storage.filesystem.rootdirectory = store;
    return serveRegistry(config, { files, env: inBucket ? store.env : undefined });
  };
  const [inside, outside] = await Promise.all([here(configs.inside), here(configs.outside)]);
  return { inside, outside, stop: () => Promise.all([inside.stop(), outside.stop()]) };
}

const awsKeys = ({ accessKey, secretKey }: Keys) => ({
  AWS_ACCESS_KEY_ID: accessKey,
  AWS_SECRET_ACCESS_KEY: secretKey,
});

const onFolder = async (insideAuth: InsideAuth, t: { after(end: () => unknown): void }) => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-faces-'));
  const both = await faces(insideAuth, folder);
  t.after(async () => {
    await both.stop();
    rmSync(folder, { recursive: true });
  });
  return both;
};

test('what is pushed outside, over TLS with a password, is the same bytes inside under each name, and the other way round', async t => {
  const { inside, outside } = await onFolder('open', t);
  assert.match(outside.url, /^https:/);
  assert.equal((await ask(outside, 'GET', '/v2/', { signedIn: false })).status, 401);
  const names = ['10.34.0.202:5000', 'internal-registry.registry.svc.cluster.local:5000'];
  const pushed = await push(outside, 'a/outside', 'main', 'registry.example.com');
  for (const host of names) {
    const found = await ask(inside, 'GET', '/v2/a/outside/manifests/main', { signedIn: false, host });
    assert.equal(digestOf(found.bytes), pushed);
    assert.equal(found.headers['docker-content-digest'], pushed);
  }
  for (const host of names) {
    const digest = await push(inside, 'a/inside', 'main', host);
    assert.equal((await ask(outside, 'HEAD', '/v2/a/inside/manifests/main')).headers['docker-content-digest'], digest);
  }
});

test('inside asks for the password by choice; whether it can serve is told without one', async t => {
  const [open, closed] = await Promise.all([onFolder('open', t), onFolder('password', t)]);
  const status = async (registry: RegistryProcess, path: string, signedIn: boolean) =>
    (await ask(registry, 'GET', path, { signedIn })).status;
  assert.equal(await status(open.inside, '/v2/', false), 200);
  assert.equal(await status(closed.inside, '/v2/', false), 401);
  assert.equal(await status(closed.inside, '/v2/', true), 200);
  for (const face of [closed.inside, closed.outside, open.outside]) assert.equal(await status(face, '/', false), 200);
});

test('a bucket holds the images below its prefix, for both faces; no layer is fetched from anywhere else', async t => {
  const store = await FakeS3.start(bucket.bucket, keys);
  t.after(() => store.stop());
  const both = await faces('open', { bucket: { ...bucket, endpoint: store.url }, env: awsKeys(keys) });
  t.after(both.stop);
  const digest = await push(both.outside, 'a/b', 'main');
  const manifest = await ask(both.inside, 'GET', '/v2/a/b/manifests/main');
  assert.equal(digestOf(manifest.bytes), digest);
  const { config } = JSON.parse(manifest.bytes.toString());
  // Large enough to go in parts, and to be moved to its place in parts.
  const layer = await upload(both.inside, 'a/b', Buffer.alloc(40 * 2 ** 20, 'layer'));
  for (const digest of [config.digest, layer]) {
    const blob = await ask(both.inside, 'GET', `/v2/a/b/blobs/${digest}`);
    assert.deepEqual([blob.status, digestOf(blob.bytes)], [200, digest]);
  }
  assert.ok(store.objects.size > 0);
  for (const key of store.objects.keys()) assert.match(key, /^cerebral\/dev\/docker\/registry\/v2\//);
  const removed = await ask(both.outside, 'DELETE', `/v2/a/b/manifests/${digest}`);
  assert.equal(removed.status, 202);
  assert.equal((await ask(both.inside, 'GET', '/v2/a/b/manifests/main')).status, 404);
});

test('a registry that can not use its bucket says so before it would be called ready, and serves once it can', async t => {
  const store = await FakeS3.start(bucket.bucket, keys);
  t.after(() => store.stop());
  const at = { ...bucket, endpoint: store.url };
  const other = { ...keys, secretKey: '1000' };
  const [served, refused] = await Promise.all([
    faces('open', { bucket: at, env: awsKeys(keys) }),
    faces('open', { bucket: at, env: awsKeys(other) }),
  ]);
  t.after(() => Promise.all([served.stop(), refused.stop()]));
  const ready = async ({ inside, outside }: typeof served) => [
    (await ask(inside, 'GET', '/v2/', { signedIn: false })).status,
    (await ask(outside, 'GET', '/', { signedIn: false })).status,
  ];
  await sleep(bucketKnownAfter * 1000);
  assert.deepEqual(await ready(served), [200, 200]);
  assert.deepEqual(await ready(refused), [503, 503]);
  store.keys = other;
  await sleep(bucketKnownAfter * 1000);
  assert.deepEqual(await ready(refused), [200, 200]);
  assert.deepEqual(await ready(served), [503, 503]);
});
