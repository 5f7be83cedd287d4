import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { openDoor } from '../../../bench/digests/delay.ts';

test('an answer comes through the door whole and in order, however many pieces it is sent in', async t => {
  const pieces = Array.from({ length: 50 }, (_, i) => `${i} ${'x'.repeat(5000)}\n`);
  const server = http.createServer((_, response) => {
    for (const piece of pieces) response.write(piece);
    response.end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const door = await openDoor((server.address() as AddressInfo).port, 5);
  t.after(() => {
    door.stop();
    server.closeAllConnections();
    server.close();
  });
  for (let i = 0; i < 2; i++) {
    const answer = await fetch(`http://127.0.0.1:${door.port}/`);
    assert.equal(await answer.text(), pieces.join(''));
  }
});

test('a server that is gone closes the door to its clients', async t => {
  const server = http.createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const door = await openDoor((server.address() as AddressInfo).port, 0);
  t.after(() => door.stop());
  await new Promise(resolve => server.close(resolve));
  await assert.rejects(fetch(`http://127.0.0.1:${door.port}/`));
});
