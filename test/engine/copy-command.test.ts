// `slipway copy` as a process between two real registries with TLS and passwords, one of them kept by a credential helper.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execPath } from 'node:process';
import { after, before, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import type { Digest } from '../../images/digest.ts';
import { type Child, makeIndex } from '../../images/manifest.ts';
import { RegistryClient } from '../../images/registry.ts';
import { verifyIndex } from '../../images/verify.ts';
import { pushManifest } from './push-image.ts';
import { serveRegistry } from './registry-process.ts';
import { selfSigned } from './tls-registry.ts';

const BOTH = ['linux/amd64', 'linux/arm64'];
const SIGNATURE = 'application/vnd.example.signature';
const SIZES = [1e6, 2e6, 20e6]; // bytes of each platform's layers
const folder = mkdtempSync(join(tmpdir(), 'slipway-copy-'));
const passwords = { from: randomBytes(12).toString('hex'), to: randomBytes(12).toString('hex') };
let from: Served;
let to: Served;
let env: NodeJS.ProcessEnv;

/** One storage behind two doors. */
interface Served {
  /** Of the door with TLS and a password. */
  host: string;
  /** By the other door, with neither. */
  client: RegistryClient;
  stop(): Promise<unknown>;
}

before(async () => {
  const tls = await selfSigned();
  [from, to] = await Promise.all([serve('from', tls), serve('to', tls)]);
  writeFileSync(join(folder, 'ca.pem'), tls.certificate);
  const helper = join(folder, 'bin');
  mkdirSync(helper);
  const secret = JSON.stringify({ ServerURL: to.host, Username: 'ali', Secret: passwords.to });
  const script = `#!/bin/sh\n[ "$1 $(cat)" = 'get ${to.host}' ] && echo '${secret}'\n`;
  writeFileSync(join(helper, 'docker-credential-slipwaytest'), script, { mode: 0o755 });
  const auth = Buffer.from(`ali:${passwords.from}`).toString('base64');
  const config = { auths: { [from.host]: { auth } }, credHelpers: { [to.host]: 'slipwaytest' } };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  env = {
    ...process.env,
    DOCKER_CONFIG: folder,
    NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    PATH: [helper, process.env.PATH].join(delimiter),
    SLIPWAY_ENDPOINTS: '',
  };
});
after(async () => {
  await Promise.all([from?.stop(), to?.stop()]);
  rmSync(folder, { recursive: true });
});

async function serve(name: keyof typeof passwords, tls: { certificate: string; key: string }): Promise<Served> {
  const config = (http: object) => ({
    version: '0.1',
    log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, name) } },
    http: { addr: '127.0.0.1:0', ...http },
  });
  const plain = await serveRegistry(config({}));
  const files = {
    'tls.crt': tls.certificate,
    'tls.key': tls.key,
    htpasswd: `ali:${hashSync(passwords[name], 4)}\n`,
  };
  const guarded = {
    ...config({ tls: { certificate: 'tls.crt', key: 'tls.key' } }),
    auth: { htpasswd: { realm: 'test', path: 'htpasswd' } },
  };
  const registry = await serveRegistry(guarded, { files });
  const { host } = new URL(registry.url);
  const client = new RegistryClient({ endpoints: [{ name: host, aliases: [], url: plain.url }] });
  return { host, client, stop: () => Promise.all([plain.stop(), registry.stop()]) };
}

/** An image of both platforms under `tag`, with a signature beside it. */
async function publish(repository: string, tag: string): Promise<{ index: Digest; signature: Digest }> {
  const ref = { registry: from.host, repository };
  const children: Child[] = [];
  for (const platform of BOTH) {
    const [os = '', architecture = ''] = platform.split('/');
    const layers = SIZES.map(size => randomBytes(size));
    const image = await pushManifest(from.client, ref, { os, architecture }, layers);
    children.push({ ...image, platform: { os, architecture } });
  }
  const { bytes, mediaType } = makeIndex(children);
  const index = await from.client.put({ ...ref, tag }, bytes, mediaType);
  const subject = { mediaType, digest: index, size: bytes.length };
  const more = { artifactType: SIGNATURE, subject };
  const signature = await pushManifest(from.client, ref, {}, [Buffer.from(`signature of ${index}`)], more);
  await from.client.attach({ ...ref, digest: index }, [{ ...signature, artifactType: SIGNATURE }]);
  return { index, signature: signature.digest };
}

function slipway(...args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
  const file = join(import.meta.dirname, '../../commands/slipway.ts');
  const child = spawn(execPath, ['--disable-warning=ExperimentalWarning', file, 'copy', ...args], { env });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (bytes: Buffer) => {
      said[name] += bytes;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', status => resolve({ status, ...said }));
  });
}

/** A door to `host` that counts what clients send, and that closes for good once it is more than `limit` bytes. */
async function openDoor(host: string, limit: number) {
  const open = new Set<net.Socket>();
  const door = { host: '', sent: 0, stop: () => {} };
  const server = net.createServer(client => {
    const onward = net.connect(Number(host.split(':')[1]), '127.0.0.1');
    const shut = () => {
      for (const socket of open) socket.destroy();
    };
    for (const socket of [client, onward]) {
      open.add(socket);
      socket.on('error', () => {}).on('close', () => client.destroy() && onward.destroy());
    }
    client.on('data', bytes => {
      door.sent += bytes.length;
      if (door.sent > limit) shut();
    });
    client.pipe(onward).pipe(client);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  door.host = `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  door.stop = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return door;
}

/** Through `door`, under the name of the registry behind it. */
const through = (door: { host: string }) => ['--endpoints', `${to.host}=https://${door.host}`];

test('an image and its signature are copied between two registries with TLS and passwords, of a file and of a helper (A4)', async () => {
  const { index, signature } = await publish('team/app', 'v1');
  const { status, stdout, stderr } = await slipway(`${from.host}/team/app:v1`, `${to.host}/live/app`);
  assert.equal(status, 0, stderr);
  const line = `${to.host}/live/app:v1@${index} (2 platforms, 1 attached, 46.0 MB, 0 of 10 blobs were there)\n`;
  assert.equal(stdout, line);
  const ref = { registry: to.host, repository: 'live/app' };
  assert.equal(await to.client.head({ ...ref, tag: 'v1' }), index);
  assert.deepEqual(Object.keys((await verifyIndex(to.client, { ...ref, digest: index }, BOTH)).platforms), BOTH);
  const { referrers } = await to.client.referrers({ ...ref, digest: index });
  assert.deepEqual(
    referrers.map(({ digest, artifactType }) => [digest, artifactType]),
    [[signature, SIGNATURE]],
  );
  assert.ok(await to.client.manifest({ ...ref, digest: signature }));
});

test('a copy that is cut off leaves no tag, and the next one sends the rest alone (A4)', async t => {
  const { index } = await publish('team/cut', 'v1');
  const source = `${from.host}/team/cut:v1`;
  const ref = { registry: to.host, repository: 'live/cut', tag: 'v1' };
  const broken = await openDoor(to.host, 30e6);
  t.after(broken.stop);
  const first = await slipway(source, `${to.host}/live/cut:v1`, ...through(broken));
  assert.equal(first.status, 1);
  assert.match(first.stderr, /slipway: registry \S+ can't be reached at .*: the connection was broken off\n/);
  assert.match(
    first.stderr,
    /\/live\/cut:v1 is as it was\. Run the same again: what was copied is not copied twice\n$/,
  );
  assert.equal(await to.client.head(ref), undefined);

  const whole = await openDoor(to.host, Number.POSITIVE_INFINITY);
  t.after(whole.stop);
  const second = await slipway(source, `${to.host}/live/cut:v1`, ...through(whole));
  assert.equal(second.status, 0, second.stderr);
  assert.match(second.stdout, /, [1-9] of 10 blobs were there\)\n$/);
  const all = 2 * SIZES.reduce((sum, size) => sum + size, 0);
  assert.ok(whole.sent > 1e6 && whole.sent < all - 1e6, `${whole.sent} bytes of ${all}`);
  assert.equal(await to.client.head(ref), index);
  await verifyIndex(to.client, { ...ref, digest: index }, BOTH);
});

test('--immutable leaves a tag where it is, and sends nothing (A5)', async t => {
  const [first, second] = [await publish('team/fixed', 'v1'), await publish('team/fixed', 'v2')];
  const target = `${to.host}/live/fixed:v1`;
  const copy = async (tag: string, ...more: string[]) =>
    slipway(`${from.host}/team/fixed:${tag}`, target, '--immutable', ...more);
  assert.equal((await copy('v1')).status, 0);
  assert.match((await copy('v1')).stdout, /all 10 blobs were there, the tag was already there\)\n$/);
  const door = await openDoor(to.host, Number.POSITIVE_INFINITY);
  t.after(door.stop);
  const { status, stdout, stderr } = await copy('v2', ...through(door));
  const message = `${target} is ${first.index}, expected ${second.index} or none; this tag never moves: choose another one`;
  assert.deepEqual([status, stdout, stderr], [1, '', `slipway: ${message}\n`]);
  assert.ok(door.sent < 10_000, `${door.sent} bytes`);
  assert.equal(await to.client.head({ registry: to.host, repository: 'live/fixed', tag: 'v1' }), first.index);
});

test('a wrong password is told with the sign-in that mends it, and none is shown (A4)', async () => {
  await publish('team/closed', 'v1');
  const wrong = join(folder, 'wrong');
  mkdirSync(wrong);
  const auth = Buffer.from('ali:not the password').toString('base64');
  writeFileSync(join(wrong, 'config.json'), JSON.stringify({ auths: { [from.host]: { auth } } }));
  const before = env;
  env = { ...env, DOCKER_CONFIG: wrong };
  const { status, stderr } = await slipway(`${from.host}/team/closed:v1`, `${to.host}/live/closed`);
  env = before;
  assert.equal(status, 1);
  assert.ok(
    stderr.endsWith(`does not let this user do that; sign in as one whom it lets: docker login ${from.host}\n`),
  );
  assert.ok(!stderr.includes('not the password') && !stderr.includes(auth), stderr);
});
