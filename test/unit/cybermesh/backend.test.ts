// The sample backend, built and run as a pod would: its builds are the same bytes, and what is missing is told.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Architecture, buildBackend } from '../../../samples/cybermesh/build-backend.ts';
import { loadConfig } from '../../../sandbox/config.ts';
import { until } from '../../../sandbox/until.ts';

const samples = join(import.meta.dirname, '../../../samples/cybermesh');
const here: Architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

describe('backend', () => {
  let folder: string;
  let binary: string;
  let env: Record<string, string>;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-backend-'));
    // Where the sandbox's tools were built, the standard library is there already.
    process.env.GOCACHE ??= join(loadConfig(process.env).cache, 'go-build');
    [binary] = (await buildBackend(join(folder, 'bin'), [here])) as [string];
    env = {
      NODE_ID: 'node-0',
      ENVIRONMENT: 'test',
      SIGNING_KEY_CONTENT: key,
      API_ADDRESS: `127.0.0.1:${await freePort()}`,
      METRICS_ADDRESS: `127.0.0.1:${await freePort()}`,
      KEYS_FOLDER: join(folder, 'keys'),
      LOG_FOLDER: join(folder, 'logs'),
      DATABASE_CERTIFICATE: join(folder, 'root.crt'),
    };
  });
  after(() => rmSync(folder, { recursive: true }));

  /** The lines on stderr of a start that must fail. */
  const refused = (change: Record<string, string>) =>
    new Promise<string[]>(resolve => {
      execFile(binary, [], { env: { ...env, ...change }, timeout: 10_000 }, (error, stdout, stderr) => {
        assert.deepEqual([error?.code, stdout], [1, '']);
        assert.ok(!stderr.includes(key.split('\n')[1]!), 'the key is told');
        resolve(stderr.split('\n').filter(Boolean));
      });
    });

  test('a build in another checkout gives the same bytes (M2)', async () => {
    const copy = join(folder, 'elsewhere/samples/cybermesh');
    cpSync(samples, copy, { recursive: true });
    const { buildBackend: again } = await import(join(copy, 'build-backend.ts'));
    const [other] = await again(join(folder, 'other'), [here]);
    assert.ok(readFileSync(other).equals(readFileSync(binary)));
    assert.equal(statSync(other).mode & 0o777, 0o755);
  });

  test('it serves health, version, peers and metrics, keeps its key for itself, and ends within 2 s of SIGTERM (M2, M3)', async t => {
    const peer = createServer(socket => socket.end()).listen(0, '127.0.0.1');
    t.after(() => peer.close());
    await once(peer, 'listening');
    const up = `127.0.0.1:${(peer.address() as AddressInfo).port}`;
    const down = `127.0.0.1:${await freePort()}`;
    mkdirSync(env.LOG_FOLDER!);
    const child = spawn(binary, { env: { ...env, PEERS: `${up}, ${down}` }, stdio: 'ignore' });
    t.after(() => child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    const get = async (path: string, address = env.API_ADDRESS) => (await fetch(`http://${address}${path}`)).text();

    await until('the backend', async () => (await get('/api/v1/health')).includes('"ok"') || undefined, {
      limit: 10_000,
    });
    const version = JSON.parse(await get('/api/v1/version'));
    assert.deepEqual([version.version, version.node, version.environment], ['1', 'node-0', 'test']);
    await until('a look at the peers', async () => (await get('/api/v1/peers')).includes('true') || undefined, {
      limit: 10_000,
    });
    const peers = JSON.parse(await get('/api/v1/peers')) as { address: string; reachable: boolean }[];
    assert.deepEqual(Object.fromEntries(peers.map(each => [each.address, each.reachable])), {
      [up]: true,
      [down]: false,
    });
    const metrics = await get('/metrics', env.METRICS_ADDRESS);
    assert.match(metrics, /^cybermesh_build_info\{version="1",node="node-0"\} 1$/m);
    assert.match(metrics, new RegExp(`^cybermesh_reachable\\{kind="peer",address="${down}"\\} 0$`, 'm'));
    assert.equal(statSync(join(env.KEYS_FOLDER!, 'signing_key.pem')).mode & 0o777, 0o600);
    assert.match(readFileSync(join(env.LOG_FOLDER!, 'backend.log'), 'utf8'), /"serving"/);

    const asked = Date.now();
    child.kill('SIGTERM');
    const [status] = await ended;
    assert.equal(status, 0);
    assert.ok(Date.now() - asked < 2000, `it took ${Date.now() - asked} ms`);
  });

  test('without its signing key, or with another kind of key, it refuses to start in one line (M3)', async () => {
    const forms: [string, RegExp][] = [
      ['', /^backend: SIGNING_KEY_CONTENT is not set; expected .+; give it by a Secret/],
      ['of another kind', /^backend: SIGNING_KEY_CONTENT is no Ed25519 private key in PEM/],
      [
        generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
          type: 'pkcs8',
          format: 'pem',
        }) as string,
        /^backend: SIGNING_KEY_CONTENT is no Ed25519 private key in PEM/,
      ],
    ];
    for (const [SIGNING_KEY_CONTENT, form] of forms) {
      const lines = await refused({ SIGNING_KEY_CONTENT });
      assert.equal(lines.length, 1, lines.join('\n'));
      assert.match(lines[0]!, form);
    }
  });

  test("with a database, it refuses to start without the database's certificate, and names the Secret (M3)", async () => {
    const DATABASE_HOST = 'cockroachdb';
    const missing = await refused({ DATABASE_HOST });
    assert.equal(missing.length, 1);
    assert.match(
      missing[0]!,
      /root\.crt: no such file or directory; mount key root\.crt of the Secret cockroachdb-root-cert/,
    );
    writeFileSync(env.DATABASE_CERTIFICATE!, 'none');
    assert.match(
      (await refused({ DATABASE_HOST })).join('\n'),
      /^backend: [^\n]+root\.crt is no certificate; expected PEM; [^\n]+$/,
    );
  });

  test('what is wrong with the ConfigMap is told at once, a line each (M3)', async () => {
    const lines = await refused({ NODE_ID: '', ENVIRONMENT: ' ', PEERS: 'peer', LOG_LEVEL: 'loud' });
    assert.deepEqual(
      lines.map(line => line.split(' ')[1]),
      ['NODE_ID', 'ENVIRONMENT', 'PEERS', 'LOG_LEVEL'],
    );
  });

  test('a source that does not compile leaves the binary of before, and says where the fault is', async () => {
    const copy = join(folder, 'broken/samples/cybermesh');
    cpSync(samples, copy, { recursive: true });
    writeFileSync(join(copy, 'backend/main.go'), 'package main\n\nfunc main() { nothing() }\n');
    const { buildBackend: broken } = await import(join(copy, 'build-backend.ts'));
    await assert.rejects(
      broken(join(folder, 'bin'), [here]),
      /the backend does not build: [\s\S]*main\.go:3:15: undefined: nothing/,
    );
    assert.ok(existsSync(binary));
  });
});
