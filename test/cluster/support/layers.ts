// The files of an image as they lie in its layers: what a later layer takes away is in the registry still.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../sandbox/tools/run.ts';

export interface LayerFile {
  /** Without a slash before it. */
  path: string;
  bytes: Buffer;
}

/** The regular files of a layer, given as a tar archive. */
export async function* filesOf(layer: Buffer): AsyncGenerator<LayerFile> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-layer-'));
  try {
    const archive = join(folder, 'layer.tar');
    const root = join(folder, 'root');
    await writeFile(archive, layer);
    await mkdir(root);
    await run('tar', ['--extract', '--file', archive, '--directory', root, '--no-same-owner', '--no-same-permissions']);
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      yield { path: path.slice(root.length + 1), bytes: await readFile(path) };
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
