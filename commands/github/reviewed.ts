// `slipway reviewed <stack>`: the previews that were reviewed and are not deployed yet, as the pull requests' comments
// have them.
import { git } from '../git.ts';
import { parsePlans } from '../preview/plan.ts';
import type { GitHub } from './client.ts';
import { findComment } from './comment.ts';

interface Deployment {
  id: number;
  sha: string;
}

interface Pull {
  number: number;
  merged_at: string | null;
  head: { sha: string };
}

export interface Reviewed {
  /** Bodies of the comments. */
  text: string;
  /** What a reader must know of those that are not among them. */
  notes: string[];
}

/** Commits that are looked at, at most. */
const MOST = 200;

/**
 * The comments of every pull request that was merged after the last deployment of `stack` that succeeded; `since` stands
 * for its commit where GitHub knows of none. `head`: the commit that is to be deployed.
 */
export async function reviewed(github: GitHub, stack: string, since: string, head = 'HEAD'): Promise<Reviewed> {
  const last = (await lastDeployed(github, stack)) ?? since;
  const listed = await git(['rev-list', '--first-parent', `--max-count=${MOST}`, `${last}..${head}`]);
  const commits = listed.split('\n').filter(line => line !== '');
  const notes: string[] = [];
  const texts = new Map<number, string>();
  for (const commit of commits) {
    const pulls = (await github.list<Pull>(`commits/${commit}/pulls`)).filter(({ merged_at }) => merged_at !== null);
    if (pulls.length === 0) notes.push(`${commit.slice(0, 12)} came without a pull request: no review of it`);
    for (const { number, head: merged } of pulls) {
      if (texts.has(number)) continue;
      const body = (await findComment(github, number))?.body ?? '';
      const [plan] = parsePlans(body).filter(plan => plan.stack === stack);
      const stale = plan?.head !== undefined && plan.head !== merged.sha;
      if (stale) {
        notes.push(
          `#${number} was merged at ${merged.sha.slice(0, 12)}, and its preview is of ${plan.head!.slice(0, 12)}: no review of it`,
        );
      }
      texts.set(number, stale ? '' : body);
    }
  }
  return { text: [...texts.values()].join('\n'), notes };
}

/** The commit of the stack's last deployment that ended well: a job with an environment leaves one. */
async function lastDeployed(github: GitHub, stack: string): Promise<string | undefined> {
  const deployments = await github.get<Deployment[]>(
    `deployments?environment=${encodeURIComponent(stack)}&per_page=100`,
  );
  for (const { id, sha } of deployments) {
    const [latest] = await github.get<{ state: string }[]>(`deployments/${id}/statuses?per_page=1`);
    if (latest?.state === 'success') return sha;
  }
  return undefined;
}
