import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEndpoints } from '../../../images/endpoints.ts';
import { isLoopback, withLoopback } from '../../../images/loopback.ts';

test('this machine is known by its names, and by nothing that only looks like one', () => {
  for (const name of ['localhost:5000', 'localhost', '127.0.0.1:15000', '127.1.2.3', '[::1]:5000']) {
    assert.ok(isLoopback(name), name);
  }
  for (const name of ['localhost.example.com', '127.0.0.1.example.com', '10.127.0.0:1', 'registry:5000']) {
    assert.ok(!isLoopback(name), name);
  }
});

test('a registry on the loopback is reached by plain HTTP unless an endpoint names it (A2)', () => {
  const told = parseEndpoints('staging.example.com|localhost:5001=https://127.0.0.1:15000');
  const names = ['localhost:5000', 'localhost:5001', 'prod.example.com', 'localhost:5000'];
  assert.deepEqual(withLoopback(told, names), [
    ...told,
    { name: 'localhost:5000', aliases: [], url: 'http://localhost:5000' },
  ]);
});
