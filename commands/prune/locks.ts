// What the locks of all stacks name, now, before, and on other branches.
import { existsSync, globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import pMap from 'p-map';
import type { Digest } from '../../images/digest.ts';
import { type Lock, parseLock } from '../../images/lock.ts';
import { lockPath, namespace } from '../../settings/settings.ts';
import { checkout } from '../checkout.ts';
import { git } from '../git.ts';
import { committedLock, lockChanges, lockHistory } from '../locks/history.ts';
import { readStackFile, stackFile, stackNames } from '../stack-file.ts';

export interface Named {
  digest: Digest;
  /** The lock, and of which version where that is not the one on the disk. */
  by: string;
}

export interface Locks {
  /** The stack's own, an absolute path. */
  own: string;
  /** Folder of the stack files, in place of the checkout. */
  stacks?: string;
  /** What a lock has named since then counts; milliseconds since 1970. */
  since: number;
}

const PARALLEL = 8;

/**
 * What any lock names for `repositories`, which its lock before names, which any of its versions has named since a time, and
 * its version on every branch that the clone knows: a pull request may be about to merge it. Throws where one of them can't
 * be read.
 */
export async function* namedByLocks(locks: Locks, repositories: ReadonlySet<string>): AsyncGenerator<Named> {
  for (const lockFile of await lockFiles(locks)) {
    const shown = relative(checkout, lockFile);
    const lock = parseLock(await readFile(lockFile, 'utf8'), shown);
    yield* entriesOf(lock, repositories, shown);
    const names = Object.keys(lock.images).some(key => repositories.has(key));
    // One that a machine keeps for itself has no versions.
    if (names || (await isCommitted(lockFile))) yield* earlier(lockFile, shown, lock, repositories, locks.since);
  }
}

/** All that any lock names or has named for `repositories`, in any commit that the clone knows. */
export async function everNamed(locks: Locks, repositories: ReadonlySet<string>): Promise<Set<Digest>> {
  const ever = new Set<Digest>();
  for (const lockFile of await lockFiles(locks)) {
    const [folder, name] = [dirname(lockFile), basename(lockFile)];
    const changes = (await isCommitted(lockFile)) ? await lockChanges(folder, name, 'within') : [];
    const versions = await pMap(changes, ({ commit }) => committedLock(folder, name, commit), {
      concurrency: PARALLEL,
    });
    const now = parseLock(await readFile(lockFile, 'utf8'), relative(checkout, lockFile));
    for (const lock of [now, ...versions]) {
      for (const { digest } of lock ? digestsOf(lock, repositories) : []) ever.add(digest);
    }
  }
  return ever;
}

/** The stack's own, those beside it, and those that other stack files name. */
async function lockFiles({ own, stacks = checkout }: Locks): Promise<string[]> {
  const folder = dirname(own);
  const files = [own, ...globSync('*.{yaml,yml}', { cwd: folder }).map(name => join(folder, name))];
  for (const stack of stackNames(stacks)) {
    const { values } = await readStackFile(stackFile(stack, resolve(stacks)));
    files.push(resolve(checkout, lockPath(stack, values[`${namespace}:lock`]!)));
  }
  return [...new Set(files)].filter(file => file === own || existsSync(file)).sort();
}

async function* earlier(
  lockFile: string,
  shown: string,
  now: Lock,
  repositories: ReadonlySet<string>,
  since: number,
): AsyncGenerator<Named> {
  const [folder, name] = [dirname(lockFile), basename(lockFile)];
  // As a rollback finds it: for each service the newest other digest, also where its line is lost by now.
  const open = new Set(repositories);
  for await (const { commit, lock } of lockHistory({ lockFile, settings: { lock: shown } })) {
    for (const { key, digest } of digestsOf(lock, open)) {
      if (digest === digestsOf(now, new Set([key]))[0]?.digest) continue;
      yield { digest, by: `${shown} of commit ${commit.slice(0, 12)}` };
      open.delete(key);
    }
    if (open.size === 0) break;
  }
  const recent = (await lockChanges(folder, name, 'steps')).filter(({ at }) => at >= since);
  // What a commit has replaced was in force until then.
  for (const commit of new Set(recent.flatMap(({ commit, before }) => (before ? [commit, before] : [commit])))) {
    const lock = await committedLock(folder, name, commit);
    if (lock) yield* entriesOf(lock, repositories, `${shown} of commit ${commit.slice(0, 12)}`);
  }
  const branches = await git(
    ['for-each-ref', '--format=%(objectname) %(refname:short)', 'refs/heads', 'refs/remotes'],
    folder,
  );
  const tips = new Map(
    branches
      .split('\n')
      .filter(Boolean)
      .map(line => line.split(' ', 2) as [string, string]),
  );
  for (const [commit, branch] of tips) {
    const lock = await committedLock(folder, name, commit);
    if (lock) yield* entriesOf(lock, repositories, `${shown} of branch ${branch}`);
  }
}

function entriesOf(lock: Lock, repositories: ReadonlySet<string>, by: string): Named[] {
  return digestsOf(lock, repositories).map(({ digest }) => ({ digest, by }));
}

function digestsOf({ images }: Lock, repositories: ReadonlySet<string>): { key: string; digest: Digest }[] {
  return Object.entries(images).flatMap(([key, entry]) =>
    typeof entry === 'object' && repositories.has(key) ? [{ key, digest: entry.digest }] : [],
  );
}

async function isCommitted(file: string): Promise<boolean> {
  return git(['ls-files', '--error-unmatch', basename(file)], dirname(file)).then(
    () => true,
    () => false,
  );
}
