// One holder at a time, across checkouts, containers and CI jobs that share a cache. The kernel holds the lock (flock),
// on behalf of a helper whose standard input ends with this process: a dead holder's lock is free at once, also where
// process numbers mean nothing to the one who waits. The file's text, the holder's number, is for people.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface LockOptions {
  signal?: AbortSignal;
  /** Called once, with the holder's process number where it is known, when someone else has the lock. */
  onWait?: (holder: number | undefined) => void;
}

const patience = 300;

/** Runs `work` while this process holds the lock `file` (made where missing, never removed: others may wait on it). */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const release = await takeLock(file, options);
  try {
    return await work();
  } finally {
    await release();
  }
}

async function takeLock(file: string, { signal, onWait }: LockOptions): Promise<() => Promise<void>> {
  signal?.throwIfAborted();
  await mkdir(dirname(file), { recursive: true });
  // A session of its own, so that a terminal's Ctrl-C does not free the lock before the work is undone.
  const helper = spawn('flock', ['--no-fork', file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const ended = new Promise<void>(resolve => helper.once('close', () => resolve()));
  const release = async () => {
    helper.stdin.destroy();
    helper.kill('SIGKILL');
    await ended;
  };
  const abort = () => helper.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const held = await Promise.race([
      once(helper.stdout, 'data').then(() => true),
      once(helper, 'error').then(([error]) => Promise.reject(error)),
      ended.then(() => false),
      onWait ? announce(file, helper.stdout, onWait) : new Promise<never>(() => {}),
    ]);
    signal?.throwIfAborted();
    if (!held) throw new Error(`the lock ${file} can't be taken; check that its folder can be written to`);
    await writeFile(file, `${process.pid}\n`);
    return release;
  } catch (error) {
    await release();
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new Error('flock is not on the PATH; it comes with util-linux: apt-get install util-linux');
    }
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

/** Tells who holds the lock once it is clear that someone does; never settles before the lock does. */
async function announce(
  file: string,
  answer: NodeJS.ReadableStream,
  onWait: NonNullable<LockOptions['onWait']>,
): Promise<never> {
  let held = false;
  answer.once('data', () => {
    held = true;
  });
  await delay(patience, undefined, { ref: false });
  if (!held) {
    const holder = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
    onWait(Number.isNaN(holder) ? undefined : holder);
  }
  return new Promise<never>(() => {});
}
