import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { withLock } from '../../../sandbox/tools/lock.ts';
import { folderFor } from './tools-fixture.ts';

test('work under one lock never overlaps, and those who wait are told who has it', async t => {
  const file = join(await folderFor(t), 'locks', 'a.lock');
  let inside = 0;
  const holders: (number | undefined)[] = [];
  const work = async () => {
    inside += 1;
    assert.equal(inside, 1);
    await delay(450);
    inside -= 1;
  };
  const ask = () => withLock(file, work, { onWait: holder => holders.push(holder) });
  await Promise.all([ask(), ask(), ask()]);
  assert.deepEqual(new Set(holders), new Set([process.pid]));
});

test('a holder that was killed leaves the lock to the next one', async t => {
  const file = join(await folderFor(t), 'a.lock');
  const module = join(import.meta.dirname, '../../../sandbox/tools/lock.ts');
  const script = `const { withLock } = await import(${JSON.stringify(module)});
    await withLock(${JSON.stringify(file)}, () => new Promise(() => { console.log('held'); setInterval(() => {}, 1e6); }));`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const waited: (number | undefined)[] = [];
  const next = withLock(file, async () => 'mine', { onWait: pid => waited.push(pid) });
  await delay(500);
  assert.deepEqual(waited, [holder.pid]);
  holder.kill('SIGKILL');
  assert.equal(await next, 'mine');
});

test('a wait ends when it is aborted, and the lock stays with its holder', async t => {
  const file = join(await folderFor(t), 'a.lock');
  const abort = new AbortController();
  await withLock(file, async () => {
    const waiting = withLock(file, async () => 'never', { signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 50);
    await assert.rejects(waiting, /enough/);
  });
  assert.equal(await withLock(file, async () => 'free again'), 'free again');
});
