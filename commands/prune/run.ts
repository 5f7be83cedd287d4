// `slipway prune <stack>`: old builds of the stack's services, listed with what keeps each, and removed where that is asked for,
// with the layers that only they had.
import { shortDigest } from '../../images/digest.ts';
import { type Context, type Means, makeContext } from '../context.ts';
import { settingsOf } from '../stack-file.ts';
import { table } from '../table.ts';
import { checkCollects, collectGarbage } from './collect.ts';
import { type Plan, planPrune } from './plan.ts';
import { removeBuilds } from './remove.ts';
import { type Scope, stacksSharing } from './scope.ts';

export interface PruneCommand {
  /** Remove what is listed. */
  delete?: boolean;
  /** With `delete`: collect the registry's garbage afterwards. */
  collect?: boolean;
  /** `14d`, `12h`: what a lock has named since then stays. */
  olderThan: string;
  /** What no lock has ever named is old as well. */
  unnamed?: boolean;
  /** Folder of the stack files, in place of the checkout. */
  stacks?: string;
}

/** `say`: each line as it is known. Throws where it can't be known what is needed, with what was removed till then. */
export async function runPrune(
  stack: string,
  { delete: remove = false, collect = false, olderThan, unnamed = false, stacks }: PruneCommand,
  say: (line: string) => void,
  means?: Means,
): Promise<void> {
  const age = millisecondsOf(olderThan);
  const context = makeContext(await settingsOf(stack, stacks), means);
  const sharing = await stacksSharing(context.settings, stacks, means);
  const scope: Scope = { stacks, olderThan: age, unnamed, sharing };
  try {
    if (collect) checkCollects(context);
    const plan = await planPrune(context, scope).catch((error: Error) => {
      throw new Error(`nothing was removed: ${error.message}`);
    });
    for (const line of listed(plan)) say(line);
    const old = plan.builds.filter(({ kept }) => kept === undefined).length;
    const count = `${stack}: ${old} of ${plan.builds.length} builds`;
    if (old === 0) say(`${count} are needed by nothing`);
    if (!remove) {
      const options = `--delete${collect ? ' --collect' : ''}`;
      if (old > 0) say(`${count} would be removed; remove them: slipway prune ${stack} ${options}`);
      if (collect) say(`${stack}: the registry would be read-only while its garbage is collected (${options})`);
      return;
    }
    if (old > 0) {
      const manifests = await removeBuilds(context, plan, say, scope);
      say(`${stack}: ${manifests} manifests removed${collect ? '' : `; ${whatIsLeft(context)}`}`);
    }
    if (collect) await collected(context, say);
  } finally {
    for (const one of [context, ...sharing]) one.close();
  }
}

function whatIsLeft({ settings: { stack, registry } }: Context): string {
  if (registry.external || registry.adopt) return 'their layers go when whoever runs the registry collects its garbage';
  return `their layers go when its garbage is collected: slipway prune ${stack} --delete --collect`;
}

async function collected(context: Context, say: (line: string) => void): Promise<void> {
  const stop = new AbortController();
  const end = (signal: string) => stop.abort(new Error(`ended by ${signal}`));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, end);
  try {
    const { inUse, removed } = await collectGarbage(context, say, stop.signal);
    say(`${context.settings.stack}: ${removed} blobs removed, ${inUse} are in use`);
  } finally {
    for (const signal of signals) process.off(signal, end);
  }
}

function millisecondsOf(text: string): number {
  const [, number, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  if (number === undefined)
    throw new Error(`--older-than: found "${text}"; expected days or hours, for example 14d or 12h`);
  return Number(number) * (unit === 'd' ? 86_400_000 : 3_600_000);
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
