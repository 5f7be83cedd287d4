// The folder that layouts are built in. Blobs of earlier builds lie in a new layout before its build, under a second name,
// so that the builder sends those only that are new: it sends a base image of 100 MB as long as it builds on it. Beside
// them lies an empty file for each base whose blobs are among them.
import { link, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestOf } from '../../images/digest.ts';
import type { ImageTree } from '../../images/image-tree.ts';
import { cacheFolder } from '../cache-folder.ts';

const KEPT = 7 * 24 * 3600; // seconds that a blob is kept after its last use

export class Workshop {
  /** This run's own; nothing is left of it. */
  readonly folder: string;
  readonly #blobs: string;
  readonly #bases: string;

  private constructor(folder: string, blobs: string, bases: string) {
    this.folder = folder;
    this.#blobs = blobs;
    this.#bases = bases;
  }

  /** Opens it, and removes what killed runs have left and what nothing has used for a week. */
  static async open(env: NodeJS.ProcessEnv): Promise<Workshop> {
    const root = join(cacheFolder(env), 'layouts');
    const [blobs, bases] = [join(root, 'blobs'), join(root, 'bases')];
    for (const kept of [blobs, bases]) await mkdir(kept, { recursive: true });
    for (const name of await readdir(root)) {
      const [, pid] = /^run-(\d+)-/.exec(name) ?? [];
      if (pid && !isAlive(Number(pid))) await rm(join(root, name), { recursive: true, force: true });
    }
    for (const kept of [bases, blobs]) await forgetOld(kept);
    return new Workshop(await mkdtemp(join(root, `run-${process.pid}-`)), blobs, bases);
  }

  /** Lays out what is known in the new layout `folder`. */
  async seed(folder: string): Promise<void> {
    const target = join(folder, 'blobs', 'sha256');
    await mkdir(target, { recursive: true });
    // A run beside this one may forget a blob meanwhile.
    const names = await readdir(this.#blobs);
    await Promise.all(names.map(name => link(join(this.#blobs, name), join(target, name)).catch(unlessAbsent)));
  }

  /** Whether the blobs of all these bases, references by digest, came with an image that was kept. */
  async knows(bases: readonly string[]): Promise<boolean> {
    const there = new Set(await readdir(this.#bases));
    return bases.every(base => there.has(markOf(base)));
  }

  /** Keeps the blobs of an image that is whole, and was built on `bases`. */
  async keep(folder: string, { blobs }: ImageTree, bases: readonly string[]): Promise<void> {
    const now = Date.now() / 1000;
    await Promise.all(
      blobs.map(async ({ digest }) => {
        const name = nameOf(digest);
        const path = join(folder, 'blobs', 'sha256', name);
        await utimes(path, now, now);
        await link(path, join(this.#blobs, name)).catch(unlessThere);
      }),
    );
    // Written anew: it is as young as the blobs.
    for (const base of bases) await writeFile(join(this.#bases, markOf(base)), '');
  }

  /** Keeps nothing of all that was kept. */
  async forget(): Promise<void> {
    for (const kept of [this.#bases, this.#blobs]) {
      for (const name of await readdir(kept)) await rm(join(kept, name), { force: true });
    }
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

const nameOf = (digest: Digest): string => digest.slice('sha256:'.length);

const markOf = (base: string): string => nameOf(digestOf(base));

async function forgetOld(folder: string): Promise<void> {
  const limit = Date.now() - KEPT * 1000;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
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
