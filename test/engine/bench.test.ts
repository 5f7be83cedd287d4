// That what needs no cluster can still be measured; how long it takes is nobody's concern here.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startup } from '../../bench/startup/startup.ts';

test('the start of the program is measured, beside the same program through ts-node', async () => {
  const { series } = await startup.measure({ runs: 1, say: () => {} });
  assert.ok(series.length > 0);
  for (const { what, values } of series) assert.ok(values.length === 1 && values[0]! > 0, what);
  assert.ok(startup.judge(series).length > 0);
});
