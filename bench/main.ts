// npm run bench -- <name> [--runs N] [--add] [--dry]: measures, keeps the numbers, writes docs/performance.md anew.
import { writeFileSync } from 'node:fs';
import { argv, exit } from 'node:process';
import { parseArgs } from 'node:util';
import { benchmarks } from './benchmarks.ts';
import { thisMachine } from './machine.ts';
import { added, keep, page, printPage, type Result, readResults } from './results.ts';

const { values, positionals } = parseArgs({
  args: argv.slice(2),
  allowPositionals: true,
  options: { runs: { type: 'string' }, add: { type: 'boolean' }, dry: { type: 'boolean' } },
});
const [name = ''] = positionals;
const names = Object.keys(benchmarks);

function usage(): string {
  const width = Math.max(...names.map(each => each.length));
  const lines = names.map(each => `  ${each.padEnd(width)}  ${benchmarks[each]!.about}`);
  return [
    'npm run bench -- <name> [--runs N] [--add] [--dry]      --add: to the runs that are kept; --dry: keep nothing',
    ...lines,
    `${'  page'.padEnd(width + 4)}write docs/performance.md from bench/results/ and measure nothing`,
  ].join('\n');
}

function writePage(): void {
  writeFileSync(page, printPage(benchmarks, readResults(names)));
}

const benchmark = benchmarks[name];
if (name === '') {
  console.log(usage());
} else if (name === 'page') {
  writePage();
} else if (!benchmark) {
  console.error(`there is no benchmark "${name}"\n${usage()}`);
  exit(2);
} else {
  const runs = values.runs === undefined ? benchmark.runs : Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) {
    console.error(`--runs: found "${values.runs}"; a whole number from 1 up is needed`);
    exit(2);
  }
  const findings = await benchmark.measure({ runs, say: line => console.error(`${name}: ${line}`) });
  const measured: Result = { date: new Date().toISOString().slice(0, 10), machine: thisMachine(), ...findings };
  const kept = values.add ? readResults([name]).get(name) : undefined;
  const result = kept ? added(kept, measured) : measured;
  if (!values.dry) {
    keep(name, result);
    writePage();
  }
  console.log(printPage({ [name]: benchmark }, new Map([[name, result]])));
}
// Clients that keep connections open would hold the process.
exit(0);
