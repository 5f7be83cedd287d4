// `slipway verify <reference>`: that a registry has the whole image, as an index of every platform; and how large it is.
import { credentialsFor } from '../images/credentials.ts';
import { parseEndpoints } from '../images/endpoints.ts';
import { type Platform, parsePlatform } from '../images/platform.ts';
import { parseReference } from '../images/reference.ts';
import { RegistryClient } from '../images/registry.ts';
import { type Weight, weigh } from '../images/size.ts';
import { type VerifiedIndex, verifyIndex } from '../images/verify.ts';

export interface VerifiedImage extends VerifiedIndex {
  /** What each platform's image weighs. */
  sizes: Record<Platform, Weight>;
}

/**
 * Verifies `reference` for `platforms` (comma-separated). `endpoints`: where registries are reached, in the form of
 * SLIPWAY_ENDPOINTS. Throws one line that says what is there, what is missing, and what to do.
 */
export async function verify(reference: string, platforms: string, endpoints: string): Promise<VerifiedImage> {
  const client = new RegistryClient({ endpoints: parseEndpoints(endpoints), credentials: credentialsFor });
  const { registry, repository, ...name } = parseReference(reference);
  const wanted = platforms.split(',').map(platform => parsePlatform(platform.trim()));
  const verified = await verifyIndex(client, { registry, repository, ...name }, wanted);
  const sizes = await Promise.all(
    Object.entries(verified.platforms).map(async ([platform, digest]) => {
      const weight = await weigh(client, { registry, repository, digest });
      return weight ? [[platform, weight] as const] : [];
    }),
  );
  return { ...verified, sizes: Object.fromEntries(sizes.flat()) };
}
