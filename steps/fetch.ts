// Brings one commit of a repository into the build pod: the head of a branch, or a commit by its full hash.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pRetry from 'p-retry';
import { listNearest } from '../images/nearest.ts';
import type { RunResult } from './exec.ts';
import { StepFailure } from './failure.ts';
import { type Git, type GitSetting, makeGit } from './git.ts';
import type { Log } from './log.ts';

export interface FetchRequest {
  repoUrl: string;
  branch: string;
  commit?: string;
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
 * the nearest that exist) or commit not found, no access, host not reached.
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
  const what = commit ? `commit ${commit}` : `branch ${branch}`;
  log(`fetching ${what} of ${git.redact(repoUrl)}`);

  await expectSuccess(git('init', '-q', '--initial-branch=source'));
  const wanted = commit ?? `refs/heads/${branch}`;
  const fetch = async () => {
    const result = await git('fetch', '-q', '--depth=1', '--no-tags', '--no-recurse-submodules', '--', repoUrl, wanted);
    if (result.status !== 0 && passing(result)) throw new Passing(fatal(result));
    return result;
  };
  let fetched: RunResult;
  try {
    fetched = await pRetry(fetch, {
      retries: request.retries ?? 2,
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
  if (fetched.status !== 0) throw await explain(git, request, fetched);

  await expectSuccess(git('checkout', '-q', '--detach', 'FETCH_HEAD'));
  const [head = '', time = ''] = (await expectSuccess(git('show', '-s', '--format=%H %ct', 'HEAD'))).stdout.split(' ');
  const files = (await expectSuccess(git('ls-files', '-z'))).stdout.split('\0').filter(name => name !== '');
  log(`commit ${head} of ${new Date(1000 * Number(time)).toISOString()}, ${files.length} files`);
  if (files.includes('.gitmodules')) log('warning: the repository has submodules; they are not fetched');
  return { folder, commit: head, files };
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
  if (commit && /not our ref|unadvertised object|no such remote ref|bad object|upload-pack: not our/i.test(output)) {
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
