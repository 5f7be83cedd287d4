// `slipway lock-requirements`: a list's packages with all that they bring, for both platforms, each with its hashes.
import { readFile } from 'node:fs/promises';
import type { Platform } from '../../images/platform.ts';
import { type Locked, type Pin, parseRequirements, torchFamily } from '../../images/requirements.ts';
import { composeLock, heldOn, type RequirementsLock } from './compose.ts';
import { printLock, readLock, writeLock } from './lock-folder.ts';
import { type ResolveOptions, resolveList } from './resolve.ts';
import type { Uv } from './uv.ts';

export interface LockOptions {
  /** The newest versions that the list allows, in place of those that are locked. */
  upgrade?: boolean;
  /** Where Torch's builds without CUDA are. */
  torchIndex: string;
}

export interface Locking {
  /** Packages in the lock, Torch's second build apart. */
  packages: number;
  /** Whether the lock is another one than before. */
  changed: boolean;
  /** What is pinned without a hash, and why. */
  notes: string[];
}

/** Writes the lock of `list`. Throws one line a fault, and then leaves the lock as it was. */
export async function lockRequirements(uv: Uv, list: string, { upgrade, torchIndex }: LockOptions): Promise<Locking> {
  const before = await readLock(list);
  const kept = upgrade ? { torchCpu: before.torchCpu } : before;
  const { lock, notes } = await makeLock(uv, list, kept, torchIndex);
  const changed = printLock(list, lock) !== printLock(list, before);
  if (changed) await writeLock(list, lock);
  const { torchCpu: _, ...others } = lock;
  return { packages: Object.values(others).flat().length, changed, notes };
}

/** The lock of `list` as it would be written now; versions in `before` are kept where the list allows it. */
export async function makeLock(
  uv: Uv,
  list: string,
  before: RequirementsLock,
  torchIndex: string,
): Promise<{ lock: RequirementsLock; notes: string[] }> {
  const text = await readFile(list, 'utf8');
  const torch = parseRequirements(text, list).filter(({ name }) => torchFamily.includes(name));
  const known = Object.values(before).flatMap(packages => packages ?? []);
  const resolve = (platform: Platform, more: Omit<ResolveOptions, 'platform'>) =>
    resolveList(uv, { name: list, text }, { platform, ...more });

  const amd64 = await resolve('linux/amd64', { prefer: heldOn('linux/amd64', known) });
  // The same versions on both platforms, unless one of them can't have them.
  const here = new Set(amd64.map(({ name }) => name));
  const others = heldOn('linux/arm64', known).filter(({ name }) => !here.has(name));
  const arm64 = await resolve('linux/arm64', { prefer: [...amd64, ...others] });
  const without = torch.map(({ name }) => name);
  const torchless = without.length > 0 ? await resolve('linux/amd64', { prefer: amd64, without }) : amd64;
  const lock = composeLock({ amd64, arm64, torchless });
  if (torch.length === 0) return { lock, notes: [] };
  const cpu = await lockTorchCpu(uv, torch, before.torchCpu ?? [], torchIndex);
  return { lock: { ...lock, torchCpu: cpu.packages }, notes: cpu.notes };
}

/** Torch's builds without CUDA, with their hashes where the lock has them already or their index answers. */
async function lockTorchCpu(
  uv: Uv,
  torch: readonly Pin[],
  before: readonly Locked[],
  index: string,
): Promise<{ packages: Locked[]; notes: string[] }> {
  const wanted = torch.map(({ name, version }): Locked => {
    const build = `${version}+cpu`;
    const known = before.find(entry => entry.name === name && entry.version === build);
    return known ?? { name, version: build, hashes: [] };
  });
  if (wanted.every(({ hashes }) => hashes.length > 0)) return { packages: wanted, notes: [] };
  const names = wanted.map(({ name, version }) => `${name}==${version}`);
  try {
    const list = { name: index, text: names.join('\n') };
    const found = await resolveList(uv, list, { platform: 'linux/amd64', alone: true, index });
    return { packages: found.map(({ source: _, ...locked }) => locked), notes: [] };
  } catch (error) {
    return { packages: wanted, notes: [`pinned without a hash: ${names.join(', ')}: ${(error as Error).message}`] };
  }
}
