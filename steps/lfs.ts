// Files that git LFS keeps elsewhere: what a checkout has of them is a pointer of three lines, and a build takes it for
// the file.
import { lstat, open } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import pMap from 'p-map';
import type { Source } from './fetch.ts';

const FIRST_LINE = 'version https://git-lfs.github.com/spec/v1\n';
const LONGEST = 1024; // bytes; the specification's

/** Paths of the files below `context` (absolute) that are pointers. */
export async function lfsPointers({ folder, files }: Source, context: string): Promise<string[]> {
  const inside = relative(folder, context);
  const below = inside === '' ? files : files.filter(file => file.startsWith(`${inside}${sep}`));
  const found = await pMap(below, async file => ((await isPointer(join(folder, file))) ? file : undefined), {
    concurrency: 64,
  });
  return found.filter(file => file !== undefined);
}

async function isPointer(path: string): Promise<boolean> {
  const found = await lstat(path);
  // A symbolic link may lead out of the source; what it leads to inside is looked at by its own name.
  if (!found.isFile()) return false;
  const { size } = found;
  if (size < FIRST_LINE.length || size > LONGEST) return false;
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(FIRST_LINE.length), 0, FIRST_LINE.length, 0);
    return buffer.toString('utf8', 0, bytesRead) === FIRST_LINE;
  } finally {
    await file.close();
  }
}
