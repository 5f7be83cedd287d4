// Brings one commit of a repository into the build pod: the head of a branch, or a commit by its full hash.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { changedFiles } from './changed-files.ts';
import type { RunResult } from './exec.ts';
import { expectSuccess, explain, isRefusedCommit, isUnknownCommit, patiently, unknownCommit } from './fetch-failure.ts';
import { type Git, type GitSetting, makeGit } from './git.ts';
import { giveAccess, readCredentials } from './git-access.ts';
import type { Log } from './log.ts';
import { Superseded } from './order.ts';
import { fetchSubmodules, unlinkSubmodules } from './submodules.ts';
import { type CommittedFile, fixTimes } from './times.ts';

export interface FetchRequest {
  repoUrl: string;
  /** May be absent where there is a commit. */
  branch?: string;
  commit?: string;
  /** The commit came by a push. What is fetched is then the branch's head: the push may be long past. */
  push?: PushedService;
  gitSettings: readonly GitSetting[];
  /** File of the stack's credentials (git-access.ts). */
  credentialsFile?: string;
  /** Gets the source as `src/`, and git's own folder beside it. */
  work: string;
  /** What git gets of the environment. */
  env: NodeJS.ProcessEnv;
  /** Milliseconds for one call of git. Default 5 minutes. */
  timeout?: number;
  /** How often a fetch is tried again after a network fault. Default 2. */
  retries?: number;
}

/** The paths of a service's files (changed-files.ts). */
export interface PushedService {
  changes: readonly string[];
}

/** What was fetched. `files`: paths in the repository and its submodules, no folders. */
export interface Source {
  folder: string;
  commit: string;
  files: string[];
}

const ALL = 2147483647; // git's word for a history without a cut

/**
 * Fetches the commit, without history, into `<work>/src`, and its submodules. Throws a StepFailure of one line:
 * repository, branch (with the nearest that exist) or commit not found, no access, host not reached. Throws Superseded
 * where a later push has changed the pushed service.
 */
export async function fetchSource(request: FetchRequest, log: Log): Promise<Source> {
  const { work, repoUrl, gitSettings, env, timeout = 300_000 } = request;
  const folder = join(work, 'src');
  const gitDir = join(work, 'git');
  for (const path of [folder, gitDir]) {
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true });
  }
  const access = await giveAccess(await readCredentials(request.credentialsFile));
  try {
    const place = { gitDir, workTree: folder, home: work, timeout, env };
    const git = makeGit({ ...place, settings: gitSettings, access, secrets: [repoUrl] });
    return await fetchInto(git, { folder, gitDir }, request, log);
  } finally {
    await access.end();
  }
}

async function fetchInto(
  git: Git,
  { folder, gitDir }: { folder: string; gitDir: string },
  request: FetchRequest,
  log: Log,
): Promise<Source> {
  const { repoUrl, branch, commit, retries = 2 } = request;
  const pushed = request.push && commit;
  log(`fetching ${commit && !pushed ? `commit ${commit}` : `branch ${branch}`} of ${git.redact(repoUrl)}`);
  await expectSuccess(git('init', '-q', '--initial-branch=source'));
  if (commit && !pushed) {
    if (!(await fetchCommit(git, request, commit, log))) throw unknownCommit(git, request);
    await expectSuccess(git('checkout', '-q', '--detach', commit));
  } else {
    const fetched = await fetchRef(git, request, `refs/heads/${branch}`, log);
    if (fetched.status !== 0) throw await explain(git, request, fetched);
    await expectSuccess(git('checkout', '-q', '--detach', 'FETCH_HEAD'));
  }
  if (pushed) await stillNewest(git, request, commit, log);

  const [head = '', time = ''] = (await expectSuccess(git('show', '-s', '--format=%H %ct', 'HEAD'))).stdout.split(' ');
  const index = await expectSuccess(git('ls-files', '--stage', '-z'));
  const linked = /(?:^|\0)160000 /.test(index.stdout);
  if (linked) await fetchSubmodules(git, { repoUrl, gitDir, folder, retries }, log);
  const whole = linked ? await expectSuccess(git('ls-files', '--stage', '-z', '--recurse-submodules')) : index;
  const submodules = linked ? await unlinkSubmodules(folder) : 0;
  const committed = readIndex(whole.stdout);
  await fixTimes(folder, committed);
  const files = committed.map(({ path }) => path);
  log(
    `commit ${head} of ${new Date(1000 * Number(time)).toISOString()}, ${files.length} files, ${submodules} submodules`,
  );
  return { folder, commit: head, files };
}

// One file an entry, `<mode> <id> <stage>\t<path>`.
function readIndex(listed: string): CommittedFile[] {
  const entries = [...listed.matchAll(/\d+ ([0-9a-f]+) \d\t([^\0]+)\0/g)];
  return entries.map(([, id = '', path = '']) => ({ path, id }));
}

function fetchRef(git: Git, { repoUrl, retries = 2 }: FetchRequest, wanted: string, log: Log, depth = 1) {
  const options = ['-q', `--depth=${depth}`, '--no-tags', '--no-recurse-submodules'];
  return patiently(() => git('fetch', ...options, '--', repoUrl, wanted), git.redact(repoUrl), retries, log);
}

/** Whether the commit was there; then it is here. By itself, or, from a server that refuses that, with its branch. */
async function fetchCommit(git: Git, request: FetchRequest, commit: string, log: Log): Promise<boolean> {
  const { branch } = request;
  const fetched = await fetchRef(git, request, commit, log);
  if (fetched.status === 0) return true;
  if (isUnknownCommit(fetched)) return false;
  if (!isRefusedCommit(fetched)) throw await explain(git, request, fetched);
  const which = branch === undefined ? 'all branches' : `branch ${branch}`;
  log(`the server gives out no single commits: fetching the whole history of ${which}`);
  const refs = branch === undefined ? '+refs/heads/*:refs/remotes/origin/*' : `refs/heads/${branch}`;
  const history: RunResult = await fetchRef(git, request, refs, log, ALL);
  if (history.status !== 0) throw await explain(git, request, history);
  return (await git('cat-file', '-e', `${commit}^{commit}`)).status === 0;
}

// The branch has gone on since the push. Where that has changed this service, the push that did has a run of its own;
// where it has not, no other run will build what this one was started for.
async function stillNewest(git: Git, request: FetchRequest, commit: string, log: Log): Promise<void> {
  const { branch, push } = request;
  const head = (await expectSuccess(git('rev-parse', 'HEAD'))).stdout.trim();
  if (head === commit) return;
  const at = `${branch} is at ${head.slice(0, 12)} by now`;
  if (!(await fetchCommit(git, request, commit, log)))
    throw new Superseded(`${at}, and ${commit.slice(0, 12)} is no longer in the repository`);
  const differing = await expectSuccess(git('diff', '--name-only', '--no-renames', '-z', commit, head, '--'));
  const files = differing.stdout.split('\0').filter(file => file !== '');
  if (changedFiles(files).firstOf(push?.changes ?? ['./']) !== undefined) {
    throw new Superseded(`${at}, which has another content of this service than ${commit.slice(0, 12)}`);
  }
  log(`${at}, with the same content of this service as ${commit.slice(0, 12)}: building the newer commit`);
}
