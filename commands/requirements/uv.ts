// uv, the resolver that locks requirements.
import { join } from 'node:path';
import { checkout } from '../checkout.ts';
import { findProgram } from '../pinned-program.ts';
import { execute, wordsOf } from './execute.ts';
import { indexEnvironment } from './index-environment.ts';

const pinned = {
  name: 'uv',
  range: '>=0.13.9 <1', // older ones lack options that are used here
  pinFile: join(checkout, 'commands/requirements/uv.txt'),
  inWheel: (version: string) => `uv-${version}.data/scripts/uv`,
};

/** Runs uv with `args`; gives what it printed. Throws one line with uv's own words. */
export type Uv = (args: readonly string[], more?: NodeJS.ProcessEnv) => Promise<string>;

/**
 * uv, to be run against the index that this machine's pip or uv is configured for. Throws one line where it is neither
 * on the PATH nor to be fetched.
 */
export async function findUv(env: NodeJS.ProcessEnv = process.env): Promise<Uv> {
  const { path } = await findProgram(pinned, env);
  // No interpreter is needed for a resolution but to start from; uv would fetch one from elsewhere.
  const settings = { ...env, ...(await indexEnvironment(env)), UV_PYTHON_DOWNLOADS: 'never', NO_COLOR: '1' };
  return async (args, more) => {
    try {
      return await execute(path, args, { ...settings, ...more });
    } catch (error) {
      throw new Error(wordsOf(error));
    }
  };
}
