// Which digest a stack that tracks runs: what its rollout made live, else what was built, else nothing yet.
import pMap from 'p-map';
import type { Digest } from './digest.ts';
import type { RegistryClient } from './registry.ts';
import { branchTag, commitOf, immutableTag, liveTag } from './tags.ts';

/** One image to resolve: `registry` as references spell it, `repository` below it, `branch` that its builds are of. */
export interface Tracked {
  registry: string;
  repository: string;
  stack: string;
  branch: string;
}

export interface Resolved {
  /** `live`: rolled out and healthy. `built`: published, never rolled out. `waiting`: never built. */
  state: 'live' | 'built' | 'waiting';
  digest?: Digest;
  /** 40 hexadecimal digits, or `unknown` where the image does not carry it. */
  commit?: string;
  /** The tag of this build that never moves. */
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
  const { registry, repository, stack, branch } = image;
  const live = await client.manifest({ registry, repository, tag: liveTag(stack) });
  const found = live ?? (await client.manifest({ registry, repository, tag: branchTag(branch) }));
  if (!found) return { state: 'waiting' };
  const commit = commitOf(found.manifest.annotations);
  return { state: live ? 'live' : 'built', digest: found.digest, commit, tag: immutableTag(commit, found.digest) };
}
