import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { repeat } from '../../../steps/repeat.ts';
import { recordedLog } from './support/folder.ts';

test('it is done again after its time, at once when asked, and not after its end', async () => {
  let times = 0;
  const count = async () => {
    times += 1;
  };
  const { log } = recordedLog();
  const slow = repeat('x', count, 60_000, log);
  await sleep(20);
  assert.equal(times, 1);
  slow.now();
  await sleep(20);
  assert.equal(times, 2);
  await slow.stop();
  slow.now();
  await sleep(20);
  assert.equal(times, 2);

  const quick = repeat('x', count, 5, log);
  await sleep(100);
  await quick.stop();
  assert.ok(times > 5, `${times}`);
});

test('asked while it is being done, it is done once more', async () => {
  let times = 0;
  const { log } = recordedLog();
  const action = async () => {
    times += 1;
    await sleep(30);
  };
  const repeated = repeat('x', action, 60_000, log);
  await sleep(10);
  repeated.now();
  repeated.now();
  await sleep(100);
  await repeated.stop();
  assert.equal(times, 2);
});

test('a failure is logged once, until it is another or is over', async () => {
  const failures = ['away', 'away', 'denied', undefined, 'denied'];
  let at = 0;
  const { log, lines } = recordedLog();
  const action = async () => {
    const failure = failures[Math.min(at++, failures.length - 1)];
    if (failure) throw new Error(failure);
  };
  const repeated = repeat("it can't be done", action, 2, log);
  while (at < 8) await sleep(2);
  await repeated.stop();
  assert.deepEqual(lines, ["it can't be done: away", "it can't be done: denied", "it can't be done: denied"]);
});
