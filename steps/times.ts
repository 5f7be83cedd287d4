// Gives a checkout's files one time. A checkout writes its own moment into each: a file that is copied twice would be in
// both layers or in one of them, by whether the first layer came from the cache, and equal content had two digests.
import { lutimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pMap from 'p-map';
import { sourceDateEpoch } from '../images/reproducible.ts';

/** Sets the time of `files` (paths in `folder`, no folders) and of every folder above them. Links are not followed. */
export async function fixTimes(folder: string, files: readonly string[]): Promise<void> {
  const paths = new Set(['.', ...files]);
  for (const file of files) for (let at = dirname(file); at !== '.'; at = dirname(at)) paths.add(at);
  await pMap(paths, path => lutimes(join(folder, path), sourceDateEpoch, sourceDateEpoch), { concurrency: 64 });
}
