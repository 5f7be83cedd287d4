// Which services does a push build? What it changed says so, where it says what it changed; of a push that changes no
// file at all, by which the teams ask for another try, the services' last runs.
import { messageOf } from '../cluster/one-line.ts';
import { BASES, newestOf, type Run, runsOf, succeeded } from '../cluster/runs.ts';
import { type ChangedFiles, changedFiles } from './changed-files.ts';
import { basesFor, type OfferedBase } from './forms.ts';

/** A push as GitHub tells of it, as far as it is read. */
export interface Push {
  /** `owner/name`. */
  repository: string;
  /** `refs/heads/…` for a branch. */
  ref: string;
  created: boolean;
  forced: boolean;
  deleted: boolean;
  after: string;
  /** How many commits its event lists. */
  commits: number;
  /** What they added, changed or removed. */
  changed: ChangedFiles;
}

/** The service that a push may build. `changes`: paths of its files in the repository. */
export interface PushedTo {
  name: string;
  image: string;
  changes: readonly string[];
}

// GitHub lists at most this many commits of a push.
const MOST_COMMITS = 2048;

/** Reads a payload. Throws one line, which quotes nothing of it, on one that is no push. */
export function parsePush(body: string): Push {
  let value: Record<string, unknown>;
  try {
    value = record(JSON.parse(body));
  } catch {
    throw new Error(`a payload of ${body.length} characters that is no JSON object; expected a push event`);
  }
  const { after, ref, created = false, forced = false, deleted = false, commits } = value;
  const repository = isRecord(value.repository) ? value.repository.full_name : undefined;
  if (typeof ref !== 'string' || typeof repository !== 'string') {
    throw new Error('a payload without "ref" or "repository.full_name"; expected a push event');
  }
  if (typeof after !== 'string' || !/^[0-9a-f]{40}$/.test(after)) {
    throw new Error('a payload whose "after" is no commit of 40 digits; expected a push event');
  }
  const flags = [created, forced, deleted];
  if (flags.some(flag => typeof flag !== 'boolean') || !Array.isArray(commits)) {
    throw new Error(
      'a payload without "commits", or with "created", "forced" or "deleted" that are no booleans; expected a push event',
    );
  }
  const [isNew, isForced, isGone] = flags as boolean[];
  return {
    ...{ repository, ref, after },
    ...{ created: isNew!, forced: isForced!, deleted: isGone! },
    ...{ commits: commits.length, changed: changedFiles(commits.flatMap(filesOf)) },
  };
}

/** Why a push builds the service, in words that come from no payload; undefined where it does not build it. */
export async function whyBuilt(push: Push, to: PushedTo, runs: () => Promise<Run[]>, bases: readonly OfferedBase[]) {
  if (push.created) return 'the branch is new';
  if (push.forced) return 'the push was forced';
  if (push.commits >= MOST_COMMITS) return 'the push has more commits than its event lists';
  const rule = push.changed.firstOf(to.changes);
  if (rule !== undefined) return `the push changes ${rule.endsWith('/') ? `files of ${rule}` : rule}`;
  if (push.changed.paths.size > 0) return undefined;
  try {
    return whyAgain(
      to,
      await runs(),
      basesFor(to.image, bases).map(({ reference }) => reference),
    );
  } catch (error) {
    // Rather once too often than never: the order of the runs keeps one build too many from doing harm.
    return `an empty push, and the last runs can't be seen (${messageOf(error).slice(0, 200)})`;
  }
}

/** Why an empty push builds the service again. `current`: the bases that the stack has for it now, by digest. */
export function whyAgain(to: PushedTo, runs: readonly Run[], current: readonly string[]): string | undefined {
  const last = newestOf(runsOf(runs, to));
  if (last.length === 0) return 'an empty push, and no run of this service is known';
  const failed = last.find(run => succeeded(run) === false);
  if (failed) return `an empty push, and its last run, ${failed.metadata.name}, has failed`;
  const done = last.find(succeeded);
  if (!done) return undefined;
  const builtOn = done.metadata.annotations?.[BASES];
  if (builtOn === undefined)
    return `an empty push, and what its last run, ${done.metadata.name}, was built on is not known`;
  const gone = builtOn.split(' ').some(reference => reference !== '' && !current.includes(reference));
  return gone ? `an empty push, and its base has changed since its last run, ${done.metadata.name}` : undefined;
}

function filesOf(commit: unknown): string[] {
  const { added = [], modified = [], removed = [] } = record(commit);
  const files = [added, modified, removed].flat();
  if (files.every(file => typeof file === 'string')) return files as string[];
  throw new Error('a commit whose changed files are no texts; expected a push event');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function record(value: unknown): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw new Error('something other than an object; expected a push event');
}
