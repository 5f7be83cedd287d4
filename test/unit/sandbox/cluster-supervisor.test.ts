import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cgroupVersion, makeCgroups, missingControllers, removeCgroups } from '../../../sandbox/supervisor/cgroups.ts';
import { Child, restartDelay } from '../../../sandbox/supervisor/children.ts';
import { identify, isAlive, statFields } from '../../../sandbox/supervisor/identity.ts';
import { readRecord, removeRecord, writeRecord } from '../../../sandbox/supervisor/record.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'slipway-supervisor-'));
const self = identify(process.pid)!;

test('a process is known by its pid, its start and the boot, not by its pid alone', () => {
  assert.ok(isAlive(self));
  assert.ok(!isAlive({ ...self, started: '1' }));
  assert.ok(!isAlive({ ...self, boot: 'another' }));
});

test('a process that has ended is not alive', async () => {
  const child = spawn('sleep', ['60']);
  const identity = identify(child.pid!)!;
  assert.ok(isAlive(identity));
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.ok(!isAlive(identity));
});

test('a name with spaces and parentheses does not shift the fields of /proc/<pid>/stat', () => {
  const fields = Array.from({ length: 30 }, (_, index) => String(index + 4));
  assert.deepEqual(statFields(`7 (a) S (b) ) R ${fields.join(' ')}`), { state: 'R', started: '22' });
});

test('the record is found while its process lives, and only then', () => {
  const file = join(folder(), 'run', 'supervisor.json');
  assert.equal(readRecord(file), undefined);
  const record = { ...self, since: '2026-01-01T00:00:00.000Z' };
  writeRecord(file, record);
  assert.deepEqual(readRecord(file), record);
  writeRecord(file, { ...record, started: '1' });
  assert.equal(readRecord(file), undefined, 'a recycled pid is not mistaken');
  writeFileSync(file, '{"pid":');
  assert.equal(readRecord(file), undefined);
  removeRecord(file);
  assert.ok(!existsSync(file));
});

test('restarts in a row come later and later, up to a quarter of a minute', () => {
  assert.deepEqual([1, 2, 3, 4].map(restartDelay), [250, 500, 1000, 2000]);
  assert.equal(restartDelay(50), 15_000);
});

test('a child that ends is started again, is logged, and stays away once it is stopped', async () => {
  const log = join(folder(), 'logs', 'child.log');
  await new Promise<void>(resolve => {
    const child = new Child({ name: 'short', argv: ['sh', '-c', 'echo hello; exit 3'], log }, state => {
      if (state.restarts === 1 && state.lastEnd && !state.pid) child.stop().then(resolve);
    });
    child.start();
  });
  const text = readFileSync(log, 'utf8');
  assert.match(text, /start sh -c echo hello; exit 3\nhello\n.*ended: exit 3/);
  // The third start would come half a second after the second end.
  await new Promise(resolve => setTimeout(resolve, 700));
  const starts = (content: string) => content.match(/ start sh /g)?.length;
  assert.equal(starts(readFileSync(log, 'utf8')), 2);
});

test('a child that ignores SIGTERM is killed after its grace', async () => {
  const log = join(folder(), 'stubborn.log');
  const child = new Child({
    name: 'stubborn',
    argv: ['sh', '-c', 'trap "" TERM; echo up; while :; do sleep 1; done'],
    log,
  });
  child.start();
  while (!existsSync(log) || !readFileSync(log, 'utf8').includes('\nup\n')) await new Promise(r => setTimeout(r, 20));
  await child.stop(50);
  assert.equal(child.state.lastEnd, 'signal SIGKILL');
});

test('a program that is not there is a logged fault, not a crash', async () => {
  const log = join(folder(), 'absent.log');
  const child = new Child({ name: 'absent', argv: ['/no/such/program'], log });
  child.start();
  while (!child.state.lastEnd) await new Promise(resolve => setTimeout(resolve, 10));
  await child.stop();
  assert.match(child.state.lastEnd, /could not be started: .*ENOENT/);
});

test('on v1 every hierarchy gets a group, and a cpuset is not left empty', () => {
  const root = folder();
  for (const name of ['memory', 'cpuset']) mkdirSync(join(root, name));
  writeFileSync(join(root, 'cpuset', 'cpuset.cpus'), '0-1\n');
  assert.equal(cgroupVersion(root), 'v1');
  assert.deepEqual(missingControllers(root), []);
  makeCgroups('slipway-x', root);
  assert.equal(readFileSync(join(root, 'cpuset', 'slipway-x', 'cpuset.cpus'), 'utf8'), '0-1');
  mkdirSync(join(root, 'memory', 'slipway-x', 'pods', 'one'), { recursive: true });
  // Plain files stand for what holds a group: only empty groups can be removed.
  assert.deepEqual(removeCgroups('slipway-x', root), [join(root, 'cpuset', 'slipway-x')]);
  assert.ok(!existsSync(join(root, 'memory', 'slipway-x')));
  assert.ok(existsSync(join(root, 'memory')));
});

test('on v2 a controller that is off is named, and nothing is made', () => {
  const root = folder();
  writeFileSync(join(root, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
  writeFileSync(join(root, 'cgroup.subtree_control'), 'cpu memory pids\n');
  assert.equal(cgroupVersion(root), 'v2');
  assert.deepEqual(missingControllers(root), ['cpuset']);
  assert.throws(() => makeCgroups('slipway-x', root), /cpuset are off/);
  assert.ok(!existsSync(join(root, 'slipway-x')));
});
