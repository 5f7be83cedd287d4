import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { makeIndex } from '../../../images/manifest.ts';
import { RegistryClient, RegistryError, UnreachableError } from '../../../images/registry.ts';
import { READ_ONLY } from '../../../images/registry-errors.ts';
import { type Patience, pushedWhole } from '../../../images/registry-upkeep.ts';
import { FakeRegistry, REGISTRY } from './fake-registry.ts';

const ref = { registry: REGISTRY, repository: 'a/b', tag: 'main' };
const { bytes, mediaType } = makeIndex([]);

async function start(t: TestContext, more: Partial<Patience> = {}) {
  const fake = await FakeRegistry.start();
  t.after(() => fake.stop());
  const said: string[] = [];
  const patience = { readOnly: 3000, away: 3000, every: 20, say: (line: string) => said.push(line), ...more };
  const client = new RegistryClient({ endpoints: fake.endpoints, retries: 0, timeout: 1000, patience });
  /** Refuses the next writes, as distribution does in its upkeep. */
  const refuse = (writes: number) => {
    fake.misbehave = (request, response) => {
      if (request.method === 'GET' || request.method === 'HEAD' || writes-- <= 0) return false;
      return !!response.writeHead(405, { allow: 'GET, HEAD' }).end('Method not allowed\n');
    };
  };
  return { fake, client, said, refuse };
}

test('a push waits for a registry that is read-only, and says so once; a read does not wait (A8)', async t => {
  const { client, said, refuse } = await start(t);
  refuse(5);
  assert.equal(await client.head(ref), undefined);
  assert.deepEqual(said, []);
  const digest = await client.put(ref, bytes, mediaType);
  assert.equal(await client.head(ref), digest);
  assert.equal(said.length, 1);
  assert.match(
    said[0]!,
    /^waiting up to 3 s for the registry: PUT \S+: READ_ONLY: the registry is read-only, as it is while/,
  );
});

test('a blob waits as well, where mounting it is refused before', async t => {
  const { fake, client, refuse } = await start(t);
  const blob = fake.blob('other', Buffer.from('layer'));
  refuse(4);
  const open = async function* () {
    yield Buffer.from('layer');
  };
  assert.equal(await client.putBlob(ref, blob, open, { from: 'elsewhere' }), 'sent');
  assert.ok(await client.hasBlob(ref, blob.digest));
});

test('what waits in vain fails with the reason, and without patience nothing waits', async t => {
  const { fake, client, refuse } = await start(t, { readOnly: 100 });
  refuse(1000);
  const refused = (error: unknown) => error instanceof RegistryError && error.code === READ_ONLY;
  await assert.rejects(client.put(ref, bytes, mediaType), refused);
  const asked = fake.requests.length;
  const plain = new RegistryClient({ endpoints: fake.endpoints, retries: 0 });
  await assert.rejects(plain.put(ref, bytes, mediaType), refused);
  assert.equal(fake.requests.length, asked + 1);
});

test('a registry that never takes writes is not waited for', async t => {
  const { fake, client, said } = await start(t);
  fake.misbehave = (_, response) => !!response.writeHead(405).end('{"errors":[{"code":"UNSUPPORTED"}]}');
  await assert.rejects(client.put(ref, bytes, mediaType), { code: 'UNSUPPORTED' });
  assert.deepEqual(said, []);
});

test('a registry whose pod changes is waited for; a name that nobody knows is not (A8)', async t => {
  const { fake, said } = await start(t);
  const port = await freePort();
  const patience = { readOnly: 0, away: 5000, every: 20, say: (line: string) => said.push(line) };
  const at = (url: string) =>
    new RegistryClient({ endpoints: [{ name: REGISTRY, aliases: [], url }], retries: 0, patience });
  const digest = fake.index('a/b', 'main', ['linux/amd64']);
  const found = at(`http://127.0.0.1:${port}`).head(ref);
  const proxy = http.createServer((request, response) => {
    http
      .request(`${fake.url}${request.url}`, { method: request.method }, answer => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      })
      .end();
  });
  t.after(() => proxy.close());
  setTimeout(() => proxy.listen(port, '127.0.0.1'), 200);
  assert.equal(await found, digest);
  assert.match(said[0]!, /^waiting up to 5 s for the registry: .*connection refused/);
  await assert.rejects(at('http://nowhere.invalid').head(ref), UnreachableError);
  assert.equal(said.length, 1);
});

test('what a garbage collection took under a push is pushed once more, and no more than once', async () => {
  const unknown = new RegistryError('PUT', 'x', 400, 'MANIFEST_BLOB_UNKNOWN', 'blob unknown to registry');
  const said: string[] = [];
  let pushes = 0;
  const push = (faults: number, error: Error) => async () => {
    pushes += 1;
    if (pushes <= faults) throw error;
    return 'pushed';
  };
  const tell = (line: string) => said.push(line);
  assert.equal(await pushedWhole(push(1, unknown), tell), 'pushed');
  assert.deepEqual(said, [`once more: ${unknown.message}`]);
  pushes = 0;
  await assert.rejects(pushedWhole(push(2, unknown), tell), unknown);
  pushes = 0;
  const other = new RegistryError('PUT', 'x', 400, 'MANIFEST_INVALID', '');
  await assert.rejects(pushedWhole(push(1, other), tell), other);
});

async function freePort(): Promise<number> {
  const server = http.createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
