// Before any build step: is every base there, for every platform? One line for each that is not, with what is there
// instead and the command that mends it.
import pMap from 'p-map';
import { whyAbsent } from './absent.ts';
import type { MappedBase } from './bases.ts';
import { brief, type Inspected, inspectImage, lostPlatforms } from './inspect.ts';
import { listPlatforms, type Platform } from './platform.ts';
import { formatReference, type Reference } from './reference.ts';
import type { RegistryClient } from './registry.ts';

/** One or more bases can't be built on; `lines` has one for each. */
export class PreflightError extends Error {
  override readonly name = 'PreflightError';
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}

const PARALLEL = 8;

/**
 * Looks up every base for every platform. `remedy`: the command that builds the stack's own bases again, for example
 * `pulumi up --stack local`. Gives, by the name of BuildKit's build context, the reference with its digest; throws
 * PreflightError with every fault.
 */
export async function preflight(
  client: RegistryClient,
  mapped: readonly MappedBase[],
  platforms: readonly Platform[],
  remedy: string,
): Promise<Map<string, string>> {
  const results = await pMap(mapped, base => lookUpBase(client, base, base.platforms ?? platforms), {
    concurrency: PARALLEL,
  });
  const faults = results.flatMap((result, i) =>
    'fault' in result ? [`${result.fault}. ${mending(mapped[i]!, result, remedy)}`] : [],
  );
  if (faults.length > 0) throw new PreflightError(faults);
  return new Map(results.flatMap((result, i) => ('pinned' in result ? [[mapped[i]!.context, result.pinned]] : [])));
}

/** What became of a look at one base. `silent`: the registry did not answer, so nothing is known of the base. */
export type LookedUp = { pinned: string } | { fault: string; silent: boolean };

/** Looks up one base for every platform. */
export async function lookUpBase(
  client: RegistryClient,
  base: MappedBase,
  platforms: readonly Platform[],
): Promise<LookedUp> {
  const { reference } = base;
  const say = (what: string, silent = false) => ({ fault: `base ${shown(base)} ${what}`, silent });
  try {
    const image = await inspectImage(client, reference);
    if (!image) return say(await absence(client, reference, platforms));
    const missing = platforms.filter(platform => !image.platforms.has(platform));
    if (missing.length > 0) {
      const what = reference.digest ? `has ${offered(image)}` : `is ${described(image)}`;
      return say(`in ${reference.registry} ${what}; needed ${listPlatforms(platforms)}`);
    }
    const lost = await lostPlatforms(client, reference, image, platforms);
    if (lost.length > 0) {
      return say(
        `is damaged: ${reference.registry} has its index, and no longer its manifest for ${listPlatforms(lost)}`,
      );
    }
    return { pinned: formatReference({ ...reference, digest: image.digest }) };
  } catch (error) {
    return say(`could not be looked up: ${(error as Error).message}`, true);
  }
}

async function absence(client: RegistryClient, reference: Reference, platforms: readonly Platform[]): Promise<string> {
  const { registry, repository, tag, digest } = reference;
  const needed = `needed ${listPlatforms(platforms)}`;
  if (digest && tag) {
    const now = await inspectImage(client, { registry, repository, tag });
    if (now) return `is not in ${registry}: tag ${tag} there is ${described(now)}; ${needed}`;
  }
  return `is not in ${registry}: ${await whyAbsent(client, reference)}; ${needed}`;
}

// `sha256:… with linux/arm64 only`
function described(image: Inspected): string {
  return `${brief(image.digest)} with ${offered(image)}`;
}

function offered(image: Inspected): string {
  const platforms = [...image.platforms.keys()];
  if (platforms.length === 0) return 'no platform at all';
  return `${listPlatforms(platforms)}${platforms.length === 1 ? ' only' : ''}`;
}

// What it stands for, and what the Dockerfile writes where the catalogue has put another variant in its place.
function shown(base: MappedBase): string {
  const { repository, tag, digest } = base.reference;
  const name = base.ours ? `${repository}${tag === undefined ? '' : `:${tag}`}` : base.context.replace(/@.*$/, '');
  const notes = [
    ...(base.ours && !base.written.replace(/@.*$/, '').endsWith(name) ? [`written ${base.written}`] : []),
    ...(digest ? [`pinned ${brief(digest)}`] : []),
  ];
  return notes.length > 0 ? `${name} (${notes.join(', ')})` : name;
}

function mending(base: MappedBase, { silent }: { silent: boolean }, remedy: string): string {
  if (silent) return 'Run the build again once it answers';
  return base.ours ? `Run: ${remedy}` : `Correct line ${base.line} of the Dockerfile`;
}
