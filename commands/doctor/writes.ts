// Whether the registry takes pushes, as far as can be seen: one that the stack declares is read-only while its garbage is
// collected, and stays so where the collection was cut off.
import { type Deployment, pathOf } from '../../cluster/workload.ts';
import { registryWorkload } from '../../settings/objects.ts';
import type { Settings } from '../../settings/settings.ts';
import { age } from '../age.ts';
import { type Context, NotAsked } from '../context.ts';
import { holderOf, PACE } from '../prune/hold.ts';
import { type Check, type Finding, fault, ok, warning } from './finding.ts';

export function writesChecks({ registry }: Settings): Check[] {
  if (registry.external || registry.adopt) return [];
  return [{ group: 'registry', name: 'writes', ask: writes }];
}

async function writes(context: Context): Promise<Finding> {
  const { stack, registry } = context.settings;
  const kube = await context.kube();
  const { namespace } = registry;
  const found = await kube.get<Deployment>(pathOf({ namespace, deployment: registryWorkload }));
  if (!found) throw new NotAsked('there is no Deployment of the registry (doctor: registry inside)');
  const holder = holderOf(found);
  if (holder === undefined) return ok('nobody holds it read-only');
  const beat = Date.parse(holder.split(' ')[1] ?? '');
  const silent = context.now.getTime() - beat;
  const since = `its last sign of life was ${age(beat, context.now.getTime())} ago`;
  // Whoever collects next takes it over, and lets go of it at the end.
  const again = `slipway prune ${stack} --delete --collect`;
  if (!(silent <= PACE.dead)) {
    return fault(`the registry is read-only: a collection of its garbage was cut off, ${since}; no push passes`, again);
  }
  return warning(
    `the registry is read-only while its garbage is collected, ${since}; pushes wait`,
    `wait for the end of: ${again}`,
  );
}
