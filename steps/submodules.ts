// The submodules of a commit, with theirs: each at the commit that the one above it names.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { oneLine } from '../cluster/one-line.ts';
import { StepFailure } from './failure.ts';
import { expectSuccess, fatal, isRefusedCommit, noAccess, patiently } from './fetch-failure.ts';
import type { Git } from './git.ts';
import type { Log } from './log.ts';

export interface SubmoduleRequest {
  /** Of the repository above: a submodule's address may be relative to it. */
  repoUrl: string;
  gitDir: string;
  folder: string;
  retries: number;
}

/**
 * Fetches them into the work tree, without history where their servers let us. Throws a StepFailure that names the
 * submodule, and what would give access to it.
 */
export async function fetchSubmodules(git: Git, request: SubmoduleRequest, log: Log): Promise<void> {
  const { repoUrl, gitDir, folder, retries } = request;
  const repository = git.redact(repoUrl);
  await expectSuccess(git('config', 'remote.origin.url', repoUrl));
  const update = (...depth: string[]) =>
    patiently(
      () => git('submodule', '--quiet', 'update', '--init', '--recursive', '--force', ...depth),
      `${repository} or one of its submodules`,
      retries,
      log,
    );
  let updated = await update('--depth=1');
  if (updated.status !== 0 && isRefusedCommit(updated)) {
    log('a submodule’s server gives out no single commits: fetching the submodules with their history');
    await expectSuccess(git('submodule', '--quiet', 'deinit', '--all', '--force'));
    await rm(join(gitDir, 'modules'), { recursive: true, force: true });
    updated = await update();
  }
  if (updated.status !== 0) {
    const said = updated.lines.map(line => line.replaceAll(`${folder}/`, ''));
    // The first is about the submodule itself, what follows about those that hold it.
    const [, url, path] = /clone of '([^']+)' into submodule path '([^']+)'/.exec(said.join('\n')) ?? [];
    const which = path === undefined ? 'a submodule' : `submodule ${path}`;
    const why = noAccess(url ?? 'of it', { ...updated, lines: said }) ?? fatal({ ...updated, lines: said });
    throw new StepFailure(`${which} of ${repository} can't be fetched: ${oneLine(why)}`, said);
  }
}

/** Takes away what leads from each submodule to git's own folder: the source has no `.git`. Gives their number. */
export async function unlinkSubmodules(folder: string): Promise<number> {
  // A commit holds no path of that name.
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const links = entries.filter(({ name }) => name === '.git').map(entry => join(entry.parentPath, entry.name));
  await Promise.all(links.map(path => rm(path)));
  return links.length;
}
