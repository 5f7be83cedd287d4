// What a database knows of the packages of an image, all platforms taken together.

import type { Platform } from '../../images/platform.ts';
import type { Severity } from '../../settings/scan.ts';
import { keyOf, released, type Vulnerability, vulnerabilities } from '../osv/match.ts';
import { orderOf } from '../osv/orders.ts';
import { type Package, packageOf, releaseOf } from '../osv/packages.ts';
import type { OsvRecord } from '../osv/record.ts';
import type { Component } from './sbom.ts';

/** A vulnerability of a package in one version. */
export interface Finding {
  /** All names of it, the CVE first where there is one. */
  ids: string[];
  severity: Severity | 'unknown';
  ecosystem: string;
  /** As the database lists it: of Debian's packages the source. */
  package: string;
  /** The names that the image has it under, where they are others. */
  installedAs: string[];
  installed: string;
  /** The first version with the fix, where one is known. */
  fixed: string | undefined;
  summary: string;
  platforms: Platform[];
}

/** One platform's packages. */
export interface Inventory {
  packages: Package[];
  /** How many components are in no ecosystem of OSV, by the type of their purl. */
  outside: Record<string, number>;
  /** The distribution's ecosystem, where the image has no list of that distribution's packages to look up. */
  unlisted?: string;
}

/** What a bill of materials says is installed; components that are no package (files, the system) are left out. */
export function inventoryOf(components: readonly Component[]): Inventory {
  const packages: Package[] = [];
  const outside: Record<string, number> = {};
  const system = components.find(({ type }) => type === 'operating-system');
  const distribution = `${system?.name ?? ''}-${system?.version ?? ''}`;
  for (const { purl } of components) {
    if (purl === undefined) continue;
    const found = packageOf(purl, distribution);
    if (found) packages.push(found);
    else {
      const type = /^pkg:([^/]+)/.exec(purl)?.[1] ?? purl;
      outside[type] = (outside[type] ?? 0) + 1;
    }
  }
  const release = releaseOf(distribution);
  // A program's own note may still name the package that it came with.
  const isListed = components.some(({ purl = '' }) => /^pkg:deb\/.*[?&]distro=/.test(purl));
  return { packages, outside, ...(release !== undefined && !isListed && { unlisted: release }) };
}

/** Whether a record is about any of `packages`; for reading no more of a database than a scan needs. */
export function concerning(packages: readonly Package[]): (record: OsvRecord) => boolean {
  const wanted = new Set(
    packages.flatMap(each => [keyOf(each), keyOf({ ...each, ecosystem: familyOf(each.ecosystem) })]),
  );
  return ({ affected = [] }) => affected.some(each => each.package !== undefined && wanted.has(keyOf(each.package)));
}

/** The ecosystems of `packages` that nothing can be said of: their versions are not compared, or no record is of them. */
export function unknownEcosystems(packages: readonly Package[], known: readonly string[]): Map<string, number> {
  const there = new Set(known.map(released));
  const counts = new Map<string, number>();
  for (const { ecosystem } of packages) {
    const judged = orderOf(ecosystem) && (there.has(ecosystem) || there.has(familyOf(ecosystem)));
    if (!judged) counts.set(ecosystem, (counts.get(ecosystem) ?? 0) + 1);
  }
  return counts;
}

/** `Debian` of `Debian:12`. */
export const familyOf = (ecosystem: string) => ecosystem.split(':')[0]!;

/** The findings of all platforms, each once, the worst first. */
export function findingsOf(records: readonly OsvRecord[], inventories: ReadonlyMap<Platform, Inventory>): Finding[] {
  const found = new Map<string, Finding>();
  for (const [platform, { packages }] of inventories) {
    for (const [i, known] of vulnerabilities(records, packages).entries()) {
      for (const one of known) add(found, packages[i]!, one, platform);
    }
  }
  return [...found.values()].sort(
    (a, b) => rank(b.severity) - rank(a.severity) || (nameOf(a) < nameOf(b) ? -1 : Number(nameOf(a) > nameOf(b))),
  );
}

function add(found: Map<string, Finding>, installed: Package, one: Vulnerability, platform: Platform): void {
  const key = [keyOf(installed), installed.version, one.ids[0]].join(' ');
  const finding: Finding = found.get(key) ?? {
    ids: one.ids,
    severity: one.severity ?? 'unknown',
    ecosystem: installed.ecosystem,
    package: installed.name,
    installedAs: [],
    installed: installed.version,
    fixed: one.fixed,
    summary: one.summary,
    platforms: [],
  };
  found.set(key, finding);
  const { installedAs = installed.name } = installed;
  if (installedAs !== installed.name && !finding.installedAs.includes(installedAs))
    finding.installedAs.push(installedAs);
  if (!finding.platforms.includes(platform)) finding.platforms.push(platform);
}

const ranks: Record<Finding['severity'], number> = { low: 1, medium: 2, unknown: 3, high: 3, critical: 4 };

/**
 * How much a severity weighs. One that nobody has rated weighs as much as `high`: that it does no harm is not known, and Go's
 * own database rates nothing.
 */
export const rank = (severity: Finding['severity']) => ranks[severity];

const nameOf = ({ ecosystem, package: name, ids }: Finding) => `${ecosystem} ${name} ${ids[0]}`;
