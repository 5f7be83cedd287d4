// Known vulnerabilities of Python packages, from a database in OSV's form (https://ossf.github.io/osv-schema/).
import { readFile } from 'node:fs/promises';
import { normaliseName, type Pin } from '../../images/requirements.ts';
import { compareVersions } from './python-version.ts';
import { readZip } from './zip.ts';

/** One entry of the database, as far as it is read. */
export interface Advisory {
  id: string;
  aliases?: string[];
  summary?: string;
  withdrawn?: string;
  affected?: {
    package?: { ecosystem: string; name: string };
    versions?: string[];
    ranges?: { type: string; events: Record<string, string>[] }[];
  }[];
}

export interface Vulnerability {
  /** All names of it, the CVE first where there is one. */
  ids: string[];
  summary: string;
  /** The first version after the pinned one that has the fix, where one is known. */
  fixed: string | undefined;
}

/** The advisories in a zip archive, a JSON file each. Throws one line that names the file. */
export async function readAdvisories(file: string): Promise<Advisory[]> {
  try {
    const found: Advisory[] = [];
    for (const { name, content } of readZip(await readFile(file))) {
      if (name.endsWith('.json')) found.push(JSON.parse(content.toString('utf8')) as Advisory);
    }
    if (found.length === 0) throw new Error('it has no .json file');
    return found;
  } catch (error) {
    throw new Error(
      `${file}: ${(error as Error).message}; expected a zip archive of OSV, for example its PyPI/all.zip`,
    );
  }
}

/** What is known of the packages, by name; each vulnerability once, under whatever names it is in the database. */
export function vulnerabilities(advisories: readonly Advisory[], pins: readonly Pin[]): Map<string, Vulnerability[]> {
  const wanted = new Map(pins.map(pin => [pin.name, pin]));
  const found = new Map<string, Vulnerability[]>();
  for (const advisory of advisories) {
    if (advisory.withdrawn !== undefined) continue;
    for (const affected of advisory.affected ?? []) {
      if (affected.package?.ecosystem !== 'PyPI') continue;
      const pin = wanted.get(normaliseName(affected.package.name));
      if (!pin || !isAffected(affected, pin.version)) continue;
      const ids = [advisory.id, ...(advisory.aliases ?? [])];
      const known = found.get(pin.name) ?? [];
      const same = known.find(other => other.ids.some(id => ids.includes(id)));
      const fixed = firstFix(affected, pin.version);
      if (same) {
        same.ids = sorted([...same.ids, ...ids]);
        same.summary ||= advisory.summary ?? '';
        same.fixed ??= fixed;
      } else known.push({ ids: sorted(ids), summary: advisory.summary ?? '', fixed });
      found.set(pin.name, known);
    }
  }
  return found;
}

type Affected = NonNullable<Advisory['affected']>[number];

// By either: databases list versions, and state ranges for those that came later.
function isAffected(affected: Affected, version: string): boolean {
  const listed = (affected.versions ?? []).some(other => same(other, version));
  return listed || rangesOf(affected).some(events => inRange(events, version));
}

/** The events of the ranges that are about versions, and not about commits. */
function rangesOf({ ranges = [] }: Affected): [kind: string, version: string][][] {
  return ranges.filter(({ type }) => type === 'ECOSYSTEM').map(({ events }) => events.flatMap(Object.entries<string>));
}

function inRange(events: [string, string][], version: string): boolean {
  let inside = false;
  for (const [kind, at] of events.toSorted(([, a], [, b]) => compare(a, b))) {
    const order = compare(version, at);
    if (kind === 'introduced' && (at === '0' || order >= 0)) inside = true;
    if ((kind === 'fixed' && order >= 0) || (kind === 'last_affected' && order > 0)) inside = false;
  }
  return inside;
}

function firstFix(affected: Affected, version: string): string | undefined {
  const fixes = rangesOf(affected).flatMap(events => events.filter(([kind]) => kind === 'fixed').map(([, at]) => at));
  return fixes.filter(at => compare(at, version) > 0).sort(compare)[0];
}

// A database has versions that are none; the package is then known by its list alone.
function compare(a: string, b: string): number {
  try {
    return compareVersions(a, b);
  } catch {
    return Number.NaN;
  }
}

const same = (a: string, b: string) => a === b || compare(a, b) === 0;

const sorted = (ids: readonly string[]) =>
  [...new Set(ids)].sort((a, b) => Number(b.startsWith('CVE-')) - Number(a.startsWith('CVE-')) || (a < b ? -1 : 1));
