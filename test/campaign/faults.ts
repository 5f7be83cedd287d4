// Kills each part of the sandbox at each stage of the main job, and fills its disks; what is then there must be sound
// without anybody's repair. Ends with a table in docs/faults.md.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../../sandbox/checkout.ts';
import { loadConfig } from '../../sandbox/config.ts';
import { type Fixture, fixtureOf, makeFixture, removeFixture } from '../cluster/support/fixture.ts';
import { published } from '../cluster/support/published.ts';
import { assertRecovers } from '../cluster/support/recovered.ts';
import { diskCases } from './disks.ts';
import { killCases } from './kills.ts';

/** One way to do harm, and what must be there afterwards. */
export interface FaultCase {
  name: string;
  /** What is done, for the table. */
  what: string;
  /** Whether its moment can also be a random one: tries beyond the first take such. */
  random: boolean;
  /**
   * Does the harm and sees that all is sound again; throws where it is not. `random`: at a moment of chance instead of
   * the one that the case waits for. Gives what was seen, for the table.
   */
  run: (fixture: Fixture, before: ReadonlySet<string>, random: boolean) => Promise<string>;
}

export interface Seen {
  name: string;
  what: string;
  moment: string;
  seconds: number;
  outcome: string;
}

/** `here`: on the sandbox of $SLIPWAY_HOME instead of one of its own. Gives the exit status. */
export async function faults(names: string[], options: { tries: number; here: boolean }): Promise<number> {
  const all = [...killCases, ...diskCases];
  const unknown = names.filter(name => !all.some(one => one.name === name));
  if (unknown.length > 0) {
    console.error(`no case ${unknown.join(', ')}; there are ${all.map(one => one.name).join(', ')}`);
    return 2;
  }
  const chosen = names.length > 0 ? all.filter(one => names.includes(one.name)) : all;
  const fixture = options.here ? fixtureOf(loadConfig().home) : await makeFixture();
  const seen: Seen[] = [];
  let status = 0;
  try {
    const start = await fixture.npm(['start']);
    if (start.status !== 0) throw new Error(start.output);
    for (const one of chosen) {
      for (let attempt = 0; attempt < (one.random ? options.tries : 1); attempt++) {
        const [result, ok] = await attemptOf(fixture, one, attempt > 0);
        seen.push(result);
        console.log(row(result));
        if (ok) continue;
        status = 1;
        // What one case has left broken would be the next one's fault.
        await assertRecovers(fixture, new Set());
      }
    }
  } finally {
    if (!options.here) await removeFixture(fixture);
    await report(seen);
  }
  return status;
}

async function attemptOf(fixture: Fixture, one: FaultCase, random: boolean): Promise<[Seen, boolean]> {
  const began = Date.now();
  const about = { name: one.name, what: one.what, moment: random ? 'random' : 'observed' };
  const seconds = () => Math.round((Date.now() - began) / 1000);
  try {
    const outcome = await one.run(fixture, await published(fixture), random);
    return [{ ...about, seconds: seconds(), outcome }, true];
  } catch (error) {
    console.error(error);
    const text = error instanceof Error ? error.message : String(error);
    return [{ ...about, seconds: seconds(), outcome: `**not recovered**: ${text.split('\n')[0]}` }, false];
  }
}

const row = ({ name, what, moment, seconds, outcome }: Seen) =>
  `| ${name} | ${what} | ${moment} | ${outcome.replaceAll('|', '\\|')} | ${seconds} |`;

const page = join(checkout, 'docs', 'faults.md');
const marks = ['<!-- campaign: begin -->', '<!-- campaign: end -->'] as const;

/** The rows of this run take the place of those that the page has of the same cases. */
async function report(seen: Seen[]): Promise<void> {
  const text = await readFile(page, 'utf8');
  const [from, to] = [text.indexOf(marks[0]), text.indexOf(marks[1])];
  const names = new Set(seen.map(({ name }) => name));
  const kept = text
    .slice(from, to)
    .split('\n')
    .filter(line => line.startsWith('| ') && !line.startsWith('| case') && !names.has(line.split(' | ')[0]!.slice(2)));
  const order = [...killCases, ...diskCases].map(({ name }) => name);
  const rows = [...kept, ...seen.map(row)].sort(
    (a, b) => order.indexOf(a.split(' | ')[0]!.slice(2)) - order.indexOf(b.split(' | ')[0]!.slice(2)),
  );
  const head = ['| case | what is done | moment | what was seen | s |', '|---|---|---|---|---|'];
  await writeFile(page, `${text.slice(0, from)}${[marks[0], ...head, ...rows].join('\n')}\n${text.slice(to)}`);
}
