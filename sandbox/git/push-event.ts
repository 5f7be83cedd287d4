// The payload of a push, in the shape that GitHub sends: what the listener's filters read, and what a person would look at.
import { git } from './repositories.ts';
import { branch, type GitSettings, type Repository } from './settings.ts';

/** One ref that a push moved; a name of zeros means that it was not there, or is no longer. */
export interface RefUpdate {
  before: string;
  after: string;
  ref: string;
}

export interface Commit {
  id: string;
  tree_id: string;
  distinct: boolean;
  message: string;
  /** RFC 3339, with the author's time zone. */
  timestamp: string;
  url: string;
  author: { name: string; email: string };
  added: string[];
  removed: string[];
  modified: string[];
}

/** GitHub lists at most this many commits of a push. */
const mostCommits = 2048;

const isNone = (id: string): boolean => /^0+$/.test(id);

/** Lines `before after ref`, as git's hooks are told of a push. */
export function readUpdates(text: string): RefUpdate[] {
  return [...text.matchAll(/^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (\S+)$/gm)].map(([, before, after, ref]) => ({
    before: before!,
    after: after!,
    ref: ref!,
  }));
}

/** The event of one updated ref. Throws where git can't read the repository. */
export async function pushEvent(settings: GitSettings, repository: Repository, update: RefUpdate) {
  const { before, after, ref } = update;
  const [created, deleted] = [isNone(before), isNone(after)];
  const cloneUrl = `${settings.publicUrl}/${repository.name}.git`;
  const commits = deleted ? [] : await commitsOf(settings, repository, update);
  const [last] = deleted ? [] : await readCommits(settings, repository, ['--max-count=1', after]);
  const pusher = { name: last?.author.name ?? 'developer', email: last?.author.email ?? null };
  return {
    ref,
    before,
    after,
    created,
    deleted,
    forced: !created && !deleted && !(await isAncestor(settings, repository, before, after)),
    base_ref: null,
    compare: created || deleted ? cloneUrl : `${cloneUrl}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    commits,
    head_commit: last ?? null,
    repository: {
      name: repository.name,
      full_name: repository.fullName,
      owner: { name: repository.fullName.split('/')[0] },
      clone_url: cloneUrl,
      html_url: cloneUrl,
      default_branch: branch,
      master_branch: branch,
    },
    pusher,
    sender: { login: pusher.name },
  };
}

/** What the push brought, oldest first: of a new ref, what no other ref had. */
async function commitsOf(settings: GitSettings, repository: Repository, { before, after, ref }: RefUpdate) {
  const range = isNone(before) ? [after, '--not', `--exclude=${ref}`, '--glob=refs/*'] : [after, `^${before}`];
  return (await readCommits(settings, repository, [`--max-count=${mostCommits}`, ...range])).reverse();
}

const [record, field, end] = ['\x01', '\x1f', '\x02'];

/** `git log` of `range`, newest first. A merge shows what it changed for its first parent. */
async function readCommits(settings: GitSettings, repository: Repository, range: string[]): Promise<Commit[]> {
  const format = `${record}${['%H', '%T', '%an', '%ae', '%aI', '%B'].join(field)}${end}`;
  const options = ['-z', `--format=${format}`, '--name-status', '--no-renames', '--diff-merges=first-parent', '--root'];
  const text = await git(settings, repository.name, ['log', ...options, ...range, '--']);
  return text
    .split(record)
    .slice(1)
    .map(part => readCommit(`${settings.publicUrl}/${repository.name}.git`, part));
}

function readCommit(url: string, text: string): Commit {
  const [head = '', files = ''] = text.split(end);
  const [id = '', tree = '', name = '', email = '', timestamp = '', message = ''] = head.split(field);
  const tokens = files
    .split('\0')
    .map(token => token.replace(/^\n/, ''))
    .filter(token => token !== '');
  const changed = { added: [] as string[], removed: [] as string[], modified: [] as string[] };
  for (let at = 0; at + 1 < tokens.length; at += 2) {
    const kind = tokens[at] === 'A' ? 'added' : tokens[at] === 'D' ? 'removed' : 'modified';
    changed[kind].push(tokens[at + 1]!);
  }
  return {
    id,
    tree_id: tree,
    distinct: true,
    message: message.trimEnd(),
    timestamp,
    url: `${url}/commit/${id}`,
    author: { name, email },
    ...changed,
  };
}

async function isAncestor(settings: GitSettings, { name }: Repository, before: string, after: string) {
  return git(settings, name, ['merge-base', '--is-ancestor', before, after]).then(
    () => true,
    () => false,
  );
}
