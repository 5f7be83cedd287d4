// Platforms, in the spelling that indexes, BuildKit and node labels share.

/** `os/architecture[/variant]`, normalised: `linux/amd64`, `linux/arm64`, `linux/arm/v7`. */
export type Platform = string;

/** A platform as an index's entry or an image's config spells it. */
export interface PlatformParts {
  os: string;
  architecture: string;
  variant?: string;
}

const PART = /^[a-z0-9_.-]+$/;
const ARCHITECTURES: Record<string, [architecture: string, variant?: string]> = {
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  aarch64: ['arm64'],
  i386: ['386'],
  i686: ['386'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
};
// The variant that every machine of the architecture has: naming it or not is the same platform.
const BASE_VARIANT: Record<string, string> = { amd64: 'v1', arm64: 'v8' };
const ONLY_VARIANT_OF_ARM = 'v7';

/**
 * `text` normalised (`linux/arm64/v8` → `linux/arm64`, `linux/aarch64` → `linux/arm64`). Throws one line unless it is
 * os/architecture or os/architecture/variant.
 */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/');
  const [os, architecture, variant] = parts;
  if (parts.length < 2 || parts.length > 3 || !parts.every(part => PART.test(part)) || !os || !architecture) {
    throw new Error(`platform "${text}": expected os/architecture[/variant], for example linux/amd64 or linux/arm64`);
  }
  return platformOf({ os, architecture, ...(variant && { variant }) });
}

/** The normalised platform of an index's entry or of an image's config. */
export function platformOf(parts: PlatformParts): Platform {
  const os = parts.os.toLowerCase();
  const written = parts.architecture.toLowerCase();
  const [architecture, implied] = ARCHITECTURES[written] ?? [written];
  const variant = parts.variant ? normalVariant(parts.variant) : (implied ?? defaultVariant(architecture));
  return variant && variant !== BASE_VARIANT[architecture]
    ? `${os}/${architecture}/${variant}`
    : `${os}/${architecture}`;
}

/** `linux/amd64`, `linux/amd64 and linux/arm64`, `a, b and c`; `none` for an empty list. */
export function listPlatforms(platforms: readonly Platform[]): string {
  if (platforms.length === 0) return 'none';
  if (platforms.length === 1) return platforms[0]!;
  return `${platforms.slice(0, -1).join(', ')} and ${platforms.at(-1)}`;
}

function defaultVariant(architecture: string): string | undefined {
  return architecture === 'arm' ? ONLY_VARIANT_OF_ARM : undefined;
}

function normalVariant(variant: string): string {
  const lower = variant.toLowerCase();
  return /^[0-9]+$/.test(lower) ? `v${lower}` : lower;
}
