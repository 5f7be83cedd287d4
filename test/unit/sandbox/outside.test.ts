import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { storeCredentials } from '../../../sandbox/builder/docker-config.ts';
import { answers } from '../../../sandbox/cluster/inside/probe.ts';
import { DEFAULT_PORTS, type SandboxConfig } from '../../../sandbox/config.ts';
import { makeOutside, printExternalConfig } from '../../../sandbox/outside/outside.ts';
import { outsideProcesses } from '../../../sandbox/outside/processes.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'slipway-outside-'));

function given(): {
  config: SandboxConfig;
  at: (...names: string[]) => string;
  tools: { path: (name: string) => string };
} {
  const home = folder();
  const programs = folder();
  for (const name of ['registry', 's3']) writeFileSync(join(programs, name), `#!/bin/sh\n# ${name}\n`);
  return {
    config: { home, cache: '/nowhere', ports: DEFAULT_PORTS },
    at: (...names) => join(home, 'state', 'outside', ...names),
    tools: { path: name => join(programs, name) },
  };
}

test('every bucket has its list of checksums, which sha256sum agrees with, and the same bytes on any machine (M5)', async () => {
  const { config, at, tools } = given();
  await makeOutside(config, tools);
  for (const bucket of ['cybermesh-models', 'cybermesh-datasets']) {
    execFileSync('sha256sum', ['--check', '--strict', '--quiet', 'SHA256SUMS'], { cwd: at('objects', bucket) });
  }
  const weights = join(at('objects', 'cybermesh-models'), 'weights.bin');
  assert.equal(statSync(weights).size, 5 * 2 ** 20);
  const list = readFileSync(at('objects', 'cybermesh-models', 'SHA256SUMS'), 'utf8');
  assert.match(list, /^[0-9a-f]{64} {2}weights\.bin$/m);
  const other = given();
  await makeOutside(other.config, other.tools);
  assert.equal(readFileSync(other.at('objects', 'cybermesh-models', 'SHA256SUMS'), 'utf8'), list);
});

test('what is there stays as it is; a change of one part is told to the processes', async () => {
  const { config, at, tools } = given();
  await makeOutside(config, tools);
  const before = [readFileSync(at('htpasswd'), 'utf8'), statSync(at('made')).mtimeMs];
  await makeOutside(config, tools);
  assert.deepEqual([readFileSync(at('htpasswd'), 'utf8'), statSync(at('made')).mtimeMs], before);
  const moved = { path: (name: string) => (name === 's3' ? `${tools.path('registry')}` : tools.path(name)) };
  const made = readFileSync(at('made'), 'utf8');
  await makeOutside(config, moved);
  assert.notEqual(readFileSync(at('made'), 'utf8'), made);
});

test('passwords of registry and store are for their owner alone, and in no argument of a process (M1)', async () => {
  const { config, at, tools } = given();
  await makeOutside(config, tools);
  for (const name of ['htpasswd', 'store-keys']) assert.equal(statSync(at(name)).mode & 0o077, 0, name);
  const { password } = await storeCredentials(config);
  assert.ok(readFileSync(at('store-keys'), 'utf8').includes(password));
  assert.ok(!JSON.stringify(outsideProcesses()).includes(password));
});

test('the registry outside has TLS and asks everybody for a password (M1)', () => {
  const { http, auth, storage } = parse(printExternalConfig());
  assert.equal(http.addr, '10.36.0.1:5443');
  assert.equal(http.tls.certificate, '/etc/slipway-pki/external.crt');
  assert.equal(auth.htpasswd.path, '/var/lib/slipway/outside/htpasswd');
  assert.equal(storage.filesystem.rootdirectory, '/var/lib/slipway/outside/registry');
});

test('nothing outside the cluster runs before a system has asked for it', async () => {
  const { config, at, tools } = given();
  assert.ok(outsideProcesses().every(({ after }) => after && 'file' in after));
  assert.ok(!(await answers({ file: at('made') })));
  await makeOutside(config, tools);
  assert.ok(await answers({ file: at('made') }));
});

test('the neighbours accept connections, and Redis answers PING (M6)', async t => {
  const ports = await Promise.all([freePort(), freePort()]);
  const script = join(import.meta.dirname, '../../../sandbox/outside/neighbours.ts');
  const listen = [`redis=127.0.0.1:${ports[0]}`, `kafka=127.0.0.1:${ports[1]}`];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...listen]);
  t.after(() => child.kill());
  await lines(child, 2);
  assert.equal(await ask(t, ports[0]!, 'PING\r\n'), '+PONG\r\n');
  assert.equal(await ask(t, ports[0]!, '*1\r\n$4\r\nPING\r\n'), '+PONG\r\n');
  assert.match(await ask(t, ports[0]!, 'GET a\r\n'), /^-ERR .*PING alone/);
  const socket = connect({ host: '127.0.0.1', port: ports[1]! });
  await new Promise((resolve, reject) => socket.on('connect', resolve).on('error', reject));
  socket.destroy();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}

/** Resolves once the process has said so many lines. */
function lines(child: ChildProcess, wanted: number): Promise<void> {
  let text = '';
  return new Promise(resolve =>
    child.stdout!.setEncoding('utf8').on('data', data => {
      text += data;
      if (text.split('\n').length > wanted) resolve();
    }),
  );
}

function ask(t: TestContext, port: number, text: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  t.after(() => socket.destroy());
  return new Promise((resolve, reject) => {
    socket.on('error', reject).on('data', data => resolve(data.toString()));
    socket.write(text);
  });
}
