// That what needs no cluster can still be measured; how long it takes is nobody's concern here.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { startup } from '../../bench/startup/startup.ts';

test('the start of the program is measured, beside the same program through ts-node', async () => {
  const { series } = await startup.measure({ runs: 1, say: () => {} });
  assert.ok(series.length > 0);
  for (const { what, values } of series) assert.ok(values.length === 1 && values[0]! > 0, what);
  assert.ok(startup.judge(series).length > 0);
});

test('a preview of many services is measured, beside the bare program', () => {
  const output = execFileSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'bench/main.ts', 'scale', '--runs', '1', '--dry'],
    { encoding: 'utf8', env: { ...process.env, SLIPWAY_BENCH_SERVICES: '12,14' } },
  );
  for (const count of [12, 14]) {
    for (const what of ['preview', 'bare program: preview']) {
      assert.match(output, new RegExp(`^\\| ${count} services: ${what} \\| \\d`, 'm'));
      assert.match(output, new RegExp(`^\\| memory, ${count} services: ${what} \\| 0\\.\\d`, 'm'));
    }
  }
});
