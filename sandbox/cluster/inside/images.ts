// Puts the node's images into containerd: only those that it does not have yet, all at once.

import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

/** An image of the node, as the sandbox sees it. */
export interface NodeImage {
  /** A tar file; several images may lie in one. */
  archive: string;
  /** The names under which kubelet looks for it, e.g. `docker.io/library/registry@sha256:…`; the archive holds them. */
  names: string[];
}

const CTR = ['-n', 'k8s.io', 'images'];
const run = promisify(execFile);

/** Imports the archives of which an image is missing; returns how many that were. @throws Error that names the archive. */
export async function importImages(images: NodeImage[]): Promise<number> {
  const known = await names();
  const isMissing = (image: NodeImage) => image.names.some(name => !known.has(name));
  const archives = new Set(images.filter(isMissing).map(({ archive }) => archive));
  await Promise.all([...archives].map(importArchive));
  if (archives.size > 0) await check(images);
  return archives.size;
}

async function check(images: NodeImage[]): Promise<void> {
  const known = await names();
  for (const { archive, names } of images) {
    const absent = names.filter(name => !known.has(name));
    if (absent.length > 0) throw new Error(`${archive} was imported and holds no image named ${absent.join(', ')}`);
  }
}

async function names(): Promise<Set<string>> {
  const { stdout } = await run('ctr', [...CTR, 'list', '-q']);
  return new Set(stdout.split('\n').filter(Boolean));
}

async function importArchive(archive: string): Promise<void> {
  const ctr = spawn('ctr', [...CTR, 'import', archive], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  ctr.stderr.setEncoding('utf8').on('data', text => {
    errors += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    ctr.on('error', reject);
    ctr.on('close', resolve);
  });
  if (code !== 0) throw new Error(`the images in ${archive} can't be imported: ${errors.trim()}`);
}
