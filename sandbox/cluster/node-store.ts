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
}

/**
 * Makes `folder` a containerd root with `store`'s images, unless it is one already: then it also has what was pulled since.
 * Never while containerd runs on it. @throws Error with what cp said.
 */
export function layStore(store: string, folder: string): void {
  const mark = join(folder, 'slipway-store');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === basename(store)) return;
  // Another store's: what was pulled is pulled again.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  // Unpacked files and blobs are only ever read, so a second name is enough.
  if (copy(store, folder, '--link').status !== 0) {
    const { status, stderr } = copy(store, folder);
    if (status !== 0) throw new Error(`the node's images can't be copied to ${folder}: ${stderr.trim()}`);
  }
  // Databases are written in place.
  for (const file of globSync(join(folder, 'io.containerd.*', '*.db'))) {
    copyFileSync(file, `${file}.own`);
    renameSync(`${file}.own`, file);
  }
  writeWhole(mark, basename(store));
}

const copy = (from: string, to: string, ...flags: string[]) =>
  spawnSync('cp', ['--archive', '--force', ...flags, `${from}/.`, to], { encoding: 'utf8' });
