// The images that the stack builds on and runs: there, whole, for every platform, and of the size that was meant.

import { messageOf } from '../../cluster/one-line.ts';
import { inspectImage } from '../../images/inspect.ts';
import { listPlatforms } from '../../images/platform.ts';
import { lookUpBase } from '../../images/preflight.ts';
import { formatReference, parseReference, type Reference } from '../../images/reference.ts';
import { weigh } from '../../images/size.ts';
import { verifyIndex } from '../../images/verify.ts';
import { promotion } from '../../settings/locked.ts';
import { hasPipeline, type Settings, type StackBase } from '../../settings/settings.ts';
import type { ServiceEntry } from '../../systems/types.ts';
import { type Context, NotAsked } from '../context.ts';
import { asWritten, pinnedBases } from '../pins.ts';
import { type Check, type Finding, fault, ok, pushAgain, replace, up, warning } from './finding.ts';
import { gigabytes } from './registry.ts';

export function imageChecks({ bases, services }: Settings): Check[] {
  return [
    ...bases.map(
      (entry): Check => ({ group: 'images', name: 'base', subject: entry.tag, ask: context => base(context, entry) }),
    ),
    ...bases.map(
      (entry): Check => ({
        ...{ group: 'images', name: 'size', subject: entry.tag },
        ask: context => size(context, tagOf(context, entry), entry),
      }),
    ),
    ...services.map(
      (entry): Check => ({
        ...{ group: 'images', name: 'service', subject: entry.name },
        ask: context => service(context, entry),
      }),
    ),
    ...services.flatMap(({ budgetMB, ...entry }): Check[] =>
      budgetMB === undefined
        ? []
        : [
            {
              ...{ group: 'images', name: 'size', subject: entry.name },
              ask: async context => size(context, await wantedOf(context, entry), { ...entry, budgetMB }),
            },
          ],
    ),
  ];
}

function tagOf({ settings }: Context, { repository, tag }: StackBase): Reference {
  return { registry: settings.registry.name, repository, tag };
}

async function base(context: Context, entry: StackBase): Promise<Finding> {
  const { platforms } = context.settings;
  const client = await context.registry();
  const ref = tagOf(context, entry);
  const found = await lookUpBase(client, asWritten(ref), platforms);
  if ('fault' in found) return fault(found.fault, await rebuild(context, ref));
  const pinned = parseReference(found.pinned);
  try {
    const { platforms: halves } = await verifyIndex(client, pinned, platforms);
    for (const [platform, digest] of Object.entries(halves)) {
      // What an index says of an image, and what the image says of itself.
      const half = await inspectImage(client, { registry: ref.registry, repository: ref.repository, digest });
      const own = [...(half?.platforms.keys() ?? [])];
      if (own.includes(platform)) continue;
      return fault(
        `${formatReference(pinned)} names an image for ${platform} that is for ${listPlatforms(own)}`,
        await rebuild(context, ref),
      );
    }
  } catch (error) {
    return fault(messageOf(error), await rebuild(context, ref));
  }
  return ok(`${found.pinned}: ${listPlatforms(platforms)}`);
}

/**
 * What builds a base again. Where Pulumi has built one and another has taken its tag since, an `up` finds nothing to do:
 * it looks for the digest that it built.
 */
async function rebuild(context: Context, { repository, tag }: Reference): Promise<string> {
  const pins = await pinnedBases(context).catch(() => []);
  const built = pins.find(pin => pin.repository === repository && pin.tag === tag);
  if (!built) return up(context);
  const client = await context.registry();
  if (!(await client.head(parseReference(built.reference)))) return up(context);
  return replace(context, 'slipway:image:Image$docker-build:index:Image', `base-${tag}`);
}

async function wantedOf(context: Context, entry: ServiceEntry): Promise<Reference> {
  const { image } = await context.wanted(entry);
  if (image === undefined) throw new NotAsked('it was never built (doctor: images service)');
  return parseReference(image);
}

async function size(
  context: Context,
  ref: Reference,
  { budgetMB, dockerfile }: { budgetMB: number; dockerfile: string },
): Promise<Finding> {
  const client = await context.registry();
  const image = await inspectImage(client, ref);
  const name = `${ref.repository}:${ref.tag}`;
  if (!image) throw new NotAsked(`there is no ${name} (doctor: images)`);
  const weights = await Promise.all(
    [...image.platforms].map(async ([platform, digest]) => ({
      platform,
      weight: await weigh(client, { registry: ref.registry, repository: ref.repository, digest }),
    })),
  );
  const budget = budgetMB * 1e6;
  const seen = weights
    .map(({ platform, weight }) =>
      weight
        ? `${platform} ${gigabytes(weight.unpacked)} unpacked, ${gigabytes(weight.packed)} to pull`
        : `${platform} is not there`,
    )
    .join('; ');
  const line = `${name}: ${seen}; its budget is ${gigabytes(budget)} unpacked`;
  const remedy = `docker history ${formatReference(ref)} shows which step grew; ${dockerfile}, its ignore file or its budgetMB in the catalogue must follow`;
  return weights.some(({ weight }) => weight && weight.unpacked > budget) ? fault(line, remedy) : ok(line);
}

/** What builds a service for the first time. */
function buildAgain(context: Context, name: string): string {
  return hasPipeline(context.settings) ? pushAgain(context) : rebuildOf(context, name);
}

/** What builds a service that was built before. */
function rebuildOf(context: Context, name: string): string {
  const { stack, system } = context.settings;
  if (system.builtBy === 'stack') return up(context);
  return system.builtBy === 'command'
    ? `slipway build --system ${system.name} ${name}`
    : `slipway build ${stack} ${name}`;
}

async function service(context: Context, entry: ServiceEntry): Promise<Finding> {
  const { digests, platforms, lock } = context.settings;
  const bring = promotion(context.settings, [entry]);
  const wanted = await context.wanted(entry);
  if (wanted.image === undefined) {
    return digests === 'lock'
      ? warning(`${entry.name} is waiting in ${lock}`, bring)
      : warning(`${entry.image} was never built`, buildAgain(context, entry.name));
  }
  const client = await context.registry();
  try {
    await verifyIndex(client, parseReference(wanted.image), platforms);
  } catch (error) {
    return fault(messageOf(error), digests === 'lock' ? bring : rebuildOf(context, entry.name));
  }
  return ok(`${wanted.image} (${wanted.state}): ${listPlatforms(platforms)}`);
}
