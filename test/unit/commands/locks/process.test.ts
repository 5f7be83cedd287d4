// `slipway pin`, `promote` and `rollback` as a person runs them: processes, with a docker config, ended at any time.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { LockEntry } from '../../../../images/lock.ts';
import type { FakeRegistry } from '../../images/fake-registry.ts';
import { SERVICES, TwoStacks } from '../support/stacks.ts';

interface Ended {
  status: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** Two stacks whose registries want a password each, which the docker config has. */
async function start(t: TestContext) {
  const stacks = await TwoStacks.start(t);
  const docker = join(stacks.folder, 'docker');
  const auths: Record<string, { auth: string }> = {};
  for (const [stack, registry] of Object.entries(stacks.registries)) {
    const auth = Buffer.from(`${stack}:password of ${stack}`).toString('base64');
    auths[new URL(registry.url).host] = { auth };
    guard(registry, auth);
  }
  mkdirSync(docker);
  writeFileSync(join(docker, 'config.json'), JSON.stringify({ auths }));
  for (const name of SERVICES) {
    stacks.publish('dev', name, 'live-dev', { layers: [Buffer.from('base'), Buffer.from(name)] });
  }
  const slipway = (args: string[], seen: (child: ChildProcess) => void = () => {}) =>
    new Promise<Ended>(resolve => {
      const env = {
        PATH: process.env.PATH,
        DOCKER_CONFIG: docker,
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'user.name',
        GIT_CONFIG_VALUE_0: 'Ada Lovelace',
      };
      const command = [
        '--disable-warning=ExperimentalWarning',
        'commands/slipway.ts',
        ...args,
        '--stacks',
        stacks.folder,
      ];
      const child = spawn(process.execPath, command, { env });
      const out = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr'] as const) {
        child[stream].setEncoding('utf8').on('data', text => {
          out[stream] += text;
        });
      }
      child.on('close', (status, signal) => resolve({ status, signal, ...out }));
      seen(child);
    });
  return { stacks, slipway };
}

function guard(registry: FakeRegistry, auth: string): void {
  registry.misbehave = (request, response) =>
    request.headers.authorization !== `Basic ${auth}` &&
    !!response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
}

test('the diff goes to stdout and the progress to stderr; the person is git’s, or who --by says', async t => {
  const { stacks, slipway } = await start(t);
  const digest = stacks.publish('dev', 'ai-services', 'live-dev', { salt: 'new' });
  const pinned = await slipway(['pin', 'dev', 'ai-services']);
  assert.equal(pinned.status, 0, pinned.stderr);
  assert.equal(
    pinned.stdout,
    `${stacks.lockFile('dev')} written\n  cerebral/ai-services: waiting → ${digest.slice(7, 19)} of commit cccccccccccc\n`,
  );
  const entry = stacks.lock('dev').images['cerebral/ai-services'] as LockEntry;
  assert.equal(entry.pinnedBy, 'Ada Lovelace');
  assert.match(entry.pinnedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal((await slipway(['pin', 'dev', 'ai-services'])).stdout, `${stacks.lockFile('dev')}: nothing to change\n`);

  const promoted = await slipway(['promote', '--from', 'dev', '--to', 'staging', '--by', 'deploy.yml', 'ai-services']);
  assert.equal(promoted.status, 0, promoted.stderr);
  assert.match(promoted.stdout, /staging\.lock\.yaml written\n {2}cerebral\/ai-services: waiting → /);
  assert.match(promoted.stderr, /^\d+ blobs in 1 image, \d+ to bring\n1 of \d+: cerebral\/ai-services sha256:/);
  assert.equal((stacks.lock('staging').images['cerebral/ai-services'] as LockEntry).pinnedBy, 'deploy.yml');
});

test('a user’s fault is a line on stderr and a status, and no stack trace', async t => {
  const { slipway } = await start(t);
  for (const [args, message] of [
    [
      ['pin', 'stagin'],
      /^slipway: there is no stack "stagin" in \S+; there are dev, staging; did you mean "staging"\?\n$/,
    ],
    [
      ['rollback', 'staging'],
      /^slipway: the lock before this one is looked up in the git history of \S+, and git: fatal: /,
    ],
    [
      ['promote', '--from', 'dev', '--to', 'staging', 'ai'],
      /^slipway: stack dev runs no "ai" \(did you mean "ai-services"\?\)/,
    ],
    [['promote', '--from', 'dev'], /required option '--to <stack>' not specified/],
  ] as const) {
    const { status, stdout, stderr } = await slipway([...args]);
    assert.equal(status, 1);
    assert.equal(stdout, '');
    assert.match(stderr, message);
    assert.ok(!/\n\s+at /.test(stderr), stderr);
  }
});

test('a promotion that is killed leaves the lock as it was; the next one ends it', async t => {
  const { stacks, slipway } = await start(t);
  const before = stacks.lockText('staging');
  const { staging } = stacks.registries;
  const guarded = staging.misbehave;
  for (const after of [1, 6, 12, 18, 24]) {
    let seen = 0;
    const ended = await slipway(['promote', '--from', 'dev', '--to', 'staging'], child => {
      staging.misbehave = (request, response) => {
        seen += 1;
        if (seen === after) child.kill('SIGKILL');
        return guarded(request, response);
      };
    });
    assert.equal(ended.signal, 'SIGKILL', `it ended before request ${after}: ${ended.stderr}`);
    assert.equal(stacks.lockText('staging'), before);
  }
  staging.misbehave = guarded;
  const { status, stderr } = await slipway(['promote', '--from', 'dev', '--to', 'staging']);
  assert.equal(status, 0, stderr);
  for (const name of SERVICES) {
    const entry = stacks.lock('staging').images[`cerebral/${name}`] as LockEntry;
    assert.deepEqual(staging.missing(`cerebral/${name}`, entry.digest), []);
  }
});
