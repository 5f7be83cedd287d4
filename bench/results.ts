// The results of the last runs, one JSON file a benchmark, and the page that is made of them.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Benchmark, type Findings, number, type Series } from './benchmark.ts';
import type { Machine } from './machine.ts';
import { median, spread } from './statistics.ts';

export interface Result extends Findings {
  /** YYYY-MM-DD. */
  date: string;
  machine: Machine;
}

const folder = join(import.meta.dirname, 'results');
export const page = join(import.meta.dirname, '../docs/performance.md');
const fileOf = (name: string) => join(folder, `${name}.json`);

export function keep(name: string, result: Result): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(name), `${JSON.stringify(result, null, 2)}\n`);
}

export function readResults(names: readonly string[]): Map<string, Result> {
  const found = names.filter(name => existsSync(fileOf(name)));
  return new Map(found.map(name => [name, JSON.parse(readFileSync(fileOf(name), 'utf8')) as Result]));
}

/** `more`, with the runs of `kept` before its own. Throws where they are of different things or machines. */
export function added(kept: Result, more: Result): Result {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const names = (result: Result) => result.series.map(({ what }) => what);
  if (!same(names(kept), names(more)) || !same(kept.machine, more.machine)) {
    throw new Error('the results that are kept are of another machine or of other things; measure without --add');
  }
  const series = more.series.map((each, at) => ({ ...each, values: [...kept.series[at]!.values, ...each.values] }));
  return { ...more, series };
}

/** docs/performance.md: what was promised and what was found, then each benchmark with how to repeat it. */
export function printPage(benchmarks: Record<string, Benchmark>, results: ReadonlyMap<string, Result>): string {
  const figures = [...results].flatMap(([name, { series }]) =>
    benchmarks[name]!.judge(series).map(({ what, target, found, held }) => [
      what,
      target,
      found,
      held ? 'yes' : 'no',
      link(name),
    ]),
  );
  const sections = Object.entries(benchmarks).map(([name, benchmark]) => section(name, benchmark, results.get(name)));
  return [
    '# Performance',
    'Written by `npm run bench -- <name>`, which measures one thing beside its alternative in the same run, keeps the\nnumbers in `bench/results/` and makes this page of them. No test judges a time.',
    '## What was promised, and what was found',
    table([['figure', 'promised', 'found', 'held', 'benchmark'], ...figures]),
    ...sections,
  ]
    .join('\n\n')
    .concat('\n');
}

function section(name: string, { title, about, needs }: Benchmark, result: Result | undefined): string {
  const repeat = `Repeat: \`npm run bench -- ${name}\`${needs ? `; it needs ${needs}` : ''}.`;
  if (!result) return [`## ${name}: ${title}`, about, repeat, 'Not measured yet.'].join('\n\n');
  const { date, machine, series, tables = [], notes = [] } = result;
  const on = `Measured on ${date}: ${machine.cores} cores (${machine.cpu}), ${machine.memory} GiB, Linux ${machine.kernel}, Node ${machine.node}.`;
  return [
    `## ${name}: ${title}`,
    about,
    `${repeat}\n${on}`,
    ...(series.length > 0 ? [table([['what', 'median', 'least', 'most', 'runs'], ...series.map(seriesRow)])] : []),
    ...tables.map(({ title, rows }) => `${title}\n\n${table(rows)}`),
    ...(notes.length > 0 ? [notes.map(note => `- ${note}`).join('\n')] : []),
  ].join('\n\n');
}

function seriesRow({ what, unit, values }: Series): string[] {
  const [least, most] = spread(values);
  return [what, ...[median(values), least, most].map(value => `${number(value)} ${unit}`), String(values.length)];
}

const link = (name: string) => `[${name}](#${name.replaceAll(' ', '-')})`;

export function table([head = [], ...rows]: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
