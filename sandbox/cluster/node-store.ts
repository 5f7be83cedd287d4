// The node's image store: containerd's root, laid from one that was made once.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { writeWhole } from '../supervisor/record.ts';

/** The images that the node has before anything can be pulled. */
export interface NodeImages {
  /** A containerd root that holds them, unpacked. Its last part names its content. */
  store: string;
  /** Names under which containerd has them, e.g. docker.io/library/registry@sha256:…; an image's first is canonical. */
  names: string[];
  /** Adds them to another containerd root. */
  importInto: (folder: string) => Promise<void>;
}

/**
 * Sees to it that the containerd root `folder` has the images. Never while containerd runs on it. Images that it has
 * already stay: pods may be pinned to them, and not every one can be pulled again. @throws Error with what failed.
 */
export async function layStore({ store, importInto }: NodeImages, folder: string): Promise<void> {
  const mark = join(folder, 'slipway-store');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === basename(store)) return;
  if (existsSync(join(folder, 'io.containerd.metadata.v1.bolt', 'meta.db'))) {
    await importInto(folder);
  } else {
    const partial = `${folder}.partial`;
    linkStore(store, partial);
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  }
  writeWhole(mark, basename(store));
}

/** Unpacked files and blobs are only ever read, so a second name is enough; databases are written in place. */
function linkStore(store: string, folder: string): void {
  copy(store, folder, '--link');
  for (const file of globSync(join(folder, 'io.containerd.*', '*.db'))) {
    copyFileSync(file, `${file}.own`);
    renameSync(`${file}.own`, file);
  }
}

function copy(from: string, to: string, ...flags: string[]): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true, mode: 0o711 });
  const { status, error, stderr } = spawnSync('cp', ['--archive', ...flags, `${from}/.`, to], { encoding: 'utf8' });
  if (status === 0) return;
  // Another file system, for example.
  if (flags.length > 0) copy(from, to);
  else
    throw new Error(
      `the node's images can't be copied to ${to}: ${error?.message ?? stderr.trim().split('\n').at(-1)}`,
    );
}
