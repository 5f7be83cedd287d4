// `slipway build --system` into a real registry with a password: layouts of a builder of ours, everything else as it is.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { RegistryClient } from '../../images/registry.ts';
import { verifyIndex } from '../../images/verify.ts';
import { findSystem } from '../../systems/lookup.ts';
import { type Behaviour, layoutBuildctl } from '../unit/commands/support/layout-buildctl.ts';
import { type RegistryProcess, startRegistry } from './registry-process.ts';

const USER = { username: 'ada', password: 'open sesame' };
const SHARED = 'staging.registry.example.com';
const { services, platforms } = findSystem('ai-stack');
let registry: RegistryProcess;
let folder: string;

before(async () => {
  registry = await startRegistry(`${USER.username}:${hashSync(USER.password, 5)}`);
  folder = mkdtempSync(join(tmpdir(), 'slipway-build-images-'));
  for (const { dockerfile } of services) {
    const path = join(folder, 'source', dockerfile);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, 'FROM scratch\n');
  }
});
after(async () => {
  await registry?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function build(args: string[], { content, signIn = true }: { content?: string; signIn?: boolean } = {}) {
  const tools = mkdtempSync(join(folder, 'tools-'));
  const builds: Record<string, Behaviour> = content === undefined ? {} : { aidb: { content } };
  const docker = mkdtempSync(join(folder, 'docker-'));
  const auth = Buffer.from(`${USER.username}:${USER.password}`).toString('base64');
  writeFileSync(join(docker, 'config.json'), JSON.stringify({ auths: signIn ? { [SHARED]: { auth } } : {} }));
  const command = ['--disable-warning=ExperimentalWarning', 'commands/slipway.ts', 'build', '--system', 'ai-stack'];
  const child = spawn(process.execPath, [...command, '--source', join(folder, 'source'), ...args], {
    env: {
      ...process.env,
      PATH: layoutBuildctl(tools, { builds }),
      SLIPWAY_CACHE: join(folder, 'cache'),
      DOCKER_CONFIG: docker,
      BUILDKIT_HOST: 'unix:///nowhere/buildkitd.sock',
      AI_STACK_REGISTRY: SHARED,
      SLIPWAY_ENDPOINTS: `${SHARED}=${registry.url}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text));
  return new Promise<{ status: number | null; output: string }>(resolve =>
    child.once('close', status => resolve({ status, output })),
  );
}

const client = () =>
  new RegistryClient({
    endpoints: [{ name: SHARED, aliases: [], url: registry.url }],
    credentials: async () => USER,
  });

test('all six arrive whole in a registry with a password, by the docker config; without it the way in is told (A1, A2, A3)', async () => {
  const refused = await build(['--unscanned', '--tag', 'v1'], { signIn: false });
  assert.equal(refused.status, 1);
  assert.match(
    refused.output,
    /Registry staging\.registry\.example\.com does not let this user do that; .*docker login 127\.0\.0\.1:/,
  );
  const { status, output } = await build(['--unscanned', '--tag', 'v1']);
  assert.equal(status, 0, output);
  for (const { image } of services) {
    const { digest } = await verifyIndex(client(), { registry: SHARED, repository: image, tag: 'v1' }, platforms);
    assert.ok(output.includes(` ${SHARED}/${image}:v1@${digest}\n`), output);
  }
});

test('without the scan that its stack asks for, nothing is pushed to a shared registry (A7)', async () => {
  const { status, output } = await build(['aidb', '--tag', 'unscanned']);
  assert.equal(status, 1, output);
  assert.match(output, /database/);
  assert.equal(await client().head({ registry: SHARED, repository: 'ai-stack-aidb', tag: 'unscanned' }), undefined);
});

test('a tag in a shared registry is pushed again with its digest, and never with another (A5)', async () => {
  const ref = { registry: SHARED, repository: 'ai-stack-aidb', tag: 'v2' };
  assert.equal((await build(['aidb', '--unscanned', '--tag', 'v2'])).status, 0);
  const digest = await client().head(ref);
  assert.equal((await build(['aidb', '--unscanned', '--tag', 'v2'])).status, 0);
  const { status, output } = await build(['aidb', '--unscanned', '--tag', 'v2'], { content: 'changed' });
  assert.equal(status, 1, output);
  assert.match(output, /tag v2 is taken in staging\.registry\.example\.com for aidb/);
  assert.match(output, /this tag never moves/);
  assert.equal(await client().head(ref), digest);
});
