import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { clusterId, connect, inCluster, type Kube, KubeError } from '../../../cluster/kube.ts';
import { type ApiServer, startApiServer } from './api-server.ts';

const DEPLOYMENT = '/apis/apps/v1/namespaces/web/deployments/shop';
const status = (reason: string, message: string, more = {}) => ({
  kind: 'Status',
  status: 'Failure',
  reason,
  message,
  ...more,
});
let api: ApiServer;
let kube: Kube;
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-kube-'));
});
after(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  api = await startApiServer();
  kube = connect({ server: `${api.url}/`, headers: async () => ({ authorization: 'Bearer t' }), timeout: 1000 });
});
afterEach(() => {
  kube.close();
  api.stop();
});

test('an object is read with our identity, and one that is not there is undefined', async () => {
  api.answer = () => [200, { metadata: { name: 'shop' } }];
  assert.deepEqual(await kube.get(DEPLOYMENT), { metadata: { name: 'shop' } });
  assert.equal(api.requests[0]?.headers.authorization, 'Bearer t');
  assert.equal(kube.server, api.url);
  api.answer = () => [404, status('NotFound', 'deployments.apps "shop" not found')];
  assert.equal(await kube.get(DEPLOYMENT), undefined);
});

const LOG = '/api/v1/namespaces/web/pods/shop/log?follow=true';

test('a log is followed line by line to its end, and a refusal of it is an error', async () => {
  const lines: string[] = [];
  api.answer = () => [200, 'one\ntwo'];
  await kube.follow(LOG, line => lines.push(line));
  assert.deepEqual(lines, ['one', 'two']);
  assert.deepEqual(api.requests[0]?.query, { follow: 'true' });
  assert.equal(api.requests[0]?.headers.authorization, 'Bearer t');
  api.answer = () => [400, status('BadRequest', 'container is waiting to start')];
  await assert.rejects(
    kube.follow(LOG, () => {}),
    (error: KubeError) => error.status === 400,
  );
});

test('a log that goes on is left when its reader is no longer interested, and one that breaks off is an error', async () => {
  api.begins = 'one\n';
  const stop = new AbortController();
  await kube.follow(LOG, () => stop.abort(), stop.signal);
  await assert.rejects(
    kube.follow(LOG, () => api.stop()),
    /^Error: GET .*\/pods\/shop\/log: aborted$/,
  );
});

test('a list is read page by page with its selectors', async () => {
  api.answer = ({ query }) => [
    200,
    query.continue
      ? { items: [{ n: 3 }], metadata: {} }
      : { items: [{ n: 1 }, { n: 2 }], metadata: { continue: 'next' } },
  ];
  assert.deepEqual(await kube.list('/api/v1/pods', { labelSelector: 'app=shop' }), [{ n: 1 }, { n: 2 }, { n: 3 }]);
  assert.deepEqual(
    api.requests.map(({ query }) => query),
    [
      { labelSelector: 'app=shop', limit: '500' },
      { labelSelector: 'app=shop', limit: '500', continue: 'next' },
    ],
  );
  api.answer = () => [404, '404 page not found'];
  assert.deepEqual(await kube.list('/apis/none/v1/things'), []);
});

test('each kind of patch goes under its media type, with its options', async () => {
  const options = { fieldManager: 'slipway-rollout', dryRun: true, fieldValidation: 'Strict' as const, force: true };
  await kube.patch(DEPLOYMENT, [{ op: 'test', path: '/a', value: 1 }], 'json');
  await kube.patch(DEPLOYMENT, { a: 1 }, 'merge', options);
  await kube.patch(DEPLOYMENT, { a: 1 }, 'apply', { fieldManager: 'x' });
  assert.deepEqual(
    api.requests.map(({ method, headers, query, body }) => [method, headers['content-type'], query, body]),
    [
      ['PATCH', 'application/json-patch+json', {}, '[{"op":"test","path":"/a","value":1}]'],
      [
        'PATCH',
        'application/merge-patch+json',
        { fieldManager: 'slipway-rollout', dryRun: 'All', fieldValidation: 'Strict', force: 'true' },
        '{"a":1}',
      ],
      ['PATCH', 'application/apply-patch+yaml', { fieldManager: 'x' }, '{"a":1}'],
    ],
  );
});

test('an object is created and removed', async () => {
  api.answer = ({ body }) => [201, body];
  assert.deepEqual(await kube.create('/api/v1/namespaces', { metadata: { name: 'ä' } }), { metadata: { name: 'ä' } });
  assert.equal(await kube.remove(DEPLOYMENT), true);
  assert.equal(JSON.parse(api.requests[1]!.body).propagationPolicy, 'Background');
  api.answer = () => [404, status('NotFound', '')];
  assert.equal(await kube.remove(DEPLOYMENT), false);
});

test("a refusal keeps the server's status, reason, message and causes", async () => {
  const details = { name: 'shop', causes: [{ field: '.spec.image', message: 'conflict with "x"' }] };
  api.answer = () => [409, status('Conflict', 'Apply failed', { details })];
  await assert.rejects(kube.patch(DEPLOYMENT, {}, 'apply'), error => {
    assert.ok(error instanceof KubeError);
    assert.deepEqual([error.status, error.reason, error.details], [409, 'Conflict', details]);
    assert.equal(error.message, `PATCH ${api.url}${DEPLOYMENT}: 409 Conflict: Apply failed`);
    return true;
  });
});

test('an answer that is no Status is told in short', async () => {
  api.answer = () => [502, `<html>\n  bad gateway ${'x'.repeat(500)}`];
  await assert.rejects(kube.get(DEPLOYMENT), error => {
    const head = `GET ${api.url}${DEPLOYMENT}: 502 Unknown: <html> bad gateway xxx`;
    return error instanceof KubeError && error.message.startsWith(head) && error.message.length < 350;
  });
});

test('a server that hangs ends at the time out, and nobody at the address is told', async () => {
  const hasty = connect({ server: api.url, headers: async () => ({}), timeout: 100 });
  api.answer = () => undefined;
  await assert.rejects(hasty.get(DEPLOYMENT), { message: `GET ${api.url}${DEPLOYMENT}: no whole answer within 0.1 s` });
  api.stop();
  await assert.rejects(hasty.get(DEPLOYMENT), error => {
    const { message } = error as Error;
    return message.startsWith(`GET ${api.url}${DEPLOYMENT}: the API server can't be reached (connect ECONNREFUSED`);
  });
});

test('a read on a kept connection that the server has closed is sent again, a write is not', async () => {
  let broken = 0;
  api.answer = () => (broken-- > 0 ? 'broken off' : [200, { metadata: { name: 'shop' } }]);
  await kube.get(DEPLOYMENT);
  broken = 1;
  assert.deepEqual(await kube.get(DEPLOYMENT), { metadata: { name: 'shop' } });
  assert.equal(api.requests.length, 3);
  broken = 1;
  await assert.rejects(kube.patch(DEPLOYMENT, [], 'json'), /the API server can't be reached \(socket hang up\)/);
  assert.equal(api.requests.length, 4);
});

test('the identity of a cluster is the UID of kube-system', async () => {
  api.answer = () => [200, { metadata: { name: 'kube-system', uid: 'u-1' } }];
  assert.equal(await clusterId(kube), 'u-1');
  assert.equal(api.requests[0]?.path, '/api/v1/namespaces/kube-system');
  api.answer = () => [200, '<html>'];
  await assert.rejects(clusterId(kube), {
    message: `${api.url}: namespace kube-system has no UID; is this a Kubernetes API server?`,
  });
});

test('a pod uses its service account, whose token may change', async () => {
  api.stop();
  api = await startApiServer(true);
  const { hostname, port } = new URL(api.url);
  process.env.KUBERNETES_SERVICE_HOST = hostname;
  process.env.KUBERNETES_SERVICE_PORT = port;
  try {
    assert.throws(
      () => inCluster(join(folder, 'none')),
      /^Error: the pod has no service account's ca\.crt .*automountServiceAccountToken: true$/,
    );
    writeFileSync(join(folder, 'ca.crt'), api.ca);
    writeFileSync(join(folder, 'token'), 'one\n');
    const client = inCluster(folder);
    await client.get(DEPLOYMENT);
    writeFileSync(join(folder, 'token'), 'two\n');
    await client.get(DEPLOYMENT);
    client.close();
    assert.deepEqual(
      api.requests.map(({ headers }) => headers.authorization),
      ['Bearer one', 'Bearer two'],
    );
  } finally {
    delete process.env.KUBERNETES_SERVICE_HOST;
    delete process.env.KUBERNETES_SERVICE_PORT;
  }
});

test('outside of a pod there is no in-cluster client', () => {
  assert.throws(() => inCluster(), {
    message: 'not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set',
  });
});

test('what stands behind the API server answers with its own status, headers and bytes; our identity goes along', async () => {
  const path = '/api/v1/namespaces/web/services/shop:http/proxy/health';
  api.answer = () => [418, 'short and stout', { 'x-own': 'yes' }];
  const answer = await kube.through(`${path}?a=b`, { method: 'HEAD', headers: { accept: 'a/b' } });
  assert.deepEqual([answer.status, answer.headers['x-own']], [418, 'yes']);
  const [request] = api.requests;
  assert.deepEqual([request?.method, request?.path, request?.query], ['HEAD', path, { a: 'b' }]);
  assert.deepEqual([request?.headers.accept, request?.headers.authorization], ['a/b', 'Bearer t']);
  assert.equal((await kube.through(path)).bytes.toString(), 'short and stout');
});
