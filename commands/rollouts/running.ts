// Which image pods run, as their kubelet tells it.
import type { Pod } from '../../cluster/health.ts';
import { type Deployment, selectorOf } from '../../cluster/workload.ts';
import { type Digest, isDigest } from '../../images/digest.ts';
import { inspectImage } from '../../images/inspect.ts';
import type { Context } from '../context.ts';

/** The digest that an image's reference, or a container's imageID, ends with; undefined where it names none. */
export function digestOfImage(image: string): Digest | undefined {
  const digest = image.slice(image.lastIndexOf('@') + 1);
  return image.includes('@') && isDigest(digest) ? digest : undefined;
}

/** The pods of a Deployment that are not on their way out. */
export async function podsOfDeployment(context: Context, deployment: Deployment): Promise<Pod[]> {
  const kube = await context.kube();
  const { namespace } = deployment.metadata;
  const pods = await kube.list<Pod>(`/api/v1/namespaces/${namespace}/pods`, { labelSelector: selectorOf(deployment) });
  return pods.filter(({ metadata }) => !metadata.deletionTimestamp);
}

/** A pod whose container runs something else than `image`. */
export interface Other {
  pod: string;
  digest: Digest;
}

/**
 * The first of `pods` whose container does not run `container.image`. A kubelet may name the same image by another index
 * that holds it, so a digest that differs is looked up. Undefined where all fit, or where nothing can be told.
 */
export async function runsOther(
  context: Context,
  repository: string,
  container: { name: string; image: string },
  pods: readonly Pod[],
): Promise<Other | undefined> {
  const wanted = digestOfImage(container.image);
  for (const { metadata, status } of pods) {
    const imageID = status?.containerStatuses?.find(({ name }) => name === container.name)?.imageID ?? '';
    const digest = digestOfImage(imageID);
    if (!digest || !wanted || digest === wanted) continue;
    if ((await sharePlatform(context, repository, digest, wanted)) === false) return { pod: metadata.name, digest };
  }
  return undefined;
}

/**
 * Whether two digests lead to the same image on some platform: an index to its image, or two indexes to one. Undefined
 * where one of them is not there any more.
 */
async function sharePlatform(
  context: Context,
  repository: string,
  one: Digest,
  other: Digest,
): Promise<boolean | undefined> {
  const client = await context.registry();
  const registry = context.settings.registry.name;
  const [a, b] = await Promise.all(
    [one, other].map(async digest => {
      const image = await inspectImage(client, { registry, repository, digest });
      return image && new Set([digest, ...image.platforms.values()]);
    }),
  );
  return a && b && [...a].some(digest => b.has(digest));
}
