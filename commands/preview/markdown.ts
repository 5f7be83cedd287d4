// A report as Markdown for a pull request's comment. Whatever others have written (names, commits, messages) stands in
// code spans and code blocks, where nothing of it is a link, a mention or markup.
import { planOf, printPlan } from './plan.ts';
import type { Report } from './report.ts';
import type { Roll } from './rolls.ts';
import { endsOf, first, headline, lines, oneLine, otherLine, sourceOf } from './words.ts';

/** What GitHub takes as the body of a comment, in characters. */
export const LONGEST_COMMENT = 65_536;
/** The first line of the comment that is edited at each preview. */
export const COMMENT_MARK = '<!-- slipway preview -->';

export interface MarkdownOptions {
  /** Characters at most. */
  limit?: number;
  /** The commit that was previewed. */
  head?: string;
}

interface Section {
  before: string;
  /** Whole by themselves: any of them may be left out. */
  items: string[];
  after: string;
  /** Who comes first is cut last. */
  priority: number;
}

/** The report of one stack: its two lists, other changes folded, faults. */
export function printMarkdown(report: Report, { limit = LONGEST_COMMENT, head }: MarkdownOptions = {}): string {
  const { stack, rolls, rebuilds, others, notes, faults } = report;
  const sections: Section[] = [
    list('**Rolls**', rolls.map(rollItem), 1),
    list('**Rebuilds**', rebuilds.map(rebuildItem), 2),
    folded(
      `${others.length} other change${others.length === 1 ? '' : 's'}`,
      others.map(other => item(otherLine(other))),
      4,
    ),
    list(
      '**Notes**',
      notes.map(note => item(note, 1000)),
      3,
    ),
    list('**Faults**', faults.map(faultItem), 0),
  ];
  const top = `${code(stack)}: ${headline(report)}.\n`;
  const plan = `${printPlan(planOf(report, head))}\n`;
  // Half a plan would let a deploy take for reviewed what nobody saw.
  const tail = plan.length < limit / 2 ? plan : `${TOO_LARGE}\n`;
  return `${top}${fitted(sections, limit - top.length - tail.length - 1, stack)}\n${tail}`;
}

const TOO_LARGE = '_The plan is too large for this comment: a deploy finds no review of it._';

/** The one comment of a pull request: every stack that it touches. `absent`: stacks whose preview gave no report. */
export function printComment(reports: readonly Report[], absent: readonly string[], head: string): string {
  const missing = absent.map(stack => `${code(stack)}: no preview; its job ended without a report.\n`);
  let body = `${COMMENT_MARK}\n${missing.join('\n')}`;
  if (reports.length + absent.length === 0) return `${body}This change touches no stack.\n`;
  for (const [i, report] of reports.entries()) {
    const share = Math.floor((LONGEST_COMMENT - body.length) / (reports.length - i));
    body += `${body.endsWith('-->\n') && i === 0 ? '' : '\n'}${printMarkdown(report, { limit: share - 1, head })}`;
  }
  return body;
}

function rollItem(roll: Roll): string {
  const [from, to] = endsOf(roll).map((end, i) => ((i === 0 ? roll.from : roll.to) ? code(end) : end));
  const source = sourceOf(roll);
  const told = source === '' ? '' : `, source ${roll.compare ? `[${code(source)}](${roll.compare})` : code(source)}`;
  const commits = first(roll.commits ?? [], 20).map(commit => `  - ${code(oneLine(commit))}\n`);
  return `- ${code(roll.service)} ${from} → ${to}${told}\n${commits.join('')}`;
}

function rebuildItem({ image, reasons, dependents }: Report['rebuilds'][number]): string {
  const why = first(reasons, 50).map(reason => `  - ${code(oneLine(reason))}\n`);
  const then = dependents.length > 0 ? `  - then built on it: ${first(dependents, 200).map(code).join(', ')}\n` : '';
  return `- ${code(image)}\n${why.join('')}${then}`;
}

function faultItem({ message, resource }: Report['faults'][number]): string {
  const text = lines(message).join('\n');
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${resource ? `${code(resource)}\n\n` : ''}${fence}text\n${text}\n${fence}\n\n`;
}

const item = (text: string, longest?: number) => `- ${code(oneLine(text, longest))}\n`;

const list = (title: string, items: string[], priority: number): Section => ({
  before: `\n${title}\n\n`,
  items,
  after: '',
  priority,
});

const folded = (summary: string, items: string[], priority: number): Section => ({
  before: `\n<details><summary>${summary}</summary>\n\n`,
  items,
  after: '\n</details>\n',
  priority,
});

/** As many items of each section as fit into `room` characters, with a line for those that do not. */
function fitted(sections: readonly Section[], room: number, stack: string): string {
  const cut = (left: number) => `- … ${left} more: ${code(`slipway preview ${stack}`)} shows them\n`;
  const shown = sections.filter(({ items }) => items.length > 0);
  const kept = new Map<Section, number>();
  // The frame of every section, and a line for what it lacks, are never cut.
  let left = room;
  for (const { before, after, items } of shown) left -= before.length + after.length + cut(items.length).length;
  for (const section of shown.toSorted((a, b) => a.priority - b.priority)) {
    let count = 0;
    for (const { length } of section.items) {
      if (length > left) break;
      left -= length;
      count++;
    }
    kept.set(section, count);
  }
  return shown
    .map(section => {
      const { before, items, after } = section;
      const count = kept.get(section)!;
      const rest = items.length - count;
      return `${before}${items.slice(0, count).join('')}${rest > 0 ? cut(rest) : ''}${after}`;
    })
    .join('');
}

/** A code span of any text: its fence is longer than every run of backticks within. */
export function code(text: string): string {
  const flat = oneLine(text, 1000);
  const fence = '`'.repeat(longestRun(flat) + 1);
  const space = flat.startsWith('`') || flat.endsWith('`') ? ' ' : '';
  return flat === '' ? '' : `${fence}${space}${flat}${space}${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
