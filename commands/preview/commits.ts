// What lies between the source commits of a roll: a link where the repository's host has one, and the commits themselves
// where a checkout of the repository is at hand.
import { UNKNOWN_COMMIT } from '../../images/tags.ts';
import type { System } from '../../systems/types.ts';
import { git } from '../git.ts';
import type { Roll } from './rolls.ts';

/** `rolls` with what is known of their commits. `sources`: a checkout of the system's repository. */
export function withCommits(rolls: readonly Roll[], system: System, sources?: string): Promise<Roll[]> {
  return Promise.all(
    rolls.map(async roll => {
      const [from, to] = [roll.from?.commit, roll.to?.commit];
      if (!from || !to || from === to || from === UNKNOWN_COMMIT || to === UNKNOWN_COMMIT) return roll;
      if (system.builtBy !== 'pipeline') return roll;
      const { url } = system.repository;
      const compare = /^https:\/\/github\.com\/[\w.-]+\/[\w.-]+$/.test(url) && `${url}/compare/${from}...${to}`;
      const { changes = [] } = system.services.find(({ name }) => name === roll.service) ?? {};
      const between = sources === undefined ? undefined : await commitsBetween(sources, from, to, changes);
      return { ...roll, ...between, ...(compare && { compare }) };
    }),
  );
}

/** Nothing where the checkout does not have both commits. */
async function commitsBetween(
  folder: string,
  from: string,
  to: string,
  paths: readonly string[],
): Promise<Pick<Roll, 'commits' | 'back'>> {
  const log = async (range: string) => {
    const args = ['log', '--abbrev=12', '--format=%h %s', range, ...(paths.length > 0 ? ['--', ...paths] : [])];
    return (await git(args, folder)).split('\n').filter(line => line !== '');
  };
  try {
    const commits = await log(`${from}..${to}`);
    const taken = commits.length === 0 ? await log(`${to}..${from}`) : [];
    return taken.length > 0 ? { commits: taken, back: true } : { commits };
  } catch {
    return {};
  }
}
