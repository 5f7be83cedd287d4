// Git, as commands ask it: what a checkout knows.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const MOST = 64 * 1024 * 1024; // bytes of output

/** What git prints in `folder`. Throws one line with git's own words. */
export async function git(args: readonly string[], folder = '.'): Promise<string> {
  try {
    return (await promisify(execFile)('git', ['-C', folder, ...args], { maxBuffer: MOST })).stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new Error('git is not on the PATH');
    throw new Error(`git: ${(stderr ?? '').trim().split('\n')[0] || `exit status ${code}`}`);
  }
}
