// `slipway preview <stack>`: what an `up` would do, told by what matters: who rolls, what is rebuilt, what else.
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { findSystem, systemNames } from '../../systems/lookup.ts';
import { stackFile } from '../stack-file.ts';
import { withCommits } from './commits.ts';
import { type EngineRun, runPreview } from './engine.ts';
import { parseEvents } from './events.ts';
import { printMarkdown } from './markdown.ts';
import { differences, parsePlans, planOf } from './plan.ts';
import { changes, type Fault, type Report, reportOf } from './report.ts';
import { printText } from './text.ts';

export interface PreviewOptions {
  markdown?: boolean;
  /** File that gets the report as JSON. */
  json?: string;
  /** Engine events of a preview that has run already, in place of a run. */
  events?: string;
  /** Checkout of the services' repository. */
  sources?: string;
  /** File with the Markdown of reviewed previews. */
  expect?: string;
  expectNoChanges?: boolean;
  /** Folder of the stack files, in place of the checkout. */
  stacks?: string;
}

export interface Previewed {
  /** For stdout. */
  text: string;
  /** What makes the exit status 1; none where the preview worked and is as expected. */
  failures: string[];
}

export async function preview(stack: string, options: PreviewOptions): Promise<Previewed> {
  const reviewed = options.expect === undefined ? undefined : parsePlans(await readFile(options.expect, 'utf8'));
  const report = await readReport(stack, options);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
  const failures = report.faults.length > 0 ? [`the preview of ${stack} has faults, see above`] : [];
  if (options.expectNoChanges && changes(report))
    failures.push(`${stack} and its cluster differ, see above; expected no change`);
  if (reviewed) {
    const found = differences(reviewed, planOf(report));
    if (found.length > 0) failures.push(notReviewed(stack, found));
  }
  return { text: options.markdown ? printMarkdown(report) : printText(report), failures };
}

function notReviewed(stack: string, found: string[]): string {
  return `${stack} is not as reviewed; nothing was changed. Look at the preview above, then open a pull request of it or run the deploy by hand:\n${found.map(line => `  ${line}`).join('\n')}`;
}

async function readReport(stack: string, options: PreviewOptions): Promise<Report> {
  const run =
    options.events === undefined
      ? await runPreview(stack, options.stacks && stackFile(stack, resolve(options.stacks)))
      : { stdout: await readFile(options.events, 'utf8'), stderr: '' };
  const { events, strays } = parseEvents(run.stdout);
  const report = reportOf(stack, events);
  const ended = events.some(({ summaryEvent }) => summaryEvent);
  const faults = report.faults.length > 0 ? report.faults : endFaults(run, strays, ended);
  const rolls = systemNames.includes(report.system ?? '')
    ? await withCommits(report.rolls, findSystem(report.system!), options.sources)
    : report.rolls;
  return { ...report, rolls, faults };
}

/** What went wrong where the engine has named nothing: before it ran, or after it broke off. */
function endFaults(run: { status?: number } & Pick<EngineRun, 'stderr'>, strays: string[], ended: boolean): Fault[] {
  if (ended && (run.status ?? 0) === 0) return [];
  const said = [...run.stderr.split('\n'), ...strays].filter(line => line.trim() !== '');
  const errors = said.filter(line => line.startsWith('error:'));
  const message = (errors.length > 0 ? errors : said.slice(-10)).join('\n').replace(/^error: /gm, '');
  if (message !== '') return [{ message }];
  const how = run.status === undefined ? 'the events end' : `pulumi preview ended with status ${run.status}`;
  return [{ message: `${how} before the engine's summary; expected a whole preview, run it again` }];
}
