// One object on its way into the volume: hashed as it comes, taken up again where it breaks off, and under its own name
// only when it is whole and right.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pRetry from 'p-retry';
import { type ListedFile, UNFINISHED } from '../../images/checksums.ts';
import type { Digest } from '../../images/digest.ts';
import type { Log } from '../log.ts';
import { ObjectFault, unwritable } from './faults.ts';
import type { ObjectStore } from './store.ts';

export interface Tries {
  /** How often an object that brings no byte more is asked for again. */
  retries: number;
  /** Milliseconds before the first of them; each later one waits twice as long. */
  wait: number;
}

export interface Copying {
  store: ObjectStore;
  target: string;
  tries: Tries;
  signal: AbortSignal;
  /** Told of each piece. */
  moved: (bytes: number) => void;
  log: Log;
}

/** What the list asks for, and where it is. `size` in bytes, where the store tells. */
export interface Wanted extends ListedFile {
  key: string;
  size?: number;
}

/** Copies one object. Throws an ObjectFault; then nothing of it is left. */
export async function copyObject(wanted: Wanted, copying: Copying): Promise<void> {
  const { target, store } = copying;
  const { path, size, digest } = wanted;
  const full = (fault: unknown) => unwritable(target, path, size, fault);
  const part = join(target, `${UNFINISHED}${randomUUID()}`);
  const file = await open(part, 'ax', 0o644).catch(fault => {
    throw full(fault);
  });
  try {
    const found = await receive(wanted, file, copying, full);
    if (found !== digest) {
      const remedy = 'upload the right one, or write the checksum of this one into the list';
      const sums = `expected ${digest}, found ${found}`;
      throw new ObjectFault(`${store.name(wanted.key)} has another content: ${sums}; ${remedy}`);
    }
    await settle(part, join(target, path)).catch(fault => {
      throw full(fault);
    });
  } finally {
    await file.close().catch(() => {});
    await rm(part, { force: true });
  }
}

/** The digest of the bytes that are in `file` then. */
async function receive(
  { key, size }: Wanted,
  file: FileHandle,
  { store, signal, tries, moved, log }: Copying,
  full: (fault: unknown) => ObjectFault,
): Promise<Digest> {
  let hash = createHash('sha256');
  let done = 0;
  // A store that gives no parts begins anew each time: what it sends again is no progress.
  let furthest = 0;
  let before = 0;
  const once = async () => {
    before = furthest;
    if (done > 0 && done === size) return;
    const opened = await store.open(key, done, signal);
    if (opened.from < done) {
      await file.truncate(0);
      hash = createHash('sha256');
      moved(-done);
      done = 0;
    }
    for await (const piece of opened.body) {
      await file.appendFile(piece).catch(fault => {
        throw full(fault);
      });
      hash.update(piece);
      done += piece.byteLength;
      furthest = Math.max(furthest, done);
      moved(piece.byteLength);
    }
  };
  await retried(once, { tries, signal, log, progress: () => furthest > before });
  return `sha256:${hash.digest('hex')}`;
}

/** What `once` gives, asked again after faults that pass; one that has brought it further is no failed try. */
export async function retried<T>(
  once: () => Promise<T>,
  { tries, signal, log, progress }: Pick<Copying, 'tries' | 'signal' | 'log'> & { progress?: () => boolean },
): Promise<T> {
  return pRetry(once, {
    retries: tries.retries,
    minTimeout: tries.wait,
    signal,
    shouldRetry: ({ error }) => error instanceof ObjectFault && error.passing,
    shouldConsumeRetry: () => !progress?.(),
    onFailedAttempt: ({ error, retriesLeft }) => {
      if (error instanceof ObjectFault && error.passing && retriesLeft > 0) log(`${error.message}; trying again`);
    },
  });
}

async function settle(part: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await rename(part, path);
}

/** The digest of a file; undefined where there is none that can be read. */
export async function digestOfFile(path: string, signal: AbortSignal): Promise<Digest | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash, { signal });
    return `sha256:${hash.digest('hex')}`;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}
