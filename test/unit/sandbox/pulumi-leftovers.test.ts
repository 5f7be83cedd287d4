import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { breakStaleLocks, endOrphans, withoutMadeGood } from '../../../sandbox/pulumi-leftovers.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'slipway-leftovers-'));

function lock(backend: string, text: string): string {
  const file = join(backend, '.pulumi/locks/organization/slipway/local', `${Math.random()}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

test('a lock whose process is gone is removed, and a line says whose it was', () => {
  const backend = folder();
  const file = lock(backend, JSON.stringify({ pid: 123, hostname: hostname() }));
  assert.deepEqual(
    breakStaleLocks(backend, () => false),
    ["the stack's lock was left by process 123, which has ended; it is removed"],
  );
  assert.ok(!existsSync(file));
});

test('a lock of a process that lives, or of another machine, stays', () => {
  const backend = folder();
  const files = [
    lock(backend, JSON.stringify({ pid: 123, hostname: hostname() })),
    lock(backend, JSON.stringify({ pid: 4, hostname: `not-${hostname()}` })),
  ];
  // The backend writes one beside each file.
  writeFileSync(`${files[0]}.attrs`, '{"user.cache_control":""}');
  utimesSync(`${files[0]}.attrs`, 1, 1);
  assert.deepEqual(
    breakStaleLocks(backend, pid => pid === 123),
    [],
  );
  assert.ok([...files, `${files[0]}.attrs`].every(existsSync));
});

test('half a lock is removed once nobody can be writing it any more', () => {
  const backend = folder();
  const file = lock(backend, '{"pid":');
  assert.deepEqual(breakStaleLocks(backend), []);
  utimesSync(file, 1, 1);
  assert.equal(breakStaleLocks(backend).length, 1);
  assert.deepEqual(breakStaleLocks(join(backend, 'none')), []);
});

test('a pid that is another program by now holds no lock', () => {
  const backend = folder();
  lock(backend, JSON.stringify({ pid: process.pid, hostname: hostname() }));
  assert.equal(breakStaleLocks(backend).length, 1);
});

test('a plugin whose Pulumi is gone is ended with what it started; anything else in its environment is left', async () => {
  const home = folder();
  const plugin = join(home, 'plugins/resource-x-v1/pulumi-resource-x');
  mkdirSync(dirname(plugin), { recursive: true });
  writeFileSync(plugin, '#!/bin/sh\nsleep 60 &\necho started $!\nwait\n');
  chmodSync(plugin, 0o755);
  const env = { ...process.env, PULUMI_HOME: home };
  const child = spawn(plugin, ['127.0.0.1:1'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const bystander = spawn('sleep', ['60'], { env });
  const [text] = await once(child.stdout, 'data');
  const grandchild = Number(String(text).split(' ')[1]);
  const ended = once(child, 'exit');
  assert.deepEqual(endOrphans(home), [
    `plugin pulumi-resource-x (process ${child.pid}) had outlived its Pulumi; it is ended`,
  ]);
  await ended;
  // It was killed as well; the kernel takes its time.
  const remains = () => existsSync(`/proc/${grandchild}/exe`);
  for (const end = Date.now() + 5000; remains() && Date.now() < end; ) await sleep(10);
  assert.ok(!remains(), 'what it started');
  assert.equal(bystander.exitCode, null);
  assert.deepEqual(endOrphans(home), []);
  bystander.kill();
});

test('a pending creation is dropped once the state has the resource; any other stays', () => {
  const operation = (type: string, urn: string) => ({ type, resource: { urn } });
  const [made, unknown, update] = [operation('creating', 'a'), operation('creating', 'b'), operation('updating', 'a')];
  const deployment = { resources: [{ urn: 'a' }], pending_operations: [made, unknown, update], other: 1 };
  assert.deepEqual(withoutMadeGood(deployment), {
    deployment: { ...deployment, pending_operations: [unknown, update] },
    madeGood: ['a'],
  });
  assert.equal(withoutMadeGood({ resources: [{ urn: 'a' }] }), undefined);
});
