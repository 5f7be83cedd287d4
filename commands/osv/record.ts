// One record of a database of known vulnerabilities in OSV's form (https://ossf.github.io/osv-schema/), as far as it is
// read, and whether a version is affected by it.
import { type Order, ordered } from './orders.ts';

export interface OsvRecord {
  id: string;
  aliases?: string[];
  /** The vulnerabilities that a distribution's record is about. */
  upstream?: string[];
  summary?: string;
  /** When it was last changed, as RFC 3339 writes times. */
  modified?: string;
  withdrawn?: string;
  severity?: Rating[];
  affected?: Affected[];
  database_specific?: { severity?: unknown };
}

export interface Rating {
  /** `CVSS_V2`, `CVSS_V3`, `CVSS_V4`: `score` is a vector; `Ubuntu`: it is a word. */
  type: string;
  score: string;
}

export interface Affected {
  package?: { ecosystem: string; name: string };
  severity?: Rating[];
  versions?: string[];
  ranges?: { type: string; events: Record<string, string>[] }[];
  ecosystem_specific?: { urgency?: unknown };
}

/** By either: databases list versions, and state ranges for those that came later. */
export function isAffected(affected: Affected, version: string, order: Order): boolean {
  const listed = (affected.versions ?? []).some(other => other === version || ordered(order, other, version) === 0);
  return listed || rangesOf(affected, order).some(events => inRange(events, version, order));
}

/** The first version after `version` that has the fix. */
export function firstFix(affected: Affected, version: string, order: Order): string | undefined {
  const fixes = rangesOf(affected, order).flatMap(events =>
    events.filter(([kind]) => kind === 'fixed').map(([, at]) => at),
  );
  return fixes.filter(at => (ordered(order, at, version) ?? -1) > 0).sort(order)[0];
}

type Event = [kind: string, version: string];

/**
 * The events of the ranges that are about versions, and not about commits. What is no version is left out: a package
 * is then known by the list of versions alone.
 */
function rangesOf({ ranges = [] }: Affected, order: Order): Event[][] {
  return ranges
    .filter(({ type }) => type === 'ECOSYSTEM' || type === 'SEMVER')
    .map(({ events }) => events.flatMap(Object.entries<string>).filter(([, at]) => isStart(at) || readable(order, at)));
}

function inRange(events: readonly Event[], version: string, order: Order): boolean {
  let inside = false;
  for (const [kind, at] of events.toSorted(([, a], [, b]) => (isStart(a) || isStart(b) ? starts(a, b) : order(a, b)))) {
    const after = isStart(at) ? 1 : order(version, at);
    if (kind === 'introduced' && after >= 0) inside = true;
    if ((kind === 'fixed' && after >= 0) || (kind === 'last_affected' && after > 0)) inside = false;
  }
  return inside;
}

/** OSV's word for the version before all others. */
const isStart = (version: string) => version === '0';

const starts = (a: string, b: string) => Number(isStart(b)) - Number(isStart(a));

const readable = (order: Order, version: string) => ordered(order, version, version) !== undefined;
