// Commands as a script calls them: what they print where, and how they end.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';

function slipway(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  // A kubeconfig that is not there, and a registry's address where nothing listens: nobody else is asked.
  const env = { ...process.env, KUBECONFIG: '/nowhere/kubeconfig', DOCKER_CONFIG: '/nowhere' };
  return spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', 'commands/slipway.ts', ...args], {
    env,
    encoding: 'utf8',
  });
}

test('the doctor ends with 2 where it can ask nothing, and says why: an unknown stack, a file that is not there, every fault of a file', t => {
  const unknown = slipway('doctor', 'locl');
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /^slipway: there is no stack "locl"; there are .*did you mean "local"\?\n$/);
  const absent = slipway('doctor', 'local', '--stacks', '/nowhere');
  assert.equal(absent.status, 2);
  assert.match(absent.stderr, /^slipway: there is no stack "local" in \/nowhere; there is none\n$/);
  const folder = mkdtempSync(join(tmpdir(), 'slipway-cli-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'Pulumi.local.yaml'), 'config:\n  slipway:system: cerebal\n  slipway:digest: track\n');
  const faulty = slipway('doctor', 'local', '--stacks', folder);
  assert.equal(faulty.status, 2);
  assert.match(faulty.stderr, /slipway:system: found "cerebal".*\n(.*\n)*.*slipway:digest: no such key/);
  assert.equal(faulty.stdout, '');
  assert.equal(slipway('status', 'locl').status, 2);
});

test('the doctor ends with 1 where neither cluster nor registry answers, and its report goes to stdout', () => {
  const { status, stdout, stderr } = slipway('doctor', 'local', '--json');
  assert.equal(stderr, '');
  assert.equal(status, 1);
  const { verdict, checks } = JSON.parse(stdout);
  assert.equal(verdict, 'fault');
  const found = Object.fromEntries(checks.map((one: Record<string, string>) => [`${one.group} ${one.name}`, one]));
  assert.match(found['cluster identity'].seen, /kubeconfig \/nowhere\/kubeconfig is not there/);
  assert.equal(found['rollouts rollout'].verdict, 'not asked');
});

test('the status of a stack that does not answer is all unknown, and no failure', () => {
  const { status, stdout } = slipway('status', 'local');
  assert.equal(status, 0);
  assert.match(stdout, /ai-services +\* unknown +\? +\? +\?/);
  assert.match(stdout, /\nlocal \(track\): 3 unknown\n$/);
});

test('every command that reads a stack reads it from the folder that it is told, from wherever it is called', t => {
  for (const verb of ['render', 'plan', 'policy', 'audit', 'prune', 'build', 'pin', 'rollback']) {
    const { status, stdout, stderr } = slipway(verb, 'local', '--stacks', '/nowhere');
    assert.equal(stderr, 'slipway: there is no stack "local" in /nowhere; there is none\n', verb);
    assert.deepEqual([status, stdout], [1, ''], verb);
  }
  const folder = mkdtempSync(join(tmpdir(), 'slipway-cli-'));
  t.after(() => rmSync(folder, { recursive: true }));
  copyFileSync('Pulumi.local.yaml', join(folder, 'Pulumi.mine.yaml'));
  const { stdout, stderr } = slipway('plan', 'mine', '--stacks', relative('.', folder));
  assert.match(stdout, /^Stack mine: what pulumi up declares/, stderr);
});

test('nothing is pruned where the cluster does not answer', () => {
  const { status, stdout, stderr } = slipway('prune', 'local', '--delete');
  assert.equal(status, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /^slipway: nothing was removed: /);
});
