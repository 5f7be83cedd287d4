// A lock as it lies in the checkout: the folder beside its list.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Locked,
  type LockPart,
  lockCommand,
  lockFiles,
  parseLocked,
  printLocked,
} from '../../images/requirements.ts';
import type { RequirementsLock } from './compose.ts';
import { machines, pythonVersion } from './resolve.ts';

const parts = Object.keys(lockFiles) as LockPart[];

/** The lock of `list`, empty where there is none. */
export async function readLock(list: string): Promise<RequirementsLock> {
  const found = await Promise.all(
    parts.map(async part => {
      const file = join(`${list}.lock`, lockFiles[part]);
      try {
        return [[part, parseLocked(await readFile(file, 'utf8'), file)] as const];
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
        throw error;
      }
    }),
  );
  return Object.fromEntries(found.flat());
}

/** Makes `lock` the lock of `list`. */
export async function writeLock(list: string, lock: RequirementsLock): Promise<void> {
  const folder = `${list}.lock`;
  await mkdir(folder, { recursive: true });
  for (const part of parts) {
    const file = join(folder, lockFiles[part]);
    const packages = lock[part];
    if (packages) await writeFile(file, printPart(list, part, packages));
    else await rm(file, { force: true });
  }
}

/** The whole lock as one text: two that print alike are the same. */
export function printLock(list: string, lock: RequirementsLock): string {
  return parts.map(part => (lock[part] ? printPart(list, part, lock[part]) : '')).join('\n');
}

const origins: Record<LockPart, string> = {
  wheels: 'Wheels, from the package index.',
  sources: 'Sources, from the package index: there are no wheels. Each platform builds them.',
  torch: 'Torch, from the package index: with CUDA on amd64, without on arm64.',
  torchCpu: 'Torch without CUDA for amd64, from the index that the build argument TORCH_INDEX names.',
};

function printPart(list: string, part: LockPart, packages: readonly Locked[]): string {
  const hashed = packages.every(({ hashes }) => hashes.length > 0);
  const platforms = Object.keys(machines).join(' and ');
  return printLocked(
    [
      `Written by \`${lockCommand(list)}\`. For Python ${pythonVersion} on ${platforms}.`,
      origins[part],
      ...(hashed ? [] : ['Not locked: the index was not in reach, so the hashes are not known.']),
    ],
    packages,
  );
}
