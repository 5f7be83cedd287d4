// A folder of the cache is complete or absent: it is made beside its place under a name that nothing looks at, flushed
// to the disk, and renamed. Several checkouts may ask for the same folder at once; one makes it, the others wait.
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type LockOptions, withLock } from './lock.ts';
import { run } from './run.ts';

export interface FolderOptions extends LockOptions {
  /** Absolute path of the folder that is wanted. */
  folder: string;
  /** Fills the given empty folder. Whatever it throws leaves nothing behind. */
  make: (partial: string) => Promise<void>;
}

/** Returns 'found' where the folder was there, 'made' after making it. Errors are those of `make`. */
export async function ensureFolder(options: FolderOptions): Promise<'found' | 'made'> {
  const { folder, make, ...lock } = options;
  if (await exists(folder)) return 'found';
  const file = join(dirname(folder), '.locks', `${basename(folder)}.lock`);
  return withLock(
    file,
    async () => {
      if (await exists(folder)) return 'found';
      const partial = `${folder}.partial`;
      await rm(partial, { recursive: true, force: true });
      try {
        await mkdir(partial, { recursive: true });
        await make(partial);
        options.signal?.throwIfAborted();
        // One flush of the file system is far cheaper than one for each of ten thousand files.
        await run('sync', ['--file-system', partial]);
        await rename(partial, folder);
        await syncFolder(dirname(folder));
      } catch (error) {
        await rm(partial, { recursive: true, force: true });
        throw error;
      }
      return 'made';
    },
    lock,
  );
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Makes a rename in `folder` outlive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
