// Which digest each service of a stack runs: resolved from the registry's tags, or read from the lock (`lock`). The program
// of a stack that builds (`build`) knows the digests from its own images; to all others, they are what the tags say.
import { type Digest, isDigest } from '../images/digest.ts';
import type { Lock } from '../images/lock.ts';
import type { RegistryClient } from '../images/registry.ts';
import { UnreachableError } from '../images/registry-errors.ts';
import { resolveTracked, type Tracked } from '../images/resolve.ts';
import { liveTag } from '../images/tags.ts';
import type { ServiceEntry } from '../systems/types.ts';
import { fromLock, lockedServices, waiting } from './locked.ts';
import { patiently } from './patience.ts';
import type { Settings } from './settings.ts';

/**
 * `live`, `built`: tracked (see images/resolve.ts). `unjudged`: a rollout has written it, and has not come to its end.
 * `pinned`: from the lock. `waiting`: there is no image yet.
 */
export interface ServiceDigest {
  state: 'live' | 'built' | 'unjudged' | 'pinned' | 'waiting';
  digest?: Digest;
  /** 40 hexadecimal digits or `unknown`. */
  commit?: string;
  /** `registry/repository:tag@digest`, the tag one that never moves. */
  image?: string;
}

export interface DigestSource {
  lock: Lock;
  /** Absent where digests come from the lock alone, and no registry is asked: a render. */
  client?: RegistryClient;
  /** Whether the cluster has the registry's Service. Before its first `up` it has not, and nothing was ever built. */
  registryDeclared: boolean;
  /** Whether any workload of the stack's services runs, which an older digest could roll back. */
  workloads: boolean;
  /** The image of each of the system's Deployments, by name. */
  running: ReadonlyMap<string, string>;
  /** Those among them that a rollout wrote last. */
  rolledOut: ReadonlyMap<string, string>;
  /** A preview changes nothing, so it may go on with the lock when the registry is out of reach. */
  preview: boolean;
  /**
   * How an `up` waits for a registry that the cluster has and that does not answer: its pod may be starting again.
   * `say` is told once, before the first wait.
   */
  patience: { tries: number; milliseconds: number; say: (text: string) => void };
}

export interface ServiceDigests {
  services: Map<string, ServiceDigest>;
  /** What a reader must know of how they were found. */
  notes: string[];
}

/**
 * The digest of each service of `settings`. Throws one line when an `up` can't know what runs, and when a lock is not
 * complete or names what is not there.
 */
export async function resolveServices(settings: Settings, source: DigestSource): Promise<ServiceDigests> {
  const { client } = source;
  if (settings.digests === 'lock') return lockedServices(settings, source);
  if (!client) return { services: fromLock(settings, source.lock), notes: [] };
  if (!source.registryDeclared) return { services: waiting(settings), notes: [] };
  const { registry } = settings;
  try {
    const resolved = await patiently(source, () => resolveTracked(client, tracked(settings, settings.services)));
    const notes: string[] = [];
    const services = new Map(
      settings.services.map((service, i): [string, ServiceDigest] => {
        const { state, digest, commit, tag } = resolved[i]!;
        const image = digest && `${registry.name}/${service.image}:${tag}@${digest}`;
        const running = unjudged(`${registry.name}/${service.image}`, source.rolledOut.get(service.name));
        if (!running || running.image === image) return [service.name, { state, digest, commit, image }];
        notes.push(
          `${service.name} stays on ${running.image}: its rollout goes on, or was cut off before it was seen healthy (then push again)`,
        );
        return [service.name, running];
      }),
    );
    return { services, notes };
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    if (source.preview) {
      return {
        services: fromLock(settings, source.lock),
        notes: [`this preview takes digests from ${settings.lock}, and what runs may be newer: ${error.message}`],
      };
    }
    // An `up` that was cut off while the registry came up for the first time: nothing runs that could be rolled back.
    if (!source.workloads)
      return { services: waiting(settings), notes: [`no service runs yet, so all are waiting: ${error.message}`] };
    throw new Error(
      `an up must know what runs, or it rolls back to an older digest; bring the registry back, then run it again: ${error.message}`,
    );
  }
}

/** The images of `services` by the tags that tell what they run. */
export function tracked(
  { registry, tag, stack, system }: Settings,
  services: readonly Pick<ServiceEntry, 'image'>[],
): Tracked[] {
  const tags = { built: tag, ...(system.builtBy === 'pipeline' && { live: liveTag(stack) }) };
  return services.map(({ image }) => ({ registry: registry.name, repository: image, ...tags }));
}

// The live tag moves after health. Until then the Deployment is ahead of it, and to declare the live digest would take
// the rollout back, or rather fail: the image is the rollout's field.
function unjudged(repository: string, image = ''): ServiceDigest | undefined {
  const [name = '', digest] = image.split('@');
  return name.startsWith(`${repository}:`) && isDigest(digest) ? { state: 'unjudged', digest, image } : undefined;
}
