// What a registry has for an image, platform by platform. Preflight and verification both stand on this.
import { type Digest, shortDigest } from './digest.ts';
import { type Manifest, platformsOf } from './manifest.ts';
import { type Platform, platformOf } from './platform.ts';
import type { Reference } from './reference.ts';
import { type Fetched, type RegistryClient, RegistryError } from './registry.ts';

/** An image that is there. */
export interface Inspected {
  digest: Digest;
  mediaType: string;
  kind: Manifest['kind'];
  /** Platforms with the digests of their manifests. */
  platforms: Map<Platform, Digest>;
  annotations: Record<string, string>;
}

/** What the registry has under `ref`, undefined where it has nothing. A single-platform image counts by its config. */
export async function inspectImage(client: RegistryClient, ref: Reference): Promise<Inspected | undefined> {
  const found = await client.manifest(ref);
  if (!found) return undefined;
  const { digest, mediaType, manifest } = found;
  const platforms = await platformDigests(client, ref, found);
  return { digest, mediaType, kind: manifest.kind, platforms, annotations: manifest.annotations };
}

/**
 * Those of `platforms` whose manifests the index names and the registry does not have any more: half an image, which
 * a clean-up of untagged manifests leaves behind.
 */
export async function lostPlatforms(
  client: RegistryClient,
  ref: Reference,
  image: Inspected,
  platforms: readonly Platform[],
): Promise<Platform[]> {
  if (image.kind === 'image') return [];
  const there = await Promise.all(
    platforms.map(async platform => {
      const digest = image.platforms.get(platform);
      return (
        digest === undefined || (await client.head({ registry: ref.registry, repository: ref.repository, digest }))
      );
    }),
  );
  return platforms.filter((_, i) => !there[i]);
}

/** `sha256:` and the first 12 digits with an ellipsis, for messages. */
export function brief(digest: Digest): string {
  return `sha256:${shortDigest(digest)}…`;
}

async function platformDigests(client: RegistryClient, ref: Reference, found: Fetched): Promise<Map<Platform, Digest>> {
  const { manifest, digest } = found;
  if (manifest.kind === 'index') {
    return new Map([...platformsOf(manifest)].map(([platform, child]) => [platform, child.digest]));
  }
  try {
    const config = JSON.parse((await client.blob(ref, manifest.config.digest)).toString('utf8')) as {
      os?: unknown;
      architecture?: unknown;
      variant?: unknown;
    } | null;
    const [os, architecture, variant] = [config?.os, config?.architecture, config?.variant].map(textOf);
    if (!os || !architecture) return new Map(); // an artefact, not an image
    return new Map([[platformOf({ os, architecture, ...(variant && { variant }) }), digest]]);
  } catch (error) {
    // A config that is not JSON or is lost: the image fits no platform. Anything else is not about the image.
    if (error instanceof SyntaxError || (error instanceof RegistryError && error.status === 404)) return new Map();
    throw error;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
