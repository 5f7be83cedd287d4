import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { clusterReady } from '../../../sandbox/cluster/cluster.ts';
import { nodeConfigs } from '../../../sandbox/cluster/configs.ts';
import { ensurePki, LEAVES } from '../../../sandbox/cluster/pki.ts';
import { type ClusterParts, prepareCluster } from '../../../sandbox/cluster/prepare.ts';
import { loadConfig } from '../../../sandbox/config.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'slipway-prepare-'));
const DAY = 86_400_000;

test('certificates are made once, leaves again near their end, the authority never', async () => {
  const pki = folder();
  const now = new Date('2026-01-01T00:00:00Z');
  const names = LEAVES.map(({ name }) => name);
  assert.deepEqual(await ensurePki(pki, now), ['ca', ...names, 'service-accounts']);
  assert.deepEqual(await ensurePki(pki, now), []);
  assert.deepEqual(await ensurePki(pki, new Date(now.getTime() + 290 * DAY)), []);
  const authority = readFileSync(join(pki, 'ca.crt'), 'utf8');
  assert.deepEqual(await ensurePki(pki, new Date(now.getTime() + 310 * DAY)), names);
  assert.equal(readFileSync(join(pki, 'ca.crt'), 'utf8'), authority);
  assert.ok(readFileSync(join(pki, 'bundle.crt'), 'utf8').includes(authority.trim()));
});

test('private keys are for their owner alone', async () => {
  const pki = folder();
  await ensurePki(pki);
  for (const name of ['ca', 'registry', 'admin', 'service-accounts']) {
    assert.equal(statSync(join(pki, `${name}.key`)).mode & 0o077, 0, name);
  }
});

test("the registry's certificate serves 127.0.0.1 and localhost to clients that trust the authority", async t => {
  const pki = folder();
  await ensurePki(pki);
  const read = (file: string) => readFileSync(join(pki, file));
  const server = createServer({ cert: read('registry.crt'), key: read('registry.key') }, (_, response) =>
    response.end(),
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  for (const servername of ['127.0.0.1', 'localhost']) {
    const status = await new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, servername, ca: read('ca.crt'), agent: false };
      get(options, response => resolve(response.resume().statusCode)).on('error', reject);
    });
    assert.equal(status, 200);
  }
});

function parts(digest = '0'): ClusterParts {
  // Another nop alone: no configuration names it.
  const names = ['localhost/slipway/system@sha256:0', `localhost/slipway/nop@sha256:${digest}`];
  const images = { store: folder(), names, importInto: async () => {} };
  return { kube: '/tools/kube', root: '/debian', images, processes: [] };
}

test('the namespaces are told every port, folder and process; the same parts give the same key', async () => {
  const config = loadConfig({ SLIPWAY_HOME: folder(), SLIPWAY_CACHE: '/cache' });
  const { plan, key, write } = await prepareCluster(config, parts());
  assert.ok(!existsSync(join(config.home, 'run')), 'a running sandbox has these folders in its root');
  await write();
  assert.deepEqual(
    plan.listeners.map(({ port }) => port),
    [16443, 15000, 15002, 15003, 15005, 15004, 13000, 18080],
  );
  const at = (...names: string[]) => join(config.home, 'run', 'cluster', ...names);
  const manager = JSON.parse(readFileSync(at('etc', 'plan.json'), 'utf8'));
  const gate = manager.processes.find(({ name }: { name: string }) => name === 'gate');
  assert.deepEqual(gate.fds, [3, 4, 5, 6, 7, 8, 9, 10]);
  assert.deepEqual(gate.argv.slice(-8), [
    '3=127.0.0.1:6443',
    '4=10.34.0.202:5443',
    '5=10.34.0.203:5443',
    '6=10.36.0.1:5443',
    '7=10.34.0.204:5443',
    '8=10.36.0.1:9000',
    '9=10.36.0.1:3000',
    '10=door',
  ]);
  const binds = readFileSync(at('binds'), 'utf8').split('\n');
  assert.ok(binds.includes(`rw\t${config.home}/state/etcd\t/var/lib/etcd`));
  assert.ok(binds.includes('ro\t/tools/kube\t/opt/slipway/bin/kube'));
  assert.ok(
    binds.findIndex(line => line.endsWith('\t/var/log')) < binds.findIndex(line => line.endsWith('/var/log/slipway')),
  );
  for (const name of ['manager', 'gate', 'provisioner']) assert.ok(existsSync(at('scripts', `${name}.mjs`)));
  assert.equal((await prepareCluster(config, parts())).key, key);
  assert.notEqual((await prepareCluster(config, parts('1'))).key, key);
});

test('the node finds each registry under every name that references have (M1, A2)', () => {
  const etc = nodeConfigs({ cgroup: 'c', pauseImage: 'p' });
  const plain = ['10.34.0.202:5000', '10.34.0.203:5000', '10.34.0.204:5000'];
  for (const host of plain) assert.match(etc[`certs.d/${host}/hosts.toml`]!, new RegExp(`host."http://${host}"`));
  assert.equal(etc['certs.d/localhost:5000/hosts.toml'], etc['certs.d/10.34.0.204:5000/hosts.toml']);
  const external = etc['certs.d/eu-frankfurt-1.ocir.io/hosts.toml']!;
  assert.match(external, /^server = "https:\/\/10\.36\.0\.1:5443"/);
  assert.match(external, /ca = "\/etc\/slipway-pki\/ca\.crt"/);
});

test("the user's kubeconfig names the context and the loopback port, and is the user's alone", async () => {
  const config = loadConfig({ SLIPWAY_HOME: folder(), SLIPWAY_CACHE: '/cache' });
  await prepareCluster(config, parts());
  const file = join(config.home, 'kubeconfig');
  const kubeconfig = parse(readFileSync(file, 'utf8'));
  assert.equal(kubeconfig['current-context'], 'slipway-sandbox');
  assert.equal(kubeconfig.clusters[0].cluster.server, 'https://127.0.0.1:16443');
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('a script of another part is bundled and started with its arguments', async () => {
  const config = loadConfig({ SLIPWAY_HOME: folder(), SLIPWAY_CACHE: '/cache' });
  const entry = join(folder(), 'hello.ts');
  writeFileSync(entry, "import { hostname } from 'node:os';\nconst name: string = hostname();\nconsole.log(name);\n");
  const processes = [{ name: 'hello', entry, args: ['--port=3000'] }];
  await (await prepareCluster(config, { ...parts(), processes })).write();
  const manager = JSON.parse(readFileSync(join(config.home, 'run/cluster/etc/plan.json'), 'utf8'));
  const hello = manager.processes.find(({ name }: { name: string }) => name === 'hello');
  assert.equal(hello.argv[0], '/opt/slipway/bin/node');
  assert.deepEqual(hello.argv.slice(-2), ['/opt/slipway/scripts/hello.mjs', '--port=3000']);
  assert.ok(existsSync(join(config.home, 'run/cluster/scripts/hello.mjs')));
});

test('a sandbox that is not running says so', async () => {
  const config = loadConfig({ SLIPWAY_HOME: folder() });
  assert.equal(await clusterReady(config), 'it is not running; start it: npm start');
});
