// Gives a checkout's files a time that is made of their content. A checkout writes its own moment into each: a file that
// is copied twice would be in both layers or in one of them, by whether the first layer came from the cache, and equal
// content had two digests. One time for all would be worse: BuildKit keeps what it was sent, and does not ask again for
// a file of the same size and time.
import { lutimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pMap from 'p-map';
import { sourceDateEpoch } from '../images/reproducible.ts';

/** A file of the commit: its path, and git's id of its content. */
export interface CommittedFile {
  path: string;
  id: string;
}

/** Sets the times of `files` and of every folder above them, below `folder`. Links are not followed. */
export async function fixTimes(folder: string, files: readonly CommittedFile[]): Promise<void> {
  const times = new Map([['.', sourceDateEpoch]]);
  for (const { path, id } of files) {
    times.set(path, sourceDateEpoch + microseconds(id) / 1e6);
    for (let at = dirname(path); at !== '.'; at = dirname(at)) times.set(at, sourceDateEpoch);
  }
  await pMap(times, ([path, time]) => lutimes(join(folder, path), time, time), { concurrency: 64 });
}

/** 36 bits of an id, as microseconds: 19 hours at most. */
function microseconds(id: string): number {
  return Number.parseInt(id.slice(0, 9), 16);
}
