import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Final, until } from '../../../sandbox/until.ts';

test('it asks until there is an answer, and gives it', async () => {
  const answers = [undefined, 'not yet', { name: 'it' }];
  assert.deepEqual(await until('it', async () => answers.shift(), { limit: 1000, every: 1 }), { name: 'it' });
});

test('it ends with the last reason and where to look', async () => {
  const options = { limit: 10, every: 1, hint: 'see /the/log' };
  await assert.rejects(
    until('the builder', () => Promise.reject(new Error('no such socket')), options),
    { message: 'waited 0.01 s for the builder: no such socket; see /the/log' },
  );
  await assert.rejects(
    until('a run', async () => undefined, { limit: 1, every: 1 }),
    { message: 'waited 0.001 s for a run' },
  );
});

test('a final answer and an abort end it at once', async () => {
  const hopeless = () => Promise.reject(new Final('the sandbox has ended'));
  await assert.rejects(until('it', hopeless, { limit: 60_000 }), { message: 'the sandbox has ended' });
  const abort = new AbortController();
  const never = until('it', async () => undefined, { limit: 60_000, every: 60_000, signal: abort.signal });
  abort.abort(new Error('SIGINT'));
  await assert.rejects(never, { message: 'SIGINT' });
});
