// What the doctor says: to a person, and to a script.
import { type Examined, worst } from './examine.ts';
import { groups, type Verdict } from './finding.ts';

const order: Verdict[] = ['fault', 'warning', 'not asked', 'ok'];
const width = Math.max(...order.map(verdict => verdict.length));

/** A line for each check under its group, the worst first; checks of one name that are ok share a line. */
export function printed(stack: string, examined: readonly Examined[]): string {
  const sections = groups.flatMap(group => {
    const own = examined.filter(one => one.group === group);
    return own.length > 0 ? [`${group}\n${order.flatMap(verdict => linesOf(verdict, own)).join('\n')}\n`] : [];
  });
  return `${sections.join('\n')}\n${stack}: ${summary(examined)}\n`;
}

function linesOf(verdict: Verdict, examined: readonly Examined[]): string[] {
  const found = examined.filter(one => one.verdict === verdict);
  if (verdict !== 'ok') return found.flatMap(lineOf);
  const names = [...new Set(found.map(({ name }) => name))];
  return names.flatMap(name => {
    const same = found.filter(one => one.name === name);
    if (same.length === 1) return lineOf(same[0]!);
    return [start('ok', `${name}: ${same.length} (${same.map(({ subject }) => subject).join(', ')})`)];
  });
}

function lineOf({ verdict, name, subject, seen, remedy }: Examined): string[] {
  const line = start(verdict, `${name}${subject === undefined ? '' : ` ${subject}`}: ${seen}`);
  return remedy === undefined ? [line] : [line, start('', `→ ${remedy}`)];
}

function start(verdict: string, text: string): string {
  return `  ${verdict.padEnd(width)}  ${text}`;
}

/** `2 faults, 1 warning, 3 not asked, 35 ok`. */
export function summary(examined: readonly Examined[]): string {
  const count = (verdict: Verdict) => examined.filter(one => one.verdict === verdict).length;
  const several = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  return [
    several(count('fault'), 'fault'),
    several(count('warning'), 'warning'),
    `${count('not asked')} not asked`,
    `${count('ok')} ok`,
  ].join(', ');
}

/** The same as data; `verdict` is the worst of all. */
export function asJson(stack: string, asked: Date, examined: readonly Examined[]): string {
  const body = { stack, asked: asked.toISOString(), verdict: worst(examined), checks: examined };
  return `${JSON.stringify(body, null, 2)}\n`;
}
