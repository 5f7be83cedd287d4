import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { digestOf } from '../../../images/digest.ts';
import { makeIndex, OCI_INDEX } from '../../../images/manifest.ts';
import { RegistryClient, RegistryError, UnreachableError } from '../../../images/registry.ts';
import { DISK_FULL, fullRegistry } from '../../../images/registry-errors.ts';
import { FakeRegistry, REGISTRY } from './fake-registry.ts';

const ref = (more: object = {}) => ({ registry: REGISTRY, repository: 'a/b', tag: 'main', ...more });
let fake: FakeRegistry;
let client: RegistryClient;

beforeEach(async () => {
  fake = await FakeRegistry.start();
  client = new RegistryClient({ endpoints: fake.endpoints, retries: 1, timeout: 1000 });
});

afterEach(() => fake.stop());

test('an index is read by tag, by digest and under an alias of the registry', async () => {
  const digest = fake.index('a/b', 'main', ['linux/amd64', 'linux/arm64']);
  const found = await client.manifest(ref());
  assert.equal(found?.digest, digest);
  assert.equal(found.mediaType, OCI_INDEX);
  assert.equal(found.manifest.kind, 'index');
  assert.equal((await client.manifest(ref({ tag: undefined, digest })))?.digest, digest);
  assert.equal((await client.manifest(ref({ registry: 'registry.example.com' })))?.digest, digest);
  assert.equal(await client.head(ref()), digest);
});

test('a reference with tag and digest is looked up by the digest, one with neither by latest', async () => {
  const digest = fake.index('a/b', 'latest', ['linux/amd64']);
  await client.manifest(ref({ digest }));
  await client.manifest(ref({ tag: undefined }));
  assert.deepEqual(fake.requests, [`GET /v2/a/b/manifests/${digest}`, 'GET /v2/a/b/manifests/latest']);
});

test('what is not there is undefined, false or an empty list, and no error', async () => {
  const digest = digestOf('nothing');
  assert.equal(await client.manifest(ref()), undefined);
  assert.equal(await client.head(ref()), undefined);
  assert.equal(await client.remove(ref({ digest })), false);
  assert.deepEqual(await client.tags(REGISTRY, 'a/b'), []);
});

test('what was put is there under its tag and its digest, until it is removed', async () => {
  const { bytes, digest, mediaType } = makeIndex([]);
  assert.equal(await client.put(ref(), bytes, mediaType), digest);
  assert.equal(await client.put(ref({ tag: undefined }), bytes, mediaType), digest);
  assert.equal(await client.head(ref({ tag: undefined, digest })), digest);
  assert.equal(await client.remove(ref({ digest })), true);
  assert.equal(await client.head(ref({ tag: undefined, digest })), undefined);
});

test('bytes are not put under the digest of others, and nothing is removed by tag', async () => {
  const other = digestOf('other');
  await assert.rejects(client.put(ref({ digest: other }), Buffer.from('x'), OCI_INDEX), {
    message: `${REGISTRY}/a/b:main@${other}: the bytes to put are ${digestOf('x')}`,
  });
  await assert.rejects(client.remove(ref()), {
    message: `${REGISTRY}/a/b:main: removal is by digest, so that no moved tag is hit`,
  });
  assert.deepEqual(fake.requests, []);
});

test('all pages of tags are read, also when the next page is named under another host', async () => {
  for (const tag of ['a', 'b', 'c', 'd', 'e']) fake.image('a/b', tag, 'linux/amd64');
  fake.pageSize = 2;
  assert.deepEqual(await client.tags(REGISTRY, 'a/b'), ['a', 'b', 'c', 'd', 'e']);
  assert.equal(fake.requests.length, 3);
});

test('all pages of the catalogue are read; a registry that shows it to nobody has none', async () => {
  for (const name of ['a/b', 'c', 'd', 'e/f', 'g']) fake.index(name, 'main', ['linux/amd64']);
  fake.pageSize = 2;
  assert.deepEqual(await client.repositories(REGISTRY), ['a/b', 'c', 'd', 'e/f', 'g']);
  assert.equal(fake.requests.filter(line => line.includes('/v2/_catalog')).length, 3);
  for (const status of [401, 403, 404, 405]) {
    fake.misbehave = (_, response) => !!response.writeHead(status).end();
    assert.equal(await client.repositories(REGISTRY), undefined, String(status));
  }
});

test('a repository whose last tag is gone has no tags', async () => {
  fake.misbehave = (_, response) => !!response.end('{"name":"a/b","tags":null}');
  assert.deepEqual(await client.tags(REGISTRY, 'a/b'), []);
});

test('a list of tags that refers to itself is an error', async () => {
  fake.misbehave = (request, response) => {
    response.setHeader('link', `<${request.url}>; rel="next"`);
    return !!response.end('{"tags":["a"]}');
  };
  await assert.rejects(client.tags(REGISTRY, 'a/b'), {
    message: `${REGISTRY}/a/b: the registry's list of tags refers to itself`,
  });
});

test('bytes that are not those of the digest are refused', async () => {
  const digest = fake.index('a/b', 'main', ['linux/amd64']);
  fake.misbehave = (_, response) => !!response.writeHead(200, { 'docker-content-digest': digest }).end('{"x":1}');
  const found = digestOf('{"x":1}');
  await assert.rejects(client.manifest(ref()), {
    name: 'RegistryError',
    code: 'DIGEST_MISMATCH',
    message:
      `GET ${fake.url}/v2/a/b/manifests/main: DIGEST_MISMATCH: ` +
      `asked for or announced ${digest}, the bytes that came are ${found}`,
  });
  await assert.rejects(client.blob(ref(), digest), {
    message: `GET ${fake.url}/v2/a/b/blobs/${digest}: DIGEST_MISMATCH: the bytes that came are ${found}`,
  });
});

test('a manifest that is none is told with its reference', async () => {
  fake.misbehave = (_, response) => !!response.end('<html>');
  await assert.rejects(client.manifest(ref()), {
    message: `${REGISTRY}/a/b:main: image manifest: its 6 bytes are not JSON`,
  });
});

test('a server that is no registry is not taken for one without the image', async () => {
  fake.misbehave = (_, response) => !!response.writeHead(404).end('not found');
  await assert.rejects(client.manifest(ref()), {
    message:
      `GET ${fake.url}/v2/a/b/manifests/main: NOT_A_REGISTRY: ` +
      "this server does not speak the registry API; check the registry's endpoint",
  });
});

test('a 500 is tried again, and told when it stays', async () => {
  const digest = fake.index('a/b', 'main', ['linux/amd64']);
  let failures = 1;
  fake.misbehave = (_, response) =>
    failures-- > 0 && !!response.writeHead(500).end('{"errors":[{"code":"UNKNOWN","message":"disk full"}]}');
  assert.equal((await client.manifest(ref()))?.digest, digest);
  failures = 2;
  await assert.rejects(client.manifest(ref()), {
    name: 'RegistryError',
    status: 500,
    code: 'UNKNOWN',
    message: `GET ${fake.url}/v2/a/b/manifests/main: UNKNOWN: disk full`,
  });
  assert.equal(fake.requests.length, 4);
});

test('a 403 is told at once', async () => {
  fake.misbehave = (_, response) => !!response.writeHead(403).end('');
  await assert.rejects(client.put(ref(), Buffer.from('{}'), OCI_INDEX), {
    status: 403,
    message: `PUT ${fake.url}/v2/a/b/manifests/main: HTTP_403: status 403`,
  });
  assert.equal(fake.requests.length, 1);
});

test('an answer that breaks off is tried again, and told when it stays', async () => {
  const digest = fake.index('a/b', 'main', ['linux/amd64']);
  let failures = 1;
  fake.misbehave = (_, response) => {
    if (failures-- <= 0) return false;
    response.writeHead(200, { 'content-length': '1000' }).write('{"schema');
    setTimeout(() => response.destroy(), 20);
    return true;
  };
  assert.equal((await client.manifest(ref()))?.digest, digest);
  failures = 2;
  await assert.rejects(client.manifest(ref()), {
    name: 'UnreachableError',
    registry: REGISTRY,
    message: `registry ${REGISTRY} can't be reached at ${fake.url}: the connection was broken off`,
  });
});

test('a registry that hangs, before or in its answer, ends at the time out', async () => {
  const slow = new RegistryClient({ endpoints: fake.endpoints, retries: 0, timeout: 150 });
  const message = `registry ${REGISTRY} can't be reached at ${fake.url}: no whole answer within 0.15 s`;
  fake.misbehave = () => true;
  await assert.rejects(slow.manifest(ref()), { name: 'UnreachableError', message });
  fake.misbehave = (_, response) => response.writeHead(200).write('{') || true;
  await assert.rejects(slow.manifest(ref()), { name: 'UnreachableError', message });
});

test('an answer without end is cut off', async () => {
  fake.misbehave = (_, response) => !!response.end(Buffer.alloc(5 * 1024 * 1024));
  await assert.rejects(new RegistryClient({ endpoints: fake.endpoints, retries: 0 }).manifest(ref()), {
    message: `registry ${REGISTRY} can't be reached at ${fake.url}: the answer is larger than 4194304 bytes`,
  });
});

test('nobody at the address, and an address nobody knows, are told with what to check', async () => {
  fake.stop();
  await assert.rejects(client.ping(REGISTRY), error => {
    assert.ok(error instanceof UnreachableError);
    const rest = 'connection refused; check that it runs, and that this is its port';
    assert.equal(error.message, `registry ${REGISTRY} can't be reached at ${client.endpoints[0]!.url}: ${rest}`);
    return true;
  });
  // As fetch wraps it; no name server is asked in a unit test.
  const unknownHost = new TypeError('fetch failed', {
    cause: Object.assign(new Error('getaddrinfo ENOTFOUND nowhere.invalid'), { code: 'ENOTFOUND' }),
  });
  assert.equal(
    new UnreachableError('nowhere.invalid', 'https://nowhere.invalid', unknownHost).message,
    "registry nowhere.invalid can't be reached at https://nowhere.invalid: the host is not known here; " +
      'a registry with another address here is named in SLIPWAY_ENDPOINTS',
  );
});

test('plain HTTP where TLS is expected is told as such', async () => {
  const url = fake.url.replace('http:', 'https:');
  const secure = new RegistryClient({ endpoints: [{ name: REGISTRY, aliases: [], url }], retries: 0 });
  await assert.rejects(secure.ping(REGISTRY), {
    message: `registry ${REGISTRY} can't be reached at ${url}: it does not speak TLS there; for plain HTTP its endpoint starts with http://`,
  });
});

test('ping tells a registry that lets nobody in', async () => {
  await client.ping(REGISTRY);
  fake.misbehave = (_, response) => !!response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
  await assert.rejects(client.ping(REGISTRY), error => error instanceof RegistryError && error.status === 401);
});

test('a little is written and taken back; a full disk is told from any other fault', async () => {
  const begun = { location: '/v2/a/b/blobs/uploads/1?_state=x' };
  const known = { location: '/v2/a/b/blobs/uploads/1?_state=y' };
  fake.misbehave = ({ method }, response) =>
    !!response.writeHead(method === 'DELETE' ? 204 : 202, method === 'GET' ? known : begun).end();
  await client.tryWrite(REGISTRY, 'a/b');
  const path = '/v2/a/b/blobs/uploads/1?_state=x';
  const cancelled = `DELETE ${known.location}`;
  const sent = ['POST /v2/a/b/blobs/uploads/', `PATCH ${path}`, `GET ${path}`, cancelled];
  assert.deepEqual(fake.requests.slice(-4), sent, 'cancelled where the registry says it has come to');

  const full = '{"errors":[{"code":"UNKNOWN","message":"unknown error","detail":"write /x: no space left on device"}]}';
  fake.misbehave = ({ method }, response) =>
    !!(method === 'PATCH' ? response.writeHead(500).end(full) : response.writeHead(202, known).end());
  await assert.rejects(
    client.tryWrite(REGISTRY, 'a/b'),
    error => error instanceof RegistryError && error.code === DISK_FULL && error.message.includes(fullRegistry),
  );
  assert.equal(fake.requests.at(-1), cancelled, 'what was begun is taken back all the same');
});
