import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atMost, type Benchmark } from '../../../bench/benchmark.ts';
import { benchmarks } from '../../../bench/benchmarks.ts';
import { added, printPage, type Result, readResults } from '../../../bench/results.ts';
import { median, spread } from '../../../bench/statistics.ts';

const machine = { cores: 2, cpu: 'any', memory: 8, kernel: '6.12.1', node: 'v22.0.0' };
const result = (values: number[]): Result => ({
  date: '2026-01-02',
  machine,
  series: [{ what: 'a start', unit: 's', values }],
});
const benchmark: Benchmark = {
  title: 'a title',
  about: 'What is measured.',
  needs: 'a cluster',
  runs: 3,
  measure: async () => result([1]),
  judge: ([series]) => [atMost('a start', median(series!.values), 2, 's')],
};

test('the median is the middle value, or the mean of the two in the middle', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.deepEqual(spread([3, 1, 2]), [1, 3]);
  assert.throws(() => median([]), /at least one/);
});

test('the page says what was promised, what was found, on which machine, and how to repeat it', () => {
  const page = printPage({ small: benchmark }, new Map([['small', result([1, 3, 2.5])]]));
  assert.match(page, /\| a start \| at most 2\.00 s \| 2\.50 s \| no \| \[small\]/);
  assert.match(page, /\| a start \| 2\.50 s \| 1\.00 s \| 3\.00 s \| 3 \|/);
  assert.match(page, /Repeat: `npm run bench -- small`; it needs a cluster\./);
  assert.match(page, /2 cores \(any\), 8 GiB, Linux 6\.12\.1, Node v22\.0\.0/);
});

test('runs are added to those of the same things on the same machine alone', () => {
  assert.deepEqual(added(result([1]), result([2, 3])).series[0]!.values, [1, 2, 3]);
  const other = { ...result([1]), machine: { ...machine, cores: 64 } };
  assert.throws(() => added(other, result([2])), /without --add/);
});

test('each benchmark can judge the results that are kept of it', () => {
  for (const [name, { series }] of readResults(Object.keys(benchmarks))) {
    const figures = benchmarks[name]!.judge(series);
    assert.ok(
      figures.every(({ found }) => !found.includes('NaN')),
      `${name}: ${JSON.stringify(figures)}`,
    );
  }
});
