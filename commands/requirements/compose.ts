// What was resolved for each platform, as one lock.
import type { Platform } from '../../images/platform.ts';
import { type Locked, type LockPart, type Pin, torchFamily } from '../../images/requirements.ts';
import { machines, type Resolved } from './resolve.ts';

/** A lock's packages by the part that they stand in; parts without any are not there. */
export type RequirementsLock = Partial<Record<LockPart, Locked[]>>;

/**
 * One lock of what each platform needs. What is there for one only has that as its condition. `torchless`: amd64 without
 * Torch; what Torch brings there and not on arm64 is for CUDA.
 */
export function composeLock(resolved: {
  amd64: Resolved[];
  arm64: Resolved[];
  torchless: Resolved[];
}): RequirementsLock {
  const { amd64, arm64, torchless } = resolved;
  const names = (packages: readonly Pin[]) => new Set(packages.map(({ name }) => name));
  const [elsewhere, needed] = [names(arm64), names(torchless)];
  const belongsToTorch = ({ name }: Pin) => torchFamily.includes(name) || !(elsewhere.has(name) || needed.has(name));
  const all = combine(amd64, arm64);
  const parts = {
    wheels: all.filter(entry => !entry.source && !belongsToTorch(entry)),
    sources: all.filter(entry => entry.source && !belongsToTorch(entry)),
    torch: all.filter(belongsToTorch),
  };
  return Object.fromEntries(
    Object.entries(parts)
      .filter(([, packages]) => packages.length > 0)
      .map(([part, packages]) => [part, packages.map(({ source: _, ...locked }) => locked)]),
  );
}

function combine(amd64: readonly Resolved[], arm64: readonly Resolved[]): (Resolved & Locked)[] {
  const same = (a: Resolved) => (b: Resolved) => a.name === b.name && a.version === b.version;
  const only = (platform: Platform) => (entry: Resolved) => ({ ...entry, marker: conditionOf(platform) });
  const both = amd64.flatMap(entry => {
    const other = arm64.find(same(entry));
    return other ? [{ ...entry, hashes: [...new Set([...entry.hashes, ...other.hashes])] }] : [];
  });
  const missing = (from: readonly Resolved[], entries: readonly Resolved[]) =>
    entries.filter(entry => !from.some(same(entry)));
  return [
    ...both,
    ...missing(arm64, amd64).map(only('linux/amd64')),
    ...missing(amd64, arm64).map(only('linux/arm64')),
  ];
}

const conditionOf = (platform: Platform) => `platform_machine == '${machines[platform]!.machine}'`;

/** The packages that a lock has for `platform` from the package index. */
export function heldOn(platform: Platform, locked: readonly Locked[]): Locked[] {
  return locked.filter(
    ({ marker, version }) => (marker === undefined || marker === conditionOf(platform)) && !version.includes('+'),
  );
}
