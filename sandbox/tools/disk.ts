// Is there room for what is to be built? A disk that fills up in the middle of a compile fails with a stranger's words.
import { mkdir, statfs } from 'node:fs/promises';
import type { Tool } from './tool.ts';

/** Measured: 3,200 CPU seconds of compiling left 19 GB in Go's caches and 1 GB of programs. */
const megabytesPerSecond = 6.5;

/** Throws with both figures and the remedy where the file system of `cache` has too little room for `tools`. */
export async function checkDisk(cache: string, tools: readonly Pick<Tool, 'cpuSeconds'>[]): Promise<void> {
  await mkdir(cache, { recursive: true });
  const { bavail, bsize } = await statfs(cache);
  const free = Math.floor((bavail * bsize) / 2 ** 20);
  const needed = tools.reduce((sum, tool) => sum + (tool.cpuSeconds ?? 0), 0) * megabytesPerSecond;
  if (free >= needed) return;
  throw new Error(
    `${gigabytes(free)} are free where ${cache} lies, and the tool chain needs ${gigabytes(needed)}: ` +
      'free some, or set SLIPWAY_CACHE to a folder on another disk',
  );
}

function gigabytes(megabytes: number): string {
  return `${(megabytes / 1024).toFixed(1)} GiB`;
}
