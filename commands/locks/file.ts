// The lock of a stack on the disk.
import { open, readFile, rename, rm } from 'node:fs/promises';
import { type Lock, parseLock, printLock } from '../../images/lock.ts';
import type { Stack } from './stack.ts';

/** The lock of `stack`, undefined where there is none. Throws LockError with every fault of it. */
export async function readLock({ lockFile, settings }: Stack): Promise<Lock | undefined> {
  try {
    return parseLock(await readFile(lockFile, 'utf8'), settings.lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The lock of `stack`. Throws one line where there is none. */
export async function existingLock(stack: Stack): Promise<Lock> {
  const lock = await readLock(stack);
  if (lock) return lock;
  const { lock: file, stack: name } = stack.settings;
  throw new Error(`${file}: there is no such lock; expected the lock of stack ${name}. Run: slipway pin ${name}`);
}

/** Writes the lock of `stack`, whole or not at all. */
export async function writeLock({ lockFile }: Stack, lock: Lock): Promise<void> {
  const partial = `${lockFile}.partial`;
  try {
    const file = await open(partial, 'w');
    try {
      await file.writeFile(printLock(lock));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, lockFile);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
