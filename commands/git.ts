// Git, as commands ask it: what a checkout knows.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const MOST = 64 * 1024 * 1024; // bytes of output

/** What git writes. Throws its last line, with what was asked. */
export async function git(args: readonly string[], folder = '.'): Promise<string> {
  try {
    return (await promisify(execFile)('git', ['-C', folder, ...args], { maxBuffer: MOST })).stdout;
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new Error(`git ${args[0]} in ${folder}: ${stderr.trim().split('\n').at(-1) || message}`);
  }
}
