// Unpacks Debian archives into a folder and runs nothing of them, so that a root of another architecture is made as
// easily as one's own.
import { spawn } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture, Package } from './apt.ts';

/** What no sandbox reads; a third of the bytes. */
const neverRead = ['doc', 'man', 'info', 'locale', 'lintian', 'bug', 'zoneinfo', 'bash-completion'];

/** Lays the merged-/usr links down first: an archive made before the merge then falls into place. */
export async function unpack(
  packages: readonly Package[],
  root: string,
  arch: Architecture,
  options: { exclude?: readonly string[]; signal?: AbortSignal } = {},
): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', ...(arch === 'amd64' ? ['lib64'] : [])]) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
  const exclude = [...neverRead.map(name => `./usr/share/${name}/*`), ...(options.exclude ?? [])];
  const flags = ['--extract', '--directory', root, '--keep-directory-symlink', '--numeric-owner', '--wildcards'];
  for (const { file } of packages) {
    options.signal?.throwIfAborted();
    await pipe(file, [...flags, ...exclude.map(pattern => `--exclude=${pattern}`)]);
  }
}

/** dpkg-deb's tar stream into tar; an archive takes a fraction of a second, so an abort waits for the one at hand. */
async function pipe(archive: string, flags: string[]): Promise<void> {
  const source = spawn('dpkg-deb', ['--fsys-tarfile', archive], { stdio: ['ignore', 'pipe', 'pipe'] });
  const sink = spawn('tar', flags, { stdio: [source.stdout, 'ignore', 'pipe'] });
  source.stdout.destroy();
  const said: Buffer[] = [];
  const ended = [source, sink].map(
    child =>
      new Promise<number | null>((resolve, reject) => {
        child.stderr?.on('data', (bytes: Buffer) => said.push(bytes));
        child.once('error', reject);
        child.once('close', resolve);
      }),
  );
  const statuses = await Promise.all(ended);
  if (statuses.some(status => status !== 0)) {
    throw new Error(`${archive} can't be unpacked: ${Buffer.concat(said).toString().trim() || statuses.join(', ')}`);
  }
}
