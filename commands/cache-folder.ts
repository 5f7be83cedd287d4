// Where commands keep what can be made again.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** `$SLIPWAY_CACHE`, else `slipway` in the user's folder of caches. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  const cacheHome = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return resolve(env.SLIPWAY_CACHE || join(cacheHome, 'slipway'));
}
