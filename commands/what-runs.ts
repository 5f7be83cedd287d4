// What a stack runs, seen from outside: what its rollouts have made live, and where no rollout has judged a service yet,
// what its Deployment serves.
import { isServing } from '../cluster/health.ts';
import { type Deployment, deployedImage } from '../cluster/workload.ts';
import type { Digest } from '../images/digest.ts';
import { parseReference } from '../images/reference.ts';
import { resolveTracked } from '../images/resolve.ts';
import { tracked } from '../settings/digests.ts';
import type { ServiceEntry } from '../systems/types.ts';
import type { Stack } from './stack.ts';

/** The digest that a service runs, or why there is none. */
export type Runs = { digest: Digest } | { none: string };

/** The stack's Deployments by name; asked only where nothing else tells. */
export type Deployments = () => Promise<ReadonlyMap<string, Deployment>>;

/** What `services` of a stack that tracks run, by name. Throws where the registry, or a cluster that is needed, is out of reach. */
export async function trackedRuns(
  { settings, client }: Stack,
  services: readonly ServiceEntry[],
  deployments: Deployments,
): Promise<Map<string, Runs>> {
  const resolved = await resolveTracked(client, tracked(settings, services));
  const unjudged = services.filter((_, i) => resolved[i]!.state === 'built');
  const served = unjudged.length > 0 ? await deployedRuns(unjudged, deployments) : new Map<string, Runs>();
  return new Map(
    services.map(({ name }, i): [string, Runs] => {
      const { state, digest } = resolved[i]!;
      if (state === 'live') return [name, { digest: digest! }];
      return [name, state === 'built' ? served.get(name)! : { none: 'never built' }];
    }),
  );
}

/** What the Deployments of `services` serve, by the service's name. Throws where the cluster is out of reach. */
export async function deployedRuns(
  services: readonly ServiceEntry[],
  deployments: Deployments,
): Promise<Map<string, Runs>> {
  let there: Awaited<ReturnType<Deployments>>;
  try {
    there = await deployments();
  } catch (error) {
    const names = services.map(({ name }) => name).join(', ');
    throw new Error(
      `only the cluster knows what ${names} run${services.length === 1 ? 's' : ''}: ${(error as Error).message}`,
    );
  }
  return new Map(services.map(service => [service.name, servedBy(service, there.get(service.name))]));
}

function servedBy({ image }: ServiceEntry, deployment: Deployment | undefined): Runs {
  if (!deployment) return { none: 'no Deployment runs it' };
  const deployed = deployedImage(deployment) ?? '';
  if (!isServing(deployment)) return { none: `its Deployment does not serve ${deployed || 'anything'} yet` };
  const { repository, digest } = parseReference(deployed);
  if (digest && repository === image) return { digest };
  return { none: `its Deployment runs ${deployed}, which is no digest of ${image}` };
}
