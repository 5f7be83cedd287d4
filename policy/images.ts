// The rules of what a pod runs: by digest, from where, for which platforms.
import { listPlatforms, type Platform } from '../images/platform.ts';
import { formatReference, parseReference, type Reference } from '../images/reference.ts';
import { type Pod, podsIn } from './pods.ts';
import { fieldsOf, type Resource } from './resource.ts';
import type { Facts, Rule } from './rule.ts';

const digest: Rule = {
  name: 'digest',
  keeps: 'every container and step, init and ephemeral ones included, runs an image by digest',
  find: resource =>
    imagesIn(resource).flatMap(({ path, image }) => {
      const found = faultOf(image);
      if (found === undefined) return [];
      const remedy = 'pin it: a tag may mean another image tomorrow, a digest never does';
      return [{ path, found, allowed: 'registry/repository[:tag]@sha256:…', remedy }];
    }),
};

const registry: Rule = {
  name: 'registry',
  keeps: "images come from the stack's own registry, or are upstream images that its lock pins",
  find: (resource, { registries, upstream }) =>
    pinnedIn(resource).flatMap(({ path, reference }) => {
      const found = formatReference(reference);
      if (registries.includes(reference.registry) || upstream.includes(found)) return [];
      const allowed = `${registries.join(', ')}, and what the lock's upstream section pins, by that digest`;
      const remedy = "copy it to the stack's registry, or pin it in the lock's upstream section";
      return [{ path, found, allowed, remedy }];
    }),
};

const platforms: Rule = {
  name: 'platforms',
  keeps: "an image's index has every platform of the nodes that its pod may be scheduled to",
  find: async (resource, facts) => {
    const findings = pinnedIn(resource).map(async ({ path, pod, reference }) => {
      const needed = platformsFor(pod, facts);
      const there = await facts.platformsOf(reference);
      if (there !== undefined && needed.every(platform => there.includes(platform))) return [];
      const found = `${formatReference(reference)}, ${describe(there)}`;
      const remedy = 'build it for all of them at once and pin the index, or tie the pod to nodes that can run it';
      return [{ path, found, allowed: `an index with ${listPlatforms(needed)}`, remedy }];
    });
    return (await Promise.all(findings)).flat();
  },
};

export const imageRules: readonly Rule[] = [digest, registry, platforms];

function describe(there: readonly Platform[] | undefined): string {
  if (there === undefined) return 'which neither the lock nor a registry knows';
  return there.length === 0 ? 'a single image and no index' : `an index with ${listPlatforms(there)}`;
}

// A pod that is tied to an architecture needs no other.
function platformsFor({ spec }: Pod, { nodes }: Facts): Platform[] {
  const architecture = fieldsOf(spec.nodeSelector)['kubernetes.io/arch'];
  return typeof architecture === 'string' ? nodes.filter(platform => platform.split('/')[1] === architecture) : nodes;
}

interface Image {
  path: string;
  pod: Pod;
  /** Empty where the container names none. */
  image: string;
}

/** The images of a resource whose text is known. */
function imagesIn(resource: Resource): Image[] {
  return podsIn(resource).flatMap(pod =>
    pod.containers.flatMap(({ path, fields }) => {
      const image = fields.image ?? '';
      // A step that refers to a StepAction has its image there.
      if (typeof image !== 'string' || (image === '' && fields.ref !== undefined)) return [];
      return [{ path: `${path}.image`, pod, image }];
    }),
  );
}

function pinnedIn(resource: Resource): (Image & { reference: Reference })[] {
  return imagesIn(resource)
    .filter(({ image }) => faultOf(image) === undefined)
    .map(image => ({ ...image, reference: parseReference(image.image) }));
}

function faultOf(image: string): string | undefined {
  if (image === '') return 'no image';
  try {
    return parseReference(image).digest === undefined ? `"${image}", which names no digest` : undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
