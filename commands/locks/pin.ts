// `slipway pin <stack> [service…]`: writes the stack's lock from what runs.
import { emptyLock, type Lock, WAITING } from '../../images/lock.ts';
import { entryOf, type Pinning, renewed } from '../../images/lock-entry.ts';
import { formatReference, type Reference } from '../../images/reference.ts';
import type { Fetched } from '../../images/registry.ts';
import { builtImages } from '../../settings/lock-images.ts';
import type { ServiceEntry } from '../../systems/types.ts';
import { withSignIn } from '../whole.ts';
import { diffImages } from './diff.ts';
import { readLock, writeLock } from './file.ts';
import { chosenServices } from './services.ts';
import type { Stack } from './stack.ts';
import { type Deployments, deployedRuns, type Runs, trackedRuns } from './what-runs.ts';

export interface PinOptions {
  /** Names; empty: all, with the bases and the step image. */
  services: readonly string[];
  pinning: Pinning;
  dryRun: boolean;
  deployments: Deployments;
}

export interface Changed {
  /** A line for each image whose entry is another now. */
  diff: string[];
  /** What a reader must know beside. */
  notes: string[];
}

/**
 * Pins and says what has changed. What runs: for a service of a stack that tracks, see what-runs.ts; for the bases and
 * the step image, what their tag in the registry is. On a stack that locks, the entries of services are for promote and
 * rollback to change: only those that are missing are taken from what is deployed. No entry is ever removed, and none
 * goes back to `waiting`.
 */
export function pin(stack: Stack, options: PinOptions): Promise<Changed> {
  return withSignIn([stack], () => pinRuns(stack, options));
}

async function pinRuns(stack: Stack, options: PinOptions): Promise<Changed> {
  const { settings, client } = stack;
  const services = chosenServices(stack, options.services);
  const before = (await readLock(stack)) ?? emptyLock();
  const built = options.services.length === 0 ? builtImages(settings) : [];
  const registry = settings.registry.name;

  const [runs, bases] = await Promise.all([
    serviceRuns(stack, services, before, options.deployments),
    Promise.all(built.map(({ repository, tag }) => client.manifest({ registry, repository, tag }))),
  ]);
  const found = new Map<string, Fetched | undefined>(built.map(({ key }, i) => [key, bases[i]]));
  const unpinned = new Map<string, string[]>();
  for (const { name, image } of services) {
    const run = runs.get(name)!;
    if ('digest' in run) found.set(image, await fetched(stack, { registry, repository: image, digest: run.digest }));
    else {
      found.set(image, undefined);
      unpinned.set(run.none, [...(unpinned.get(run.none) ?? []), name]);
    }
  }

  const images = { ...before.images };
  for (const [key, image] of found) {
    if (image) images[key] = renewed(images[key], entryOf(image, options.pinning));
    else images[key] ??= WAITING;
  }
  const after: Lock = { ...before, images };
  const diff = diffImages(before, after);
  if (diff.length > 0 && !options.dryRun) await writeLock(stack, after);
  return { diff, notes: [...unpinned].map(([why, names]) => `${names.join(', ')}: ${why}`) };
}

async function serviceRuns(
  stack: Stack,
  services: readonly ServiceEntry[],
  { images }: Lock,
  deployments: Deployments,
): Promise<Map<string, Runs>> {
  if (stack.settings.digests !== 'lock') return trackedRuns(stack, services, deployments);
  const missing = services.filter(({ image }) => images[image] === undefined);
  const kept = services.filter(({ image }) => images[image] !== undefined);
  return new Map([
    ...kept.map(({ name }): [string, Runs] => [name, { none: 'as its lock says; promote and rollback change that' }]),
    ...(missing.length > 0 ? await deployedRuns(missing, deployments) : []),
  ]);
}

async function fetched({ settings, client }: Stack, ref: Reference): Promise<Fetched> {
  const found = await client.manifest(ref);
  if (found) return found;
  throw new Error(
    `stack ${settings.stack} runs ${formatReference(ref)}, which its registry does not have any more; build the service again before it is pinned`,
  );
}
