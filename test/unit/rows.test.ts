import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { printRows, rows, rowTests } from '../rows/rows.ts';

const tests = rowTests();

test('each row has a test that names it', () => {
  const held = new Set(tests.flatMap(each => each.rows));
  assert.deepEqual(
    Object.keys(rows).filter(row => !held.has(row)),
    [],
  );
});

test('no test names a row that there is not', () => {
  assert.deepEqual(
    tests.filter(each => each.rows.some(row => !(row in rows))),
    [],
  );
});

test('docs/rows.md lists them', () => {
  assert.equal(readFileSync('docs/rows.md', 'utf8'), printRows(tests), 'write it anew: npm run golden');
});
