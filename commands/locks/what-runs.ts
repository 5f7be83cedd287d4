// What a stack runs, seen from outside: what its rollouts have made live, and where no rollout has judged a service yet,
// what its workload serves. A lock says what a stack is to run; that it does so, its workloads say.
import { isServing } from '../../cluster/health.ts';
import { type Deployment, deployedImage } from '../../cluster/workload.ts';
import { type Digest, shortDigest } from '../../images/digest.ts';
import { type Lock, WAITING } from '../../images/lock.ts';
import { parseReference } from '../../images/reference.ts';
import { resolveTracked } from '../../images/resolve.ts';
import { tracked } from '../../settings/digests.ts';
import type { ServiceEntry } from '../../systems/types.ts';
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

/**
 * What `services` of a stack that locks run, by name: a digest of `lock` counts once the service's workload serves it.
 * Throws where the cluster is out of reach.
 */
export async function lockedRuns(
  { settings: { stack, lock: file } }: Stack,
  { images }: Lock,
  services: readonly ServiceEntry[],
  deployments: Deployments,
): Promise<Map<string, Runs>> {
  const pinned = services.filter(({ image }) => typeof images[image] === 'object');
  const served = pinned.length > 0 ? await deployedRuns(pinned, deployments) : new Map<string, Runs>();
  const runs = ({ name, image }: ServiceEntry): Runs => {
    const entry = images[image];
    if (entry === undefined) return { none: `${file} has no entry for ${image}; run: slipway pin ${stack} ${name}` };
    if (entry === WAITING) return { none: `${WAITING} in ${file}` };
    const run = served.get(name)!;
    if ('none' in run || run.digest === entry.digest) return run;
    const differ = `${file} names ${shortDigest(entry.digest)}, and ${shortDigest(run.digest)} runs`;
    return { none: `${differ}; run: pulumi up --stack ${stack}` };
  };
  return new Map(services.map(service => [service.name, runs(service)]));
}

/** What the workloads of `services` serve, by the service's name. Throws where the cluster is out of reach. */
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
  if (!deployment) return { none: 'no workload runs it' };
  const { kind = 'Deployment' } = deployment;
  const deployed = deployedImage(deployment) ?? '';
  if (!isServing(deployment)) return { none: `its ${kind} does not serve ${deployed || 'anything'} yet` };
  const { repository, digest } = parseReference(deployed);
  if (digest && repository === image) return { digest };
  return { none: `its ${kind} runs ${deployed}, which is no digest of ${image}` };
}
