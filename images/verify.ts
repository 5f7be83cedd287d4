// The check after a push: what was published is the whole image, for every platform, on this registry.
import type { Digest } from './digest.ts';
import { brief, inspectImage, lostPlatforms } from './inspect.ts';
import { listPlatforms, type Platform } from './platform.ts';
import { formatReference, type Reference } from './reference.ts';
import type { RegistryClient } from './registry.ts';

export interface VerifiedIndex {
  digest: Digest;
  /** The manifests of the wanted platforms. */
  platforms: Record<Platform, Digest>;
}

/**
 * That `ref` is an index with all of `platforms`, and that each one's manifest is there. Throws one line: the image,
 * what exists, what is missing, what to do.
 */
export async function verifyIndex(
  client: RegistryClient,
  ref: Reference,
  platforms: readonly Platform[],
): Promise<VerifiedIndex> {
  const name = formatReference(ref);
  const needed = `needed: an index with ${listPlatforms(platforms)}`;
  const image = await inspectImage(client, ref);
  if (!image) throw new Error(`${name} is not there; ${needed}. Push it again`);
  const there = listPlatforms([...image.platforms.keys()]);
  if (image.kind === 'image') {
    throw new Error(
      `${name} is a single image (${brief(image.digest)}, ${there}); ${needed}. Build it for all of them at once`,
    );
  }
  const missing = platforms.filter(platform => !image.platforms.has(platform));
  if (missing.length > 0) {
    throw new Error(
      `${name} (${brief(image.digest)}) has ${there}; it lacks ${listPlatforms(missing)}. Build it for all platforms at once`,
    );
  }
  const lost = await lostPlatforms(client, ref, image, platforms);
  if (lost.length > 0) {
    throw new Error(
      `${name} (${brief(image.digest)}) names a manifest for ${listPlatforms(lost)} that the registry does not have. Push it again`,
    );
  }
  return {
    digest: image.digest,
    platforms: Object.fromEntries(platforms.map(platform => [platform, image.platforms.get(platform)!])),
  };
}
