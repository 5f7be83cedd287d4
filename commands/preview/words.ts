// What both printers say in the same words, and what no text of others may do to either.
import type { Other, Report } from './report.ts';
import { briefly, type Roll } from './rolls.ts';

/** Texts of others are cut to this many characters. */
const LONGEST = 300;

/**
 * A text of others on one line: without control characters, which move a terminal's cursor, and without the marks that
 * turn the direction of a line or can't be seen.
 */
export function oneLine(text: string, longest = LONGEST): string {
  const flat = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return shortened(flat, longest);
}

/** The same for a message of several lines. */
export function lines(text: string, longest = 2000): string[] {
  return shortened(text, longest)
    .split(/\r?\n/)
    .map(line => line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trimEnd());
}

// Half a character of two units would be no text any more.
function shortened(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
}

/** `2 services roll, 1 image is rebuilt, 3 other changes`. */
export function headline({ rolls, rebuilds, others, faults }: Report): string {
  const parts = [
    counted(rolls.length, 'service rolls', 'services roll'),
    counted(rebuilds.length, 'image is rebuilt', 'images are rebuilt'),
    counted(others.length, 'other change', 'other changes'),
  ];
  const said = parts.filter(part => part !== undefined).join(', ') || 'nothing changes';
  const fault = counted(faults.length, 'fault', 'faults');
  if (fault === undefined) return said;
  return said === 'nothing changes' ? `the preview has ${fault}` : `${fault}; as far as it got: ${said}`;
}

function counted(count: number, one: string, many: string): string | undefined {
  return count === 0 ? undefined : `${count} ${count === 1 ? one : many}`;
}

/** What lies between two commits: `65ff78d66d07..674fe04fdf5b`, and how many commits where that is known. */
export function sourceOf({ from, to, commits, back }: Roll): string {
  if (!to) return '';
  if (!from || from.commit === to.commit) return to.commit;
  const range = `${from.commit}..${to.commit}`;
  if (!commits) return range;
  if (commits.length === 0) return `${range}, no commit of its own`;
  return `${range}, ${back ? 'back over ' : ''}${counted(commits.length, 'commit', 'commits')}`;
}

/** The image before and the image after, in short. */
export function endsOf({ from, to, gone }: Roll): [string, string] {
  const nothing = gone ? 'deleted by somebody else' : 'no workload';
  return [from ? briefly(from) : nothing, to ? briefly(to) : 'no workload'];
}

/** `update ConfigMap ai-services-config: data.LOG_LEVEL`. */
export function otherLine({ operation, kind, name, paths, gone, unhealthy }: Other): string {
  const about = [
    ...(gone ? ['somebody else deleted it'] : []),
    ...(unhealthy ? [`it is not in order: ${unhealthy}`] : []),
    ...(paths.length > 0 ? [paths.join(', ')] : []),
  ];
  return `${operation} ${kind} ${name}${about.length > 0 ? `: ${about.join('; ')}` : ''}`;
}

/** The first `most` of `items`, and a last one that counts the rest. */
export function first(items: readonly string[], most: number): string[] {
  return items.length > most ? [...items.slice(0, most), `… and ${items.length - most} more`] : [...items];
}
