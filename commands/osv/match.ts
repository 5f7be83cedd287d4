// Which vulnerabilities of a database some packages have.

import { normaliseName } from '../../images/requirements.ts';
import type { Severity } from '../../settings/scan.ts';
import { type Order, ordered, orderOf } from './orders.ts';
import type { Package } from './packages.ts';
import { type Affected, firstFix, isAffected, type OsvRecord } from './record.ts';
import { severityOf, worst } from './severity.ts';

export interface Vulnerability {
  /** All names of it, the CVE first where there is one. */
  ids: string[];
  summary: string;
  /** Undefined where nothing rates it. */
  severity: Severity | undefined;
  /** The first version after the installed one that has the fix, where one is known. */
  fixed: string | undefined;
}

/** The key that a record's package and an installed one share. */
export function keyOf({ ecosystem, name }: { ecosystem: string; name: string }): string {
  return `${released(ecosystem)} ${ecosystem === 'PyPI' ? normaliseName(name) : name}`;
}

/**
 * An ecosystem's name in one spelling: Ubuntu's releases with long support are `Ubuntu:22.04:LTS` in OSV. What is only for
 * subscribers (`Ubuntu:Pro:…`) stays a thing of its own.
 */
export function released(ecosystem: string): string {
  return ecosystem.replace(/^(Ubuntu:[\d.]+):LTS$/, '$1');
}

/**
 * What is known of each package, in the order of `packages`; each vulnerability once, under whatever names it is in the
 * database. A version that cannot be read counts as affected by all that is known of the package's ranges.
 */
export function vulnerabilities(records: readonly OsvRecord[], packages: readonly Package[]): Vulnerability[][] {
  const about = byPackage(records);
  return packages.map(installed => {
    const order = orderOf(installed.ecosystem);
    if (!order) return [];
    const [ecosystem = ''] = installed.ecosystem.split(':');
    const known = [installed.ecosystem, ...(ecosystem === installed.ecosystem ? [] : [ecosystem])].flatMap(
      name => about.get(keyOf({ ...installed, ecosystem: name })) ?? [],
    );
    const hits = known.filter(({ affected }) => concerns(affected, installed.version, order));
    return merged(
      withoutNotices(hits).map(({ record, affected }) => vulnerabilityOf(record, affected, installed.version, order)),
    );
  });
}

/** A record and the part of it that is about one package. */
interface Hit {
  record: OsvRecord;
  affected: Affected;
}

function byPackage(records: readonly OsvRecord[]): Map<string, Hit[]> {
  const about = new Map<string, Hit[]>();
  for (const record of records) {
    if (record.withdrawn !== undefined) continue;
    for (const affected of record.affected ?? []) {
      if (!affected.package) continue;
      const key = keyOf(affected.package);
      about.set(key, [...(about.get(key) ?? []), { record, affected }]);
    }
  }
  return about;
}

/** A distribution's notice on several vulnerabilities tells nothing new where each of them is found by itself. */
function withoutNotices(hits: readonly Hit[]): Hit[] {
  const isNotice = ({ record }: Hit) => (record.upstream ?? []).length > 1;
  const known = new Set(hits.filter(hit => !isNotice(hit)).flatMap(({ record }) => namesOf(record)));
  return hits.filter(hit => !isNotice(hit) || !hit.record.upstream!.every(id => known.has(id)));
}

/** Debian and Ubuntu name the CVE that a record of theirs is about as its only upstream. */
function namesOf({ id, aliases = [], upstream = [] }: OsvRecord): string[] {
  return [id, ...aliases, ...(upstream.length === 1 ? upstream : [])];
}

function concerns(affected: Affected, version: string, order: Order): boolean {
  if (ordered(order, version, version) !== undefined) return isAffected(affected, version, order);
  return (affected.ranges ?? []).length > 0 || (affected.versions ?? []).includes(version);
}

function vulnerabilityOf(record: OsvRecord, affected: Affected, version: string, order: Order): Vulnerability {
  return {
    ids: sorted(namesOf(record)),
    summary: record.summary ?? '',
    severity: severityOf(record, affected),
    fixed: firstFix(affected, version, order),
  };
}

/** One of those that share a name: databases have the same vulnerability each under an id of its own. */
function merged(all: readonly Vulnerability[]): Vulnerability[] {
  const found: Vulnerability[] = [];
  for (const one of all) {
    const same = found.find(other => other.ids.some(id => one.ids.includes(id)));
    if (!same) found.push(one);
    else
      Object.assign(same, {
        ids: sorted([...same.ids, ...one.ids]),
        summary: same.summary || one.summary,
        severity: worst([same.severity, one.severity]),
        fixed: same.fixed ?? one.fixed,
      });
  }
  return found;
}

const sorted = (ids: readonly string[]) =>
  [...new Set(ids)].sort((a, b) => Number(b.startsWith('CVE-')) - Number(a.startsWith('CVE-')) || (a < b ? -1 : 1));
