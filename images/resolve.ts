// Which digest a stack that tracks runs: what its rollout made live, else what was built, else nothing yet.
import pMap from 'p-map';
import type { Digest } from './digest.ts';
import type { RegistryClient } from './registry.ts';
import { commitOf, immutableTag } from './tags.ts';

/** One image to resolve: `registry` as references spell it, `repository` below it. */
export interface Tracked {
  registry: string;
  repository: string;
  /** The tag that each build moves. */
  built: string;
  /** The tag that rollouts of a pipeline move; absent where there is none, and builds have no tag that never moves. */
  live?: string;
}

export interface Resolved {
  /** `live`: rolled out and healthy. `built`: published, never rolled out. `waiting`: never built. */
  state: 'live' | 'built' | 'waiting';
  digest?: Digest;
  /** 40 hexadecimal digits, or `unknown` where the image does not carry it. */
  commit?: string;
  /** The tag of this build: one that never moves, where a pipeline has made it. */
  tag?: string;
}

const PARALLEL = 16;

/**
 * Resolves all of `images` in parallel, in their order. Throws RegistryError or UnreachableError when the registry
 * does not answer: falling back to an older digest would be a silent rollback.
 */
export function resolveTracked(client: RegistryClient, images: readonly Tracked[]): Promise<Resolved[]> {
  return pMap(images, image => resolveImage(client, image), { concurrency: PARALLEL });
}

async function resolveImage(client: RegistryClient, image: Tracked): Promise<Resolved> {
  const { registry, repository, built, live: liveTag } = image;
  const live = liveTag === undefined ? undefined : await client.manifest({ registry, repository, tag: liveTag });
  const found = live ?? (await client.manifest({ registry, repository, tag: built }));
  if (!found) return { state: 'waiting' };
  const commit = commitOf(found.manifest.annotations);
  const tag = liveTag === undefined ? built : immutableTag(commit, found.digest);
  return { state: live ? 'live' : 'built', digest: found.digest, commit, tag };
}
