// What services are built on: each image of their Dockerfiles is looked up once, for every platform, and all services
// build on the digest that was found.
import { type MappedBase, mapBases } from '../../images/bases.ts';
import { findBases } from '../../images/dockerfile.ts';
import { type Lock, NOT_PINNED } from '../../images/lock.ts';
import type { Platform } from '../../images/platform.ts';
import { type LookedUp, lookUpBase } from '../../images/preflight.ts';
import { formatReference, parseReference, type Reference } from '../../images/reference.ts';
import type { RegistryClient } from '../../images/registry.ts';
import { mirrored } from '../../settings/upstream.ts';

/** A service's Dockerfile, read. */
export interface Written {
  service: string;
  /** As the catalogue spells it. */
  dockerfile: string;
  text: string;
}

export interface BaseOptions {
  platforms: readonly Platform[];
  /** The platform of the builder's own machine. */
  buildPlatform: Platform;
  /** The registry that is built for. */
  registry: string;
  /** Pins what its `upstream` names; anything else is looked up by its tag. */
  lock?: Lock;
  /** Host and port that serve images from outside in the place of their own registries. */
  mirror?: string;
}

/**
 * By service, the pinned image for every base, by BuildKit's name of the base. Throws one line for each base that is
 * missing or lacks a platform.
 */
export async function pinBases(
  client: RegistryClient,
  dockerfiles: readonly Written[],
  options: BaseOptions,
): Promise<Map<string, Record<string, string>>> {
  const looks = new Map<string, Promise<LookedUp>>();
  const look = (base: MappedBase): Promise<LookedUp> => {
    const platforms = base.platforms ?? options.platforms;
    const key = [formatReference(base.reference), ...platforms].join(' ');
    const begun = looks.get(key) ?? lookUpBase(client, base, platforms);
    looks.set(key, begun);
    return begun;
  };
  const faults: string[] = [];
  const pinned = new Map<string, Record<string, string>>();
  await Promise.all(
    dockerfiles.map(async ({ service, dockerfile, text }) => {
      const of: Record<string, string> = {};
      pinned.set(service, of);
      for (const base of basesOf(text, dockerfile, options)) {
        const found = await look(base);
        if ('pinned' in found) of[base.context] = found.pinned;
        else faults.push(`${service}: ${dockerfile}:${base.line}: ${found.fault}`);
      }
    }),
  );
  if (faults.length > 0) throw new Error(faults.sort().join('\n'));
  return pinned;
}

function basesOf(text: string, dockerfile: string, options: BaseOptions): MappedBase[] {
  const { platforms, buildPlatform, registry } = options;
  try {
    // A base may be written with TARGETARCH in its name: each platform then needs another one.
    const uses = platforms.flatMap(platform =>
      findBases(text, { platformArgs: platform, buildPlatform }).map(use => ({
        ...use,
        platform: use.platform ?? platform,
      })),
    );
    const mapped = mapBases(uses, { registry, aliases: [], bases: [] });
    return mapped.map(base => (base.ours ? base : { ...base, reference: upstream(base, options) }));
  } catch (error) {
    throw new Error(`${dockerfile}: ${(error as Error).message}`);
  }
}

function upstream({ reference }: MappedBase, { lock, mirror }: BaseOptions): Reference {
  if (reference.digest) return parseReference(mirrored(formatReference(reference), mirror));
  const named = formatReference({ ...reference, tag: reference.tag ?? 'latest' });
  const entry = lock?.upstream[named];
  const pin = entry === undefined || entry === NOT_PINNED ? named : `${named}@${entry.digest}`;
  return parseReference(mirrored(pin, mirror));
}
