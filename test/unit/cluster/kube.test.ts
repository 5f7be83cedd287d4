import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { clusterId, connect, fromKubeconfig, inCluster, type Kube, KubeError } from '../../../cluster/kube.ts';
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

test('the identity of a cluster is the UID of kube-system', async () => {
  api.answer = () => [200, { metadata: { name: 'kube-system', uid: 'u-1' } }];
  assert.equal(await clusterId(kube), 'u-1');
  assert.equal(api.requests[0]?.path, '/api/v1/namespaces/kube-system');
  api.answer = () => [200, '<html>'];
  await assert.rejects(clusterId(kube), {
    message: `${api.url}: namespace kube-system has no UID; is this a Kubernetes API server?`,
  });
});

const kubeconfig = (user: object, cluster: object) => {
  const file = join(folder, 'kubeconfig');
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [{ name: 'c', cluster: { server: api.url, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'here', context: { cluster: 'c', user: 'u' } },
      { name: 'astray', context: { cluster: 'gone', user: 'u' } },
    ],
  };
  writeFileSync(file, JSON.stringify(content));
  return file;
};

const overTls = async (user: object) => {
  api.stop();
  api = await startApiServer(true);
  const ca = Buffer.from(api.ca).toString('base64');
  const client = await fromKubeconfig(kubeconfig(user, { 'certificate-authority-data': ca }));
  await client.get(DEPLOYMENT);
  client.close();
  return api.requests.map(({ headers }) => headers.authorization);
};

test('a kubeconfig gives server, authority and token', async () => {
  assert.deepEqual(await overTls({ token: 'from-file' }), ['Bearer from-file']);
});

test('a user name and password of a kubeconfig are sent', async () => {
  const basic = `Basic ${Buffer.from('ali:pw').toString('base64')}`;
  assert.deepEqual(await overTls({ username: 'ali', password: 'pw' }), [basic]);
});

test('a token file is read for each request, from beside the kubeconfig', async () => {
  writeFileSync(join(folder, 'user-token'), 'one\n');
  const client = await fromKubeconfig(kubeconfig({ tokenFile: 'user-token' }, {}));
  await client.get(DEPLOYMENT);
  writeFileSync(join(folder, 'user-token'), 'two\n');
  await client.get(DEPLOYMENT);
  client.close();
  assert.deepEqual(
    api.requests.map(({ headers }) => headers.authorization),
    ['Bearer one', 'Bearer two'],
  );
});

test('an exec plugin of a kubeconfig is run', async () => {
  const status = { token: 'from-plugin' };
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status };
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'echo',
    args: [JSON.stringify(credential)],
    interactiveMode: 'Never',
  };
  assert.deepEqual(await overTls({ exec }), ['Bearer from-plugin']);
});

test('several files of KUBECONFIG are read as one', async () => {
  api.stop();
  api = await startApiServer(true);
  const ca = Buffer.from(api.ca).toString('base64');
  const users = join(folder, 'users');
  writeFileSync(users, JSON.stringify({ users: [{ name: 'u', user: { token: 'elsewhere' } }] }));
  const file = kubeconfig({}, { 'certificate-authority-data': ca });
  writeFileSync(file, readFileSync(file, 'utf8').replace('"users":[{"name":"u","user":{}}]', '"users":[]'));
  const before = process.env.KUBECONFIG;
  process.env.KUBECONFIG = `${file}:${users}`;
  try {
    const client = await fromKubeconfig();
    await client.get(DEPLOYMENT);
    client.close();
    await assert.rejects(fromKubeconfig(undefined, 'there'), {
      message: `kubeconfig ${file}:${users}: no context "there"; it has here, astray`,
    });
  } finally {
    if (before === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = before;
  }
  assert.equal(api.requests[0]?.headers.authorization, 'Bearer elsewhere');
});

test('a server whose authority the kubeconfig does not name is not trusted', async () => {
  api.stop();
  api = await startApiServer(true);
  const client = await fromKubeconfig(kubeconfig({ token: 'geheim' }, {}), 'here');
  await assert.rejects(client.get(DEPLOYMENT), /the API server can't be reached \(self-signed certificate\)/);
  client.close();
  assert.deepEqual(api.requests, []);
});

test('a kubeconfig at fault is told with what it has', async () => {
  const missing = join(folder, 'missing');
  await assert.rejects(fromKubeconfig(missing), { message: `kubeconfig ${missing} is not there` });
  const file = kubeconfig({}, {});
  await assert.rejects(fromKubeconfig(file, 'there'), {
    message: `kubeconfig ${file}: no context "there"; it has here, astray`,
  });
  await assert.rejects(fromKubeconfig(file, 'astray'), {
    message: `kubeconfig ${file}: context "astray" names a cluster that the file does not have`,
  });
  writeFileSync(file, 'a: [geheim');
  await assert.rejects(fromKubeconfig(file), error => {
    const { message } = error as Error;
    return message.startsWith(`kubeconfig ${file} can't be read: `) && !message.includes('geheim');
  });
  writeFileSync(file, '- a');
  await assert.rejects(fromKubeconfig(file), {
    message: `kubeconfig ${file} can't be read: it is no map of contexts, clusters and users`,
  });
  writeFileSync(file, 'clusters: []');
  await assert.rejects(fromKubeconfig(file), { message: `kubeconfig ${file}: no current context; it has none` });
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
