// Old builds leave the registry, with all that only they have.
import pMap from 'p-map';
import type { Digest } from '../../images/digest.ts';
import { readTree } from '../../images/image-tree.ts';
import type { Reference } from '../../images/reference.ts';
import type { RegistryClient } from '../../images/registry.ts';
import { referrersTag } from '../../images/tags.ts';
import type { Context } from '../context.ts';
import { buildingNow, type Needs, needsOf } from './needs.ts';
import { type Build, buildsOf, type Plan } from './plan.ts';
import type { Scope } from './scope.ts';

const PARALLEL = 8;

/**
 * Removes the builds of the plan that nothing needs, each with what is below it and attached to it, as far as nothing else
 * in its repository has that too. Before each repository all that may need a build is asked anew, and before each build
 * whether a run has begun. `say`: a line a build. Gives the number of manifests. Throws with that number where something
 * can't be asked any more; the next plan has the rest.
 */
export async function removeBuilds(
  context: Context,
  { builds }: Plan,
  say: (line: string) => void,
  scope: Scope,
): Promise<number> {
  const planned = builds.filter(({ kept }) => kept === undefined);
  const keys = new Set(planned.map(keyOf));
  let removed = 0;
  try {
    const client = await context.outside();
    for (const repository of new Set(planned.map(build => build.repository))) {
      const needs = await needsOf(context, new Set([repository]), scope);
      const now = await buildsOf(client, context.settings.registry.name, repository, needs);
      const old = now.filter(build => build.kept === undefined && keys.has(keyOf(build)));
      const counted = async (digest: Digest) => {
        if (await client.remove({ registry: context.settings.registry.name, repository, digest })) removed += 1;
      };
      await removeOld(context, client, repository, { old, needs, scope, remove: counted, say });
    }
  } catch (error) {
    throw new Error(`stopped after ${removed} manifests were removed: ${(error as Error).message}`);
  }
  return removed;
}

const keyOf = ({ repository, digest }: Build) => `${repository}@${digest}`;

interface Removal {
  old: readonly Build[];
  needs: Needs;
  scope: Scope;
  remove: (digest: Digest) => Promise<void>;
  say: (line: string) => void;
}

async function removeOld(
  context: Context,
  client: RegistryClient,
  repository: string,
  { old, needs, scope, remove, say }: Removal,
): Promise<void> {
  const place = { registry: context.settings.registry.name, repository };
  const trees = await pMap(
    old,
    // One that is not whole any more goes alone.
    ({ digest }) => manifestsOf(client, { ...place, digest }).catch(() => [digest]),
    { concurrency: PARALLEL },
  );
  const going = new Set(trees.flat());
  const tags = await client.tags(place.registry, repository);
  // What is attached to a manifest is listed under a tag of its digest where the registry keeps no list; signatures
  // of cosign have such a tag with an ending.
  const attachedTo = (digest: Digest) => tags.filter(tag => tag.split('.')[0] === referrersTag(digest));
  const leaving = new Set([...old.flatMap(build => build.tags), ...[...going].flatMap(attachedTo)]);
  const needed = await neededIn(
    client,
    place,
    tags.filter(tag => !leaving.has(tag)),
    needs.digests,
  );
  for (const [i, { digest, tags: own }] of old.entries()) {
    if (needed.has(digest)) continue;
    const run = (await buildingNow(context, scope)).get(repository);
    if (run !== undefined) {
      say(`${repository}: run ${run} has begun; the rest of its images is left alone`);
      return;
    }
    // The index first: nobody then finds one of which a part is gone.
    for (const one of [digest, ...trees[i]!.filter(other => other !== digest && !needed.has(other))]) {
      const lists = await pMap(attachedTo(one), tag => client.manifest({ ...place, tag }));
      for (const gone of [one, ...lists.flatMap(list => list?.digest ?? [])]) await remove(gone);
    }
    say(`${repository}@${digest} (${own.join(', ')}) removed`);
  }
}

/** Every manifest of a repository that stays: what `tags` name, what is needed without a tag, and all below those. */
async function neededIn(
  client: RegistryClient,
  place: { registry: string; repository: string },
  tags: readonly string[],
  digests: Needs['digests'],
): Promise<Set<Digest>> {
  const named = await pMap(tags, tag => client.manifest({ ...place, tag }), { concurrency: PARALLEL });
  const roots = new Set([...named.flatMap(found => found?.digest ?? []), ...digests.keys()]);
  const trees = await pMap(roots, digest => manifestsOf(client, { ...place, digest }), { concurrency: PARALLEL });
  return new Set(trees.flat());
}

/** The manifest, what it names and what is attached to any of them; none where the registry does not have it. */
async function manifestsOf(client: RegistryClient, ref: Reference & { digest: Digest }): Promise<Digest[]> {
  if (!(await client.manifest(ref))) return [];
  return (await readTree(client, ref)).manifests.map(({ digest }) => digest);
}
