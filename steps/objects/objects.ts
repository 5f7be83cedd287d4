// Fills a volume with the objects of a checksum list, and with nothing else: what is there and right stays, what is
// missing in the store is told before the first byte is moved.
import { readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import pMap, { pMapSkip } from 'p-map';
import { type ListedFile, UNFINISHED } from '../../images/checksums.ts';
import { printSize } from '../../images/size.ts';
import { printFaults } from '../../images/wording.ts';
import { StepFailure } from '../failure.ts';
import { type Log, seconds } from '../log.ts';
import { type Copying, copyObject, digestOfFile, retried, type Tries, type Wanted } from './copy.ts';
import { ObjectFault, unwritable } from './faults.ts';
import { ObjectStore, type StoreOptions } from './store.ts';

export interface ObjectsRequest extends StoreOptions {
  /** The folder of the keys: `<prefix>/<path>`; empty for none. */
  prefix: string;
  files: readonly ListedFile[];
  /** Folder that the files are brought to. */
  target: string;
  /** Milliseconds for all of it. */
  timeout: number;
  /** Default: 5, the first after half a second. */
  tries?: Tries;
}

const TRANSFERS = 4;
const LOOKS = 16; // requests at a time that move no object
const TELL_EVERY = 10_000; // milliseconds
const DEFAULT_TRIES = { retries: 5, wait: 500 };

/**
 * Brings every file of the list. Throws a StepFailure that names the objects which could not be had; those that came
 * stay, and the next call takes them for what they are. `stop` ends it.
 */
export async function fetchObjects(request: ObjectsRequest, log: Log, stop?: AbortSignal): Promise<void> {
  const start = Date.now();
  const { target, files, prefix, timeout, tries = DEFAULT_TRIES } = request;
  const store = new ObjectStore(request);
  const moved = { objects: 0, bytes: 0, wanted: 0 };
  // One fault that holds for all ends what is under way.
  const end = new AbortController();
  const late = setTimeout(() => {
    const remedy = 'give it more time, or see why the store is slow; what was copied stays';
    const so = `${moved.objects} of ${moved.wanted} objects, ${printSize(moved.bytes)}`;
    end.abort(new StepFailure(`${store.place}: not done within ${timeout / 1000} s (${so}); ${remedy}`));
  }, timeout);
  const cancel = () => end.abort(new StepFailure('cancelled; what was copied stays'));
  stop?.addEventListener('abort', cancel, { once: true });
  const teller = setInterval(
    () => log(`${moved.objects} of ${moved.wanted} objects, ${printSize(moved.bytes)} copied`),
    TELL_EVERY,
  );
  const { signal } = end;
  const copying: Copying = { store, target, tries, signal, log, moved: bytes => (moved.bytes += bytes) };
  try {
    await sweep(target);
    const keyOf = (path: string) => (prefix === '' ? path : `${prefix}/${path}`);
    const absent = async ({ path, digest }: ListedFile): Promise<Wanted | typeof pMapSkip> => {
      const found = await digestOfFile(join(target, path), signal);
      return found === digest ? pMapSkip : { path, digest, key: keyOf(path) };
    };
    const missing = await pMap(files, absent, { concurrency: TRANSFERS });
    moved.wanted = missing.length;
    const sized = await gathered(missing, LOOKS, end, async file => {
      const size = await retried(() => store.size(file.key, signal), copying);
      return { ...file, size };
    });
    await expectRoom(target, sized);
    await gathered(sized, TRANSFERS, end, async file => {
      await copyObject(file, copying);
      moved.objects += 1;
    });
    const there = files.length > missing.length ? `; ${files.length - missing.length} were there already` : '';
    log(`copied ${moved.objects} objects, ${printSize(moved.bytes)} in ${seconds(start)} from ${store.place}${there}`);
  } finally {
    clearTimeout(late);
    clearInterval(teller);
    stop?.removeEventListener('abort', cancel);
    store.close();
  }
}

/**
 * What `each` makes of all files, a few at a time. Faults of single files are gathered and thrown together; one that
 * holds for all ends the others by `end`.
 */
async function gathered<T>(
  files: readonly Wanted[],
  concurrency: number,
  end: AbortController,
  each: (file: Wanted) => Promise<T>,
): Promise<T[]> {
  const faults: string[] = [];
  const safely = async (file: Wanted) => {
    if (end.signal.aborted) return pMapSkip;
    try {
      return await each(file);
    } catch (error) {
      if (error instanceof ObjectFault && !error.forAll) faults.push(error.message);
      else end.abort(error);
      return pMapSkip;
    }
  };
  const made = await pMap(files, safely, { concurrency });
  if (end.signal.aborted) throw asFailure(end.signal.reason);
  if (faults.length === 0) return made;
  const counted = `${faults.length} of ${files.length} objects can't be had: `;
  throw new StepFailure(`${faults.length > 1 ? counted : ''}${printFaults(faults)}`, faults);
}

function asFailure(fault: unknown): unknown {
  return fault instanceof ObjectFault ? new StepFailure(fault.message) : fault;
}

/** Removes what a container has left that was ended half-way. */
async function sweep(target: string): Promise<void> {
  try {
    const left = (await readdir(target)).filter(name => name.startsWith(UNFINISHED));
    for (const name of left) await rm(join(target, name), { force: true });
  } catch (fault) {
    throw asFailure(unwritable(target, UNFINISHED, undefined, fault));
  }
}

async function expectRoom(target: string, files: readonly Wanted[]): Promise<void> {
  const needed = files.reduce((sum, { size = 0 }) => sum + size, 0);
  const { bavail, bsize } = await statfs(target);
  const free = bavail * bsize;
  if (needed <= free) return;
  const room = `${printSize(needed)} to copy, and ${printSize(free)} free`;
  throw new StepFailure(`the volume at ${target} is too small: ${room}; make it larger`);
}
