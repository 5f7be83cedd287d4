// `slipway prune <stack>`: old builds of the stack's services, listed with what keeps each, and removed where that is asked for.
import { shortDigest } from '../../images/digest.ts';
import { type Means, makeContext } from '../context.ts';
import { settingsOf } from '../stack-file.ts';
import { table } from '../table.ts';
import { type Plan, planPrune } from './plan.ts';
import { removeBuilds } from './remove.ts';

export interface PruneCommand {
  /** Remove what is listed. */
  delete?: boolean;
  /** Folder of the stack files, in place of the checkout. */
  stacks?: string;
}

/** `say`: each line as it is known. Throws where it can't be known what is needed, with what was removed till then. */
export async function runPrune(
  stack: string,
  { delete: remove = false, stacks }: PruneCommand,
  say: (line: string) => void,
  means?: Means,
): Promise<void> {
  const context = makeContext(await settingsOf(stack, stacks), means);
  try {
    const plan = await planPrune(context, stacks).catch((error: Error) => {
      throw new Error(`nothing was removed: ${error.message}`);
    });
    for (const line of listed(plan)) say(line);
    const old = plan.builds.filter(({ kept }) => kept === undefined).length;
    const count = `${stack}: ${old} of ${plan.builds.length} builds`;
    if (old === 0) return say(`${count} are needed by nothing`);
    if (!remove) return say(`${count} would be removed; remove them: slipway prune ${stack} --delete`);
    const manifests = await removeBuilds(context, plan, say, stacks);
    say(`${stack}: ${manifests} manifests removed; their layers go when the registry collects its garbage`);
  } finally {
    context.close();
  }
}

function listed({ builds, notes }: Plan): string[] {
  const rows = builds.map(({ repository, digest, tags, kept }) => [
    kept === undefined ? 'old' : 'kept',
    repository,
    shortDigest(digest),
    kept ?? `nothing names it but ${tags.join(', ')}`,
  ]);
  return [...(rows.length > 0 ? table(rows).split('\n') : []), ...notes];
}
