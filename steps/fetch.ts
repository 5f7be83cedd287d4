// Brings one commit of a repository into the build pod: the head of a branch, or a commit by its full hash.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pRetry from 'p-retry';
import { listNearest } from '../images/nearest.ts';
import type { RunResult } from './exec.ts';
import { StepFailure } from './failure.ts';
import { type Git, type GitSetting, makeGit } from './git.ts';
import type { Log } from './log.ts';
import { Superseded } from './order.ts';
import { type CommittedFile, fixTimes } from './times.ts';

export interface FetchRequest {
  repoUrl: string;
  branch: string;
  commit?: string;
  /** The commit came by a push. What is fetched is then the branch's head: the push may be long past. */
  push?: PushedService;
  gitSettings: readonly GitSetting[];
  /** Gets the source as `src/`, and git's own folder beside it. */
  work: string;
  /** What git gets of the environment. */
  env: NodeJS.ProcessEnv;
  /** Milliseconds for one call of git. Default 5 minutes. */
  timeout?: number;
  /** How often a fetch is tried again after a network fault. Default 2. */
  retries?: number;
}

/** What a push changes of a service: files below this prefix. */
export interface PushedService {
  changes: string;
}

/** What was fetched. `files`: paths in the repository, no folders. */
export interface Source {
  folder: string;
  commit: string;
  files: string[];
}

/** A fault of the network that another try may cure. */
class Passing extends Error {}

/**
 * Fetches the commit, without history, into `<work>/src`. Throws a StepFailure of one line: repository, branch (with
 * the nearest that exist) or commit not found, no access, host not reached. Throws Superseded where a later push has
 * changed the pushed service.
 */
export async function fetchSource(request: FetchRequest, log: Log): Promise<Source> {
  const { work, repoUrl, branch, commit, gitSettings, env, timeout = 300_000 } = request;
  const folder = join(work, 'src');
  const gitDir = join(work, 'git');
  for (const path of [folder, gitDir]) {
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true });
  }
  const git = makeGit({
    gitDir,
    workTree: folder,
    home: work,
    settings: gitSettings,
    secrets: [repoUrl],
    timeout,
    env,
  });
  const pushed = request.push && commit;
  const what = commit && !pushed ? `commit ${commit}` : `branch ${branch}`;
  log(`fetching ${what} of ${git.redact(repoUrl)}`);

  await expectSuccess(git('init', '-q', '--initial-branch=source'));
  const fetched = await fetchOne(git, request, pushed || !commit ? `refs/heads/${branch}` : commit, log);
  if (fetched.status !== 0) throw await explain(git, request, fetched);

  await expectSuccess(git('checkout', '-q', '--detach', 'FETCH_HEAD'));
  if (pushed) await stillNewest(git, request, commit, log);
  const [head = '', time = ''] = (await expectSuccess(git('show', '-s', '--format=%H %ct', 'HEAD'))).stdout.split(' ');
  const committed = readIndex((await expectSuccess(git('ls-files', '--stage', '-z'))).stdout);
  await fixTimes(folder, committed);
  const files = committed.map(({ path }) => path);
  log(`commit ${head} of ${new Date(1000 * Number(time)).toISOString()}, ${files.length} files`);
  if (files.includes('.gitmodules')) log('warning: the repository has submodules; they are not fetched');
  return { folder, commit: head, files };
}

// One file an entry, `<mode> <id> <stage>\t<path>`.
function readIndex(listed: string): CommittedFile[] {
  const entries = [...listed.matchAll(/\d+ ([0-9a-f]+) \d\t([^\0]+)\0/g)];
  return entries.map(([, id = '', path = '']) => ({ path, id }));
}

async function fetchOne(
  git: Git,
  { repoUrl, retries = 2 }: FetchRequest,
  wanted: string,
  log: Log,
): Promise<RunResult> {
  const fetch = async () => {
    const result = await git('fetch', '-q', '--depth=1', '--no-tags', '--no-recurse-submodules', '--', repoUrl, wanted);
    if (result.status !== 0 && passing(result)) throw new Passing(fatal(result));
    return result;
  };
  try {
    return await pRetry(fetch, {
      retries,
      minTimeout: 1000,
      shouldRetry: ({ error }) => error instanceof Passing,
      onFailedAttempt: ({ error, retriesLeft }) => {
        if (error instanceof Passing && retriesLeft > 0) log(`${error.message}; trying again`);
      },
    });
  } catch (error) {
    if (!(error instanceof Passing)) throw error;
    throw new StepFailure(`repository ${git.redact(repoUrl)} can't be reached: ${error.message}`);
  }
}

// The branch has gone on since the push. Where that has changed this service, the push that did has a run of its own;
// where it has not, no other run will build what this one was started for.
async function stillNewest(git: Git, request: FetchRequest, commit: string, log: Log): Promise<void> {
  const { branch, push } = request;
  const head = (await expectSuccess(git('rev-parse', 'HEAD'))).stdout.trim();
  if (head === commit) return;
  const at = `${branch} is at ${head.slice(0, 12)} by now`;
  const fetched = await fetchOne(git, request, commit, log);
  if (fetched.status !== 0) {
    if (isUnknownCommit(fetched))
      throw new Superseded(`${at}, and ${commit.slice(0, 12)} is no longer in the repository`);
    throw await explain(git, request, fetched);
  }
  const differing = await expectSuccess(git('diff', '--name-only', '--no-renames', '-z', commit, head, '--'));
  if (differing.stdout.split('\0').some(file => file !== '' && file.startsWith(push?.changes ?? ''))) {
    throw new Superseded(`${at}, which has another content of this service than ${commit.slice(0, 12)}`);
  }
  log(`${at}, with the same content of this service as ${commit.slice(0, 12)}: building the newer commit`);
}

function isUnknownCommit({ lines }: RunResult): boolean {
  return /not our ref|unadvertised object|no such remote ref|bad object|upload-pack: not our/i.test(lines.join('\n'));
}

async function explain(git: Git, request: FetchRequest, fetched: RunResult): Promise<StepFailure> {
  const { branch, commit } = request;
  const repository = git.redact(request.repoUrl);
  const output = fetched.lines.join('\n');
  const said = fatal(fetched);
  if (/couldn't find remote ref|Remote branch .* not found/.test(output)) {
    const heads = await git('ls-remote', '--heads', '--', request.repoUrl);
    const names = heads.stdout.split('\n').flatMap(line => line.split('\trefs/heads/').slice(1));
    return new StepFailure(
      `branch ${branch} is not in ${repository}; branches that exist: ${listNearest(branch, names)}`,
    );
  }
  if (commit && isUnknownCommit(fetched)) {
    return new StepFailure(
      `commit ${commit} is not in ${repository}; was it pushed, and has no forced push removed it?`,
    );
  }
  if (/could not read Username|could not read Password|Authentication failed|returned error: 40[13]/.test(output)) {
    return new StepFailure(
      `repository ${repository} is not there, or needs credentials (${said}); check repo-url, or give the stack access by its git settings`,
    );
  }
  if (/repository .* not found|does not appear to be a git repository|returned error: 404/i.test(output)) {
    return new StepFailure(`repository ${repository} is not found (${said}); check repo-url`);
  }
  return new StepFailure(`repository ${repository} can't be fetched: ${said}`, fetched.lines);
}

function passing({ lines }: RunResult): boolean {
  return /Could not resolve host|Failed to connect|Connection (?:refused|reset|timed out)|returned error: (?:5\d\d|429)|early EOF|hung up|RPC failed/i.test(
    lines.join('\n'),
  );
}

// git says what is wrong in the first of its fatal lines, and after it how it came to it.
function fatal({ lines, status }: RunResult): string {
  const line = lines.find(text => text.startsWith('fatal:')) ?? lines.find(text => /^(?:remote|error):/.test(text));
  return (line ?? lines.at(-1) ?? `git ended with ${status}`).replace(/^(?:fatal|error|remote): /, '');
}

async function expectSuccess(call: Promise<RunResult>): Promise<RunResult> {
  const result = await call;
  if (result.status === 0) return result;
  throw new StepFailure(`git failed: ${fatal(result)}`, result.lines);
}
