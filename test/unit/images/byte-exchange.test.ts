import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { digestOf } from '../../../images/digest.ts';
import { RegistryClient } from '../../../images/registry.ts';
import { FakeRegistry, REGISTRY } from './fake-registry.ts';

const BYTES = Buffer.from('the bytes of a layer');
const ref = { registry: REGISTRY, repository: 'team/app' };

async function read(client: RegistryClient): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of client.readBlob(ref, { digest: digestOf(BYTES), size: BYTES.length })) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** A registry that wants a password and keeps its blobs elsewhere. */
async function start(t: { after(act: () => void): void }, location: string, storage: http.RequestListener) {
  const server = http.createServer(storage);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const registry = await FakeRegistry.start();
  t.after(() => {
    registry.stop();
    server.closeAllConnections();
    server.close();
  });
  const elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  registry.misbehave = (request, response) => {
    if (request.headers.authorization) {
      return !!response.writeHead(307, { location: location.replace('ELSEWHERE', elsewhere) }).end();
    }
    return !!response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
  };
  const credentials = async () => ({ username: 'ali', password: 'open sesame' });
  return { registry, client: new RegistryClient({ endpoints: registry.endpoints, credentials, retries: 0 }) };
}

test('a blob that a registry keeps elsewhere is read there, and the password is not sent along', async t => {
  const seen: http.IncomingHttpHeaders[] = [];
  const { client } = await start(t, 'ELSEWHERE/bucket/key?signature=1', ({ headers, url }, response) => {
    seen.push(headers);
    if (url === '/bucket/key?signature=1') response.writeHead(302, { location: '/second' }).end();
    else response.end(url === '/second' ? BYTES : 'no');
  });
  assert.equal(await read(client), BYTES.toString());
  assert.equal(seen.length, 2);
  for (const headers of seen) assert.equal(headers.authorization, undefined);
});

test('a way round in a circle, and an address that is none, are a line', async t => {
  const circle = await start(t, 'ELSEWHERE/', (_, response) => void response.writeHead(302, { location: '/' }).end());
  await assert.rejects(read(circle.client), /can't be reached at .*: it leads on more than 5 times$/);
  const nowhere = await start(t, 'http://[', (_, response) => void response.end());
  await assert.rejects(read(nowhere.client), /: it leads on to "http:\/\/\[", which is no address$/);
});
