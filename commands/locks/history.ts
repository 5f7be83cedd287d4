// The locks that a stack had before, from git: each version that was committed is one that was reviewed.
import { basename, dirname } from 'node:path';
import { type Lock, LockError, parseLock } from '../../images/lock.ts';
import { git } from '../git.ts';

export interface CommittedLock {
  /** 40 hexadecimal digits. */
  commit: string;
  /** When it was committed, RFC 3339. */
  at: string;
  lock: Lock;
}

const MOST_CHANGES = 1000;

/** A stack, or whoever else knows where a lock is; messages name it as `settings.lock` does. */
interface WithLock {
  lockFile: string;
  settings: { lock: string };
}

/**
 * The committed versions of a stack's lock, newest first, along the first parents: a pull request is one step, whatever
 * was committed on its way. Versions that can't be read as a lock are left out. Throws one line where there is no
 * git, no work tree, or no commit of the file.
 */
export async function* lockHistory({ lockFile, settings }: WithLock): AsyncGenerator<CommittedLock> {
  const [folder, name] = [dirname(lockFile), basename(lockFile)];
  const fail = (why: string): Error =>
    new Error(`the lock before this one is looked up in the git history of ${settings.lock}, and ${why}`);
  let log: string;
  let shallow: boolean;
  try {
    shallow = (await git(['rev-parse', '--is-shallow-repository'], folder)).trim() === 'true';
    log = await git(['log', '--first-parent', '--format=%H %cI', '--', name], folder);
  } catch (error) {
    throw fail((error as Error).message);
  }
  const versions = log.split('\n').filter(line => line !== '');
  if (versions.length === 0) throw fail('it was never committed');
  for (const version of versions) {
    const [commit = '', at = ''] = version.split(' ');
    const lock = await committedLock(folder, name, commit);
    if (lock) yield { commit, at, lock };
  }
  if (shallow) throw fail('this clone has only a part of it; fetch the rest: git fetch --unshallow');
}

/** A commit that changed a lock, on whatever branch. */
export interface LockChange {
  /** 40 hexadecimal digits. */
  commit: string;
  /** The one before it on its branch; undefined where the branch begins with it. */
  before: string | undefined;
  /** When it was committed, milliseconds since 1970. */
  at: number;
}

/**
 * The commits that changed the lock `name` of `folder`, of everything that git knows, newest first: the steps of each branch,
 * where a pull request is one, or `within` those the single commits, too. Throws one line where a part of the history is
 * not there.
 */
export async function lockChanges(folder: string, name: string, which: 'steps' | 'within'): Promise<LockChange[]> {
  const shallow = (await git(['rev-parse', '--is-shallow-repository'], folder)).trim() === 'true';
  if (shallow) throw new Error(`this clone has only a part of the history of ${name}; run: git fetch --unshallow`);
  const walk = which === 'steps' ? '--first-parent' : '--full-history';
  const log = await git(
    ['log', '--all', walk, `--max-count=${MOST_CHANGES}`, '--format=%H %ct %P', '--', name],
    folder,
  );
  const lines = log.split('\n').filter(line => line !== '');
  return lines.map(line => {
    const [commit = '', at, before] = line.split(' ');
    return { commit, before: before || undefined, at: 1000 * Number(at) };
  });
}

/** The lock `name` of `folder` as a commit has it; undefined where it has none, or one that can't be read as such. */
export async function committedLock(folder: string, name: string, commit: string): Promise<Lock | undefined> {
  const text = await git(['show', `${commit}:./${name}`], folder).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return parseLock(text, name);
  } catch (error) {
    if (error instanceof LockError) return undefined;
    throw error;
  }
}
