import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { fromKubeconfig } from '../../../cluster/kube.ts';
import { type ApiServer, startApiServer } from './api-server.ts';

const DEPLOYMENT = '/apis/apps/v1/namespaces/web/deployments/shop';
let api: ApiServer;
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-kubeconfig-'));
});
after(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  api = await startApiServer();
});
afterEach(() => api.stop());

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
