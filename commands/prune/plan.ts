// Which builds of a stack's services there are, and what needs each.
import pMap from 'p-map';
import type { Digest } from '../../images/digest.ts';
import type { Manifest } from '../../images/manifest.ts';
import type { RegistryClient } from '../../images/registry.ts';
import { NEVER_MOVING } from '../../images/tags.ts';
import type { Context } from '../context.ts';
import { type Needs, needsOf } from './needs.ts';
import type { Scope } from './scope.ts';

/** An index that builds have published under a tag that never moves. */
export interface Build {
  repository: string;
  digest: Digest;
  /** All its tags, sorted. */
  tags: string[];
  /** What needs it; undefined where nothing does. */
  kept: string | undefined;
}

export interface Plan {
  /** By repository, then digest. */
  builds: Build[];
  /** Lines about repositories that were left alone. */
  notes: string[];
}

const PARALLEL = 8;

/**
 * All builds of the stack's services, with what needs each. Bases and the step image are none of them: their tags move, and
 * what a tag has left has no name by which a registry would list it. Throws where it can't be known what is needed.
 */
export async function planPrune(context: Context, scope: Scope): Promise<Plan> {
  const { services, registry } = context.settings;
  const repositories = [...new Set(services.map(({ image }) => image))].sort();
  const [client, needs] = [await context.outside(), await needsOf(context, new Set(repositories), scope)];
  const found = await pMap(repositories, repository => buildsOf(client, registry.name, repository, needs), {
    concurrency: 4,
  });
  const notes = repositories.flatMap(repository => {
    const run = needs.building.get(repository);
    return run === undefined ? [] : [`${repository}: run ${run} builds; its images are left alone until it has ended`];
  });
  return { builds: found.flat(), notes };
}

/** The builds of a repository, with what needs each. */
export async function buildsOf(
  client: RegistryClient,
  registry: string,
  repository: string,
  { digests, building, ever }: Needs,
): Promise<Build[]> {
  const tags = await client.tags(registry, repository);
  const there = await pMap(tags, async tag => ({ tag, found: await client.manifest({ registry, repository, tag }) }), {
    concurrency: PARALLEL,
  });
  const byDigest = new Map<Digest, { tags: string[]; manifest: Manifest }>();
  for (const { tag, found } of there) {
    if (!found) continue;
    const { digest, manifest } = found;
    byDigest.set(digest, { manifest, tags: [...(byDigest.get(digest)?.tags ?? []), tag].sort() });
  }
  const run = building.get(repository);
  return [...byDigest]
    .filter(([, { tags: own }]) => own.some(tag => NEVER_MOVING.test(tag)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([digest, { tags: own, manifest }]) => {
      const moving = own.filter(tag => !NEVER_MOVING.test(tag));
      const below = manifest.kind === 'index' ? manifest.children.map(child => child.digest) : [];
      const why = [
        ...(moving.length > 0 ? [`tag ${moving.join(', ')}`] : []),
        ...[digest, ...below].flatMap(one => digests.get(one) ?? []),
        ...(run === undefined ? [] : [`run ${run} builds`]),
        // A pull request that nobody has fetched may name it.
        ...(ever && !ever.has(digest) ? ['no lock that git has here has ever named it (--unnamed)'] : []),
      ];
      return { repository, digest, tags: own, kept: why[0] };
    });
}
