// What a pruning asks beside its own stack: other stacks may pull from the same registry, on other clusters.
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { namespace, type Settings } from '../../settings/settings.ts';
import { checkout } from '../checkout.ts';
import { type Context, type Means, makeContext } from '../context.ts';
import { readStackFile, settingsOf, stackFile, stackNames } from '../stack-file.ts';

export interface Scope {
  /** Folder of the stack files, in place of the checkout. */
  stacks?: string;
  /** Milliseconds: what a lock has named since then stays. */
  olderThan: number;
  /** Whether builds that no lock has ever named are old as well, in a stack that locks. */
  unnamed: boolean;
  /** The other stacks whose clusters pull from the registry. */
  sharing: readonly Context[];
}

/**
 * The other stacks that have `settings`' registry under its address. Throws every fault of such a stack's file. Those that
 * have it under its cluster's own address only are on that cluster, which is asked anyway.
 */
export async function stacksSharing(
  { stack, registry }: Settings,
  stacks: string | undefined,
  means?: Means,
): Promise<Context[]> {
  const folder = stacks === undefined ? checkout : resolve(stacks);
  const sharing: Context[] = [];
  for (const name of stackNames(folder)) {
    if (name === stack) continue;
    const { values } = await readStackFile(stackFile(name, folder));
    if (isSame(registry, values[`${namespace}:registry`]))
      sharing.push(makeContext(await settingsOf(name, folder), means));
  }
  return sharing;
}

// Clusters may well have their registries under one ClusterIP.
function isSame({ name, endpoint }: Settings['registry'], written = '{}'): boolean {
  const other = JSON.parse(written) as { name?: unknown; endpoint?: unknown };
  const isClusters = isIP(name.replace(/:\d+$/, '')) !== 0;
  return other.endpoint === endpoint || (other.name === name && !isClusters);
}
