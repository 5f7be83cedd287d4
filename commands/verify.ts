// `slipway verify <reference>`: that a registry has the whole image, as an index of every platform.
import { credentialsFor } from '../images/credentials.ts';
import { parseEndpoints } from '../images/endpoints.ts';
import { parsePlatform } from '../images/platform.ts';
import { parseReference } from '../images/reference.ts';
import { RegistryClient } from '../images/registry.ts';
import { type VerifiedIndex, verifyIndex } from '../images/verify.ts';

/**
 * Verifies `reference` for `platforms` (comma-separated). `endpoints`: where registries are reached, in the form of
 * SLIPWAY_ENDPOINTS. Throws one line that says what is there, what is missing, and what to do.
 */
export async function verify(reference: string, platforms: string, endpoints: string): Promise<VerifiedIndex> {
  const client = new RegistryClient({ endpoints: parseEndpoints(endpoints), credentials: credentialsFor });
  return verifyIndex(
    client,
    parseReference(reference),
    platforms.split(',').map(platform => parsePlatform(platform.trim())),
  );
}
