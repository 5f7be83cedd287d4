// Which builds of a stack's services nobody needs any more, and their removal from the registry.
import pMap from 'p-map';
import type { Digest } from '../../images/digest.ts';
import { readTree } from '../../images/image-tree.ts';
import type { Manifest } from '../../images/manifest.ts';
import type { Reference } from '../../images/reference.ts';
import type { RegistryClient } from '../../images/registry.ts';
import { NEVER_MOVING, referrersTag } from '../../images/tags.ts';
import type { Context } from '../context.ts';
import { type Needs, needsOf } from './needs.ts';

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
export async function planPrune(context: Context): Promise<Plan> {
  const { services, registry } = context.settings;
  const repositories = [...new Set(services.map(({ image }) => image))].sort();
  const [client, needs] = [await context.outside(), await needsOf(context, new Set(repositories))];
  const found = await pMap(repositories, repository => buildsOf(client, registry.name, repository, needs), {
    concurrency: 4,
  });
  const notes = repositories.flatMap(repository => {
    const run = needs.building.get(repository);
    return run === undefined ? [] : [`${repository}: run ${run} builds; its images are left alone until it has ended`];
  });
  return { builds: found.flat(), notes };
}

/**
 * Removes the builds of the plan that nothing needs, each with what is below it and attached to it, as far as nothing else
 * in its repository has that too. After a cut the next plan has the rest; of a build whose index is gone already, what was
 * below it goes with the registry's own garbage collection. `say`: a line a build. Gives the number of manifests.
 */
export async function removeBuilds(context: Context, { builds }: Plan, say: (line: string) => void): Promise<number> {
  const client = await context.outside();
  const registry = context.settings.registry.name;
  const old = builds.filter(({ kept }) => kept === undefined);
  let removed = 0;
  for (const repository of new Set(old.map(build => build.repository))) {
    const group = old.filter(build => build.repository === repository);
    const place = { registry, repository };
    const trees = await pMap(group, ({ digest }) => manifestsOf(client, { ...place, digest }), {
      concurrency: PARALLEL,
    });
    const needed = await neededIn(context, client, repository, new Set(trees.flat()), group);
    for (const [i, { digest, tags }] of group.entries()) {
      // The index first: nobody then finds one of which a part is gone.
      for (const one of [digest, ...trees[i]!.filter(other => other !== digest && !needed.has(other))]) {
        const list = await client.manifest({ ...place, tag: referrersTag(one) });
        for (const gone of [one, ...(list ? [list.digest] : [])]) {
          if (await client.remove({ ...place, digest: gone })) removed += 1;
        }
      }
      say(`${repository}@${digest} (${tags.join(', ')}) removed`);
    }
  }
  return removed;
}

async function buildsOf(
  client: RegistryClient,
  registry: string,
  repository: string,
  { digests, building }: Needs,
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
      ];
      return { repository, digest, tags: own, kept: why[0] };
    });
}

/**
 * Every manifest of a repository that stays: what its other tags name, what is needed without a tag, and all below those.
 * `going`: the manifests of the builds that go; what is attached to one of them counts where that one stays.
 */
async function neededIn(
  context: Context,
  client: RegistryClient,
  repository: string,
  going: ReadonlySet<Digest>,
  old: readonly Build[],
): Promise<Set<Digest>> {
  const place = { registry: context.settings.registry.name, repository };
  const leaving = new Set([...old.flatMap(({ tags }) => tags), ...[...going].map(referrersTag)]);
  const tags = (await client.tags(place.registry, repository)).filter(tag => !leaving.has(tag));
  const named = await pMap(tags, tag => client.manifest({ ...place, tag }), { concurrency: PARALLEL });
  const { digests } = await needsOf(context, new Set([repository]));
  const roots = new Set([...named.flatMap(found => found?.digest ?? []), ...digests.keys()]);
  const trees = await pMap(roots, digest => manifestsOf(client, { ...place, digest }), { concurrency: PARALLEL });
  return new Set(trees.flat());
}

/** The manifest, what it names and what is attached to any of them; none where the registry does not have it. */
async function manifestsOf(client: RegistryClient, ref: Reference & { digest: Digest }): Promise<Digest[]> {
  if (!(await client.manifest(ref))) return [];
  return (await readTree(client, ref)).manifests.map(({ digest }) => digest);
}
