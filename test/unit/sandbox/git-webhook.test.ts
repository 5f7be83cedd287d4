import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliver, sign } from '../../../sandbox/git/webhook.ts';
import { startListener } from './git-fixture.ts';

test('the signature is the HMAC-SHA256 of the body in hexadecimal', () => {
  // RFC 4231, test case 2.
  const expected = 'sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  assert.equal(sign('Jefe', 'what do ya want for nothing?'), expected);
});

test('a listener that is just starting is asked again', async () => {
  let calls = 0;
  const listener = await startListener(() => (++calls < 3 ? 503 : 202));
  const outcome = await deliver(listener.url, 'push', {}, { secret: 's', delays: [1, 1, 1] });
  assert.match(outcome, /^status 202 after \d+ ms, attempt 3$/);
  const ids = new Set(listener.deliveries.map(({ headers }) => headers['x-github-delivery']));
  assert.equal(ids.size, 1, 'one delivery keeps its id');
  listener.stop();
});

test('a refusal is final: the same call would be refused again', async () => {
  const listener = await startListener(() => 403);
  assert.match(await deliver(listener.url, 'push', {}, { secret: 's', delays: [1] }), /^status 403/);
  assert.equal(listener.deliveries.length, 1);
  listener.stop();
});

test('a listener that is not there is given up after the last attempt, with the reason', async () => {
  const listener = await startListener();
  listener.stop();
  const outcome = await deliver(listener.url, 'push', {}, { secret: 's', delays: [1] });
  assert.match(outcome, /^given up after \d+ ms: .*ECONNREFUSED/);
});
