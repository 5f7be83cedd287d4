// What git says when it can't fetch, turned into a line that a person can act on.
import pRetry from 'p-retry';
import { listNearest } from '../images/nearest.ts';
import type { RunResult } from './exec.ts';
import { StepFailure } from './failure.ts';
import type { Git } from './git.ts';
import type { Log } from './log.ts';

/** A fault of the network that another try may cure. */
class Passing extends Error {}

/** What was asked of a repository, for the message. */
export interface Asked {
  repoUrl: string;
  /** Absent: all branches. */
  branch?: string;
  commit?: string;
}

/** Calls git again, `retries` times, after a fault of the network. Throws a StepFailure where none gets through. */
export async function patiently(
  call: () => Promise<RunResult>,
  repository: string,
  retries: number,
  log: Log,
): Promise<RunResult> {
  const once = async () => {
    const result = await call();
    if (result.status !== 0 && isPassing(result)) throw new Passing(fatal(result));
    return result;
  };
  try {
    return await pRetry(once, {
      retries,
      minTimeout: 1000,
      shouldRetry: ({ error }) => error instanceof Passing,
      onFailedAttempt: ({ error, retriesLeft }) => {
        if (error instanceof Passing && retriesLeft > 0) log(`${error.message}; trying again`);
      },
    });
  } catch (error) {
    if (!(error instanceof Passing)) throw error;
    throw new StepFailure(`repository ${repository} can't be reached: ${error.message}`);
  }
}

/** The repository has no such commit. */
export function isUnknownCommit({ lines }: RunResult): boolean {
  return /not our ref|no such remote ref|bad object|upload-pack: not our/i.test(lines.join('\n'));
}

/** The server gives out the heads of branches and no other commit, there or not. */
export function isRefusedCommit({ lines }: RunResult): boolean {
  return /unadvertised object/i.test(lines.join('\n'));
}

export function unknownCommit(git: Git, { repoUrl, commit }: Asked): StepFailure {
  return new StepFailure(
    `commit ${commit} is not in ${git.redact(repoUrl)}; was it pushed, and has no forced push removed it?`,
  );
}

/** Why a fetch has failed. */
export async function explain(git: Git, asked: Asked, fetched: RunResult): Promise<StepFailure> {
  const { branch, commit, repoUrl } = asked;
  const repository = git.redact(repoUrl);
  if (branch !== undefined && /couldn't find remote ref|Remote branch .* not found/.test(fetched.lines.join('\n'))) {
    const heads = await git('ls-remote', '--heads', '--', repoUrl);
    const names = heads.stdout.split('\n').flatMap(line => line.split('\trefs/heads/').slice(1));
    return new StepFailure(
      `branch ${branch} is not in ${repository}; branches that exist: ${listNearest(branch, names)}`,
    );
  }
  if (commit && isUnknownCommit(fetched)) return unknownCommit(git, asked);
  return new StepFailure(
    noAccess(repository, fetched) ?? `repository ${repository} can't be fetched: ${fatal(fetched)}`,
    fetched.lines,
  );
}

/** How a repository kept us out, and what opens it; undefined where it was something else. */
export function noAccess(repository: string, fetched: RunResult): string | undefined {
  const output = fetched.lines.join('\n');
  const said = fatal(fetched);
  if (/could not read Username|could not read Password|Authentication failed|returned error: 40[13]/.test(output)) {
    return `repository ${repository} is not there, or needs credentials (${said}); check its address, or give the stack access by slipway:gitCredentials`;
  }
  if (/Host key verification failed/.test(output)) {
    return `repository ${repository} is at a host whose key the stack does not know; name it in slipway:gitCredentials, with its knownHosts`;
  }
  if (/Permission denied \((?:publickey|password)|Load key .*: /.test(output)) {
    return `repository ${repository} does not take the stack's SSH key; check its entry in slipway:gitCredentials`;
  }
  if (/repository .* not found|does not appear to be a git repository|returned error: 404/i.test(output)) {
    return `repository ${repository} is not found (${said}); check its address`;
  }
  return undefined;
}

// git says what is wrong in the first of its fatal lines, and after it how it came to it.
export function fatal({ lines, status }: RunResult): string {
  const line = lines.find(text => text.startsWith('fatal:')) ?? lines.find(text => /^(?:remote|error):/.test(text));
  return (line ?? lines.at(-1) ?? `git ended with ${status}`).replace(/^(?:fatal|error|remote): /, '');
}

export async function expectSuccess(call: Promise<RunResult>): Promise<RunResult> {
  const result = await call;
  if (result.status === 0) return result;
  throw new StepFailure(`git failed: ${fatal(result)}`, result.lines);
}

function isPassing({ lines }: RunResult): boolean {
  return /Could not resolve host|Failed to connect|Connection (?:refused|reset|timed out)|returned error: (?:5\d\d|429)|early EOF|hung up|RPC failed/i.test(
    lines.join('\n'),
  );
}
