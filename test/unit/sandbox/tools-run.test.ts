import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunError, run } from '../../../sandbox/tools/run.ts';

test('a program gets its input and gives what it wrote', async () => {
  assert.deepEqual(await run('cat', [], { input: 'text\n' }), { stdout: 'text\n', stderr: '' });
  assert.deepEqual(await run('cat', []), { stdout: '', stderr: '' });
});

test('input that is not read is no fault', async () => {
  assert.equal((await run('true', [], { input: 'x'.repeat(1_000_000) })).stdout, '');
});

test('a program that fails tells its status and its last lines', async () => {
  const failing = run('sh', ['-c', 'echo no such object >&2; exit 3']);
  await assert.rejects(failing, (error: RunError) => {
    assert.equal(error.status, 3);
    assert.equal(error.message, 'sh -c: exit status 3\n  no such object');
    return error instanceof RunError;
  });
});
