// pip, setuptools and wheel of the true image: fetched by pip, pinned by hash, unpacked as pip would lay them down.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Python } from './native.ts';

/** The versions that python:3.11-slim ships, as requirement lines with the hashes that PyPI publishes. */
export const wheels = [
  'pip==24.0 --hash=sha256:ba0d021a166865d2265246961bec0152ff124de910c5cc39f1156ce3fa7c69dc',
  'setuptools==79.0.1 --hash=sha256:e147c0549f27767ba362f9da434eab9c5dc0045d5304feb602a0af001089fc51',
  'wheel==0.45.1 --hash=sha256:708e7481cc80179af0e556bbf0cc00b8444c7321e2700b8d8580231d13017248',
];

/** Fetches the wheels into `folder` with the pip that Debian packages as a wheel, and the machine's pip settings. */
export async function fetchWheels(python: Python, folder: string, signal?: AbortSignal): Promise<void> {
  const packaged = join(python.root, 'usr/share/python-wheels');
  const pip = (await readdir(packaged)).find(name => name.startsWith('pip-'));
  if (!pip) throw new Error(`${packaged} has no pip: the Debian tree lacks python3-pip-whl`);
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${wheels.join('\n')}\n`);
  const options = ['--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', '--no-cache-dir'];
  const args = ['-m', 'pip', 'download', ...options, '--dest', folder, '--requirement', requirements];
  await python.run(args, { path: join(packaged, pip), signal });
  await rm(requirements);
}

/** Unpacks every wheel of `store` into `site`. */
export async function unpackWheels(python: Python, store: string, site: string, signal?: AbortSignal): Promise<void> {
  await mkdir(site, { recursive: true });
  for (const wheel of (await readdir(store)).sort()) {
    await python.run(['-m', 'zipfile', '--extract', join(store, wheel), site], { signal });
  }
}

/**
 * Compiles every module below `source` into `target` (which may be the same folder); `location` is the path under which
 * the image has the folder. The result doesn't ask for its source's time, which a layer flattens.
 */
export async function compileTree(
  python: Python,
  source: string,
  target: string,
  location: string,
  signal?: AbortSignal,
): Promise<void> {
  const script = await readFile(join(import.meta.dirname, 'compile.py'), 'utf8');
  await python.run(['-c', script, source, target, location], { signal });
}
