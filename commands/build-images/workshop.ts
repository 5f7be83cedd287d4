// The folder that layouts are built in. Blobs of earlier builds lie in a new layout before its build, under a second name,
// so that the builder sends those only that are new: it sends a base image of 100 MB as long as it builds on it.
import { link, mkdir, mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../images/digest.ts';
import type { ImageTree } from '../../images/image-tree.ts';
import { cacheFolder } from '../cache-folder.ts';

const KEPT = 7 * 24 * 3600; // seconds that a blob is kept after its last use

export class Workshop {
  /** This run's own; nothing is left of it. */
  readonly folder: string;
  readonly #blobs: string;

  private constructor(folder: string, blobs: string) {
    this.folder = folder;
    this.#blobs = blobs;
  }

  /** Opens it, and removes what killed runs have left and what nothing has used for a week. */
  static async open(env: NodeJS.ProcessEnv): Promise<Workshop> {
    const root = join(cacheFolder(env), 'layouts');
    const blobs = join(root, 'blobs');
    await mkdir(blobs, { recursive: true });
    for (const name of await readdir(root)) {
      const [, pid] = /^run-(\d+)-/.exec(name) ?? [];
      if (pid && !isAlive(Number(pid))) await rm(join(root, name), { recursive: true, force: true });
    }
    await forgetOld(blobs);
    return new Workshop(await mkdtemp(join(root, `run-${process.pid}-`)), blobs);
  }

  /** Lays out what is known in the new layout `folder`. */
  async seed(folder: string): Promise<void> {
    const target = join(folder, 'blobs', 'sha256');
    await mkdir(target, { recursive: true });
    // A run beside this one may forget a blob meanwhile.
    const names = await readdir(this.#blobs);
    await Promise.all(names.map(name => link(join(this.#blobs, name), join(target, name)).catch(unlessAbsent)));
  }

  /** Keeps the blobs of an image that is whole. */
  async keep(folder: string, { blobs }: ImageTree): Promise<void> {
    const now = Date.now() / 1000;
    await Promise.all(
      blobs.map(async ({ digest }) => {
        const name = nameOf(digest);
        const path = join(folder, 'blobs', 'sha256', name);
        await utimes(path, now, now);
        await link(path, join(this.#blobs, name)).catch(unlessThere);
      }),
    );
  }

  /** Keeps nothing of all that was kept. */
  async forget(): Promise<void> {
    for (const name of await readdir(this.#blobs)) await rm(join(this.#blobs, name), { force: true });
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

const nameOf = (digest: Digest): string => digest.slice('sha256:'.length);

async function forgetOld(blobs: string): Promise<void> {
  const limit = Date.now() - KEPT * 1000;
  for (const name of await readdir(blobs)) {
    const path = join(blobs, name);
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (mtimeMs < limit) await rm(path, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function unlessAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
