// `slipway audit`: which locked packages are behind the newest ones, and which are known to be vulnerable.
import { readFile } from 'node:fs/promises';
import { lockCommand, type Pin, parseRequirements } from '../../images/requirements.ts';
import { type Vulnerability, vulnerabilities } from '../osv/match.ts';
import type { OsvRecord } from '../osv/record.ts';
import { readLock } from './lock-folder.ts';
import { compareVersions } from './python-version.ts';
import { resolveList } from './resolve.ts';
import type { Uv } from './uv.ts';

export interface Outdated extends Pin {
  newest: string;
  /** Whether the list itself names it; otherwise it came with another package. */
  listed: boolean;
}

export interface Audit {
  list: string;
  packages: number;
  outdated: Outdated[];
  /** By package; undefined where there was no database to look into. */
  vulnerable: { pin: Pin; found: Vulnerability[] }[] | undefined;
}

/** Audits the lock of `list`. Throws one line where it has none or the index does not answer. */
export async function audit(uv: Uv, list: string, known: readonly OsvRecord[] | undefined): Promise<Audit> {
  const { torchCpu: _, ...lock } = await readLock(list);
  const pins = Object.values(lock).flat();
  if (pins.length === 0) throw new Error(`${list} has no lock to audit; run: ${lockCommand(list)}`);
  const listed = new Set(parseRequirements(await readFile(list, 'utf8'), list).map(({ name }) => name));
  const unbuilt = (lock.sources ?? []).map(({ name }) => `--no-binary ${name}`);
  const names = new Set(pins.map(({ name }) => name));
  const text = [...unbuilt, ...names].join('\n');
  const newest = await resolveList(uv, { name: list, text }, { platform: 'linux/amd64', alone: true });
  const versions = new Map(newest.map(({ name, version }) => [name, version]));
  const packages = pins.map(({ name, version }) => ({ ecosystem: 'PyPI', name, version }));
  const found = known && vulnerabilities(known, packages);
  return {
    list,
    packages: names.size,
    outdated: pins.flatMap(({ name, version }) => {
      const latest = versions.get(name)!;
      if (compareVersions(version, latest) >= 0) return [];
      return [{ name, version, newest: latest, listed: listed.has(name) }];
    }),
    vulnerable: found && pins.map((pin, i) => ({ pin, found: found[i]! })).filter(each => each.found.length > 0),
  };
}

/** The audit for people: a line each. */
export function printAudit({ list, packages, outdated, vulnerable }: Audit): string[] {
  const [own, brought] = [outdated.filter(({ listed }) => listed), outdated.filter(({ listed }) => !listed)];
  const arrow = ({ name, version, newest }: Outdated) => `  ${name} ${version} → ${newest}`;
  return [
    `${list}: ${packages} packages`,
    ...(own.length > 0 ? ['outdated, in the list:', ...own.map(arrow)] : ['of the list, none is outdated']),
    ...(brought.length > 0
      ? [`outdated, brought with them (${lockCommand(list)} --upgrade takes what fits):`, ...brought.map(arrow)]
      : []),
    ...(vulnerable ? printVulnerable(vulnerable) : ['vulnerable: not looked up; give a database with --osv FILE']),
  ];
}

function printVulnerable(vulnerable: NonNullable<Audit['vulnerable']>): string[] {
  if (vulnerable.length === 0) return ['vulnerable: none that the database knows'];
  return [
    'vulnerable:',
    ...vulnerable.flatMap(({ pin: { name, version }, found }) =>
      found.map(
        ({ ids, summary, fixed }) =>
          `  ${name} ${version}: ${[ids.join(', '), summary, fixed ? `fixed in ${fixed}` : 'no fix is known'].filter(part => part !== '').join('; ')}`,
      ),
    ),
  ];
}
