// The locks that a stack had before, from git: each version that was committed is one that was reviewed.
import { execFile } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import { type Lock, LockError, parseLock } from '../images/lock.ts';
import type { Stack } from './stack.ts';

export interface CommittedLock {
  /** 40 hexadecimal digits. */
  commit: string;
  /** When it was committed, RFC 3339. */
  at: string;
  lock: Lock;
}

const run = promisify(execFile);
const LARGEST = 64 * 1024 * 1024; // bytes of output

/** What git prints in `folder`. Throws one line with git's own words. */
export async function git(folder: string, ...args: string[]): Promise<string> {
  try {
    return (await run('git', ['-C', folder, ...args], { maxBuffer: LARGEST })).stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new Error('git is not on the PATH');
    throw new Error(`git: ${(stderr ?? '').trim().split('\n')[0] || `exit status ${code}`}`);
  }
}

/**
 * The committed versions of the stack's lock, newest first, along the first parents: a pull request is one step, whatever
 * was committed on its way. Versions that can't be read as a lock are left out. Throws one line where there is no
 * git, no work tree, or no commit of the file.
 */
export async function* lockHistory({ lockFile, settings }: Stack): AsyncGenerator<CommittedLock> {
  const [folder, name] = [dirname(lockFile), basename(lockFile)];
  const fail = (why: string): Error =>
    new Error(`the lock before this one is looked up in the git history of ${settings.lock}, and ${why}`);
  let log: string;
  let shallow: boolean;
  try {
    shallow = (await git(folder, 'rev-parse', '--is-shallow-repository')).trim() === 'true';
    log = await git(folder, 'log', '--first-parent', '--format=%H %cI', '--', name);
  } catch (error) {
    throw fail((error as Error).message);
  }
  const versions = log.split('\n').filter(line => line !== '');
  if (versions.length === 0) throw fail('it was never committed');
  for (const version of versions) {
    const [commit = '', at = ''] = version.split(' ');
    const lock = await committed(folder, name, commit);
    if (lock) yield { commit, at, lock };
  }
  if (shallow) throw fail('this clone has only a part of it; fetch the rest: git fetch --unshallow');
}

async function committed(folder: string, name: string, commit: string): Promise<Lock | undefined> {
  // Deleted by this commit, or from a time before this version of the lock.
  const text = await git(folder, 'show', `${commit}:./${name}`).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return parseLock(text, name);
  } catch (error) {
    if (error instanceof LockError) return undefined;
    throw error;
  }
}
