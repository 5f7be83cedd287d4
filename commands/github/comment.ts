// `slipway comment`: the one comment of a pull request that its previews share.
import { readFile } from 'node:fs/promises';
import { COMMENT_MARK, printComment } from '../preview/markdown.ts';
import type { Report } from '../preview/report.ts';
import type { GitHub } from './client.ts';

export interface Comment {
  id: number;
  body: string;
  user: { login: string } | null;
}

/** Who writes with a workflow's own token. Anybody may write a comment that looks the same. */
const BOT = 'github-actions[bot]';

/** The comment of the previews, undefined where there is none. */
export async function findComment(github: GitHub, pull: number): Promise<Comment | undefined> {
  const comments = await github.list<Comment>(`issues/${pull}/comments`);
  return comments.find(({ body, user }) => user?.login === BOT && body.startsWith(COMMENT_MARK));
}

/**
 * Writes the comment of pull request `pull` for what `reports` (files) say of `stacks` at commit `head`, in the place of
 * the one before. A change that touches no stack gets none, unless an earlier commit of it did. Gives what was done.
 */
export async function comment(
  github: GitHub,
  pull: number,
  { stacks, reports, head }: { stacks: readonly string[]; reports: readonly string[]; head: string },
): Promise<string> {
  const read = await Promise.all(reports.map(async file => JSON.parse(await readFile(file, 'utf8')) as Report));
  const byStack = new Map(read.map(report => [report.stack, report]));
  const body = printComment(
    stacks.flatMap(stack => byStack.get(stack) ?? []),
    stacks.filter(stack => !byStack.has(stack)),
    head,
  );
  const known = await findComment(github, pull);
  if (known?.body === body) return `the comment of #${pull} says so already`;
  if (known) {
    await github.send('PATCH', `issues/comments/${known.id}`, { body });
    return `the comment of #${pull} is edited`;
  }
  if (stacks.length === 0) return `#${pull} touches no stack: no comment`;
  await github.send('POST', `issues/${pull}/comments`, { body });
  return `#${pull} has its comment`;
}
