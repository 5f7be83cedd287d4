// The lock of this machine's upstream images: which digests the stand-ins have, in the form of the committed locks.
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import type { SandboxConfig } from '../config.ts';
import type { StandIn } from './images.ts';

/** Path of a stack's lock below $SLIPWAY_HOME. */
export const lockPath = (config: SandboxConfig, stack: string): string => join(config.home, 'locks', `${stack}.yaml`);

/** The lock's text: equal images give equal bytes. What runs only inside the sandbox isn't the program's affair. */
export function printUpstreamLock(images: readonly Pick<StandIn, 'reference' | 'descriptor' | 'index'>[]): string {
  const entries = images
    .filter(({ reference }) => !reference.startsWith('localhost/'))
    .map(({ reference, descriptor, index }) => [
      reference,
      {
        digest: descriptor.digest,
        mediaType: descriptor.mediaType,
        platforms: Object.fromEntries(
          index.manifests.map(({ platform, digest }) => [`${platform.os}/${platform.architecture}`, digest]),
        ),
        commit: 'unknown',
        pinnedAt: 'unknown',
        pinnedBy: 'stand-in',
      },
    ]);
  const upstream = Object.fromEntries(entries.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)));
  return stringify({ version: 1, images: {}, upstream }, { lineWidth: 0 });
}

/** Writes a stack's lock, whole or not at all. */
export async function writeLock(config: SandboxConfig, stack: string, images: readonly StandIn[]): Promise<void> {
  const file = lockPath(config, stack);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.partial`, printUpstreamLock(images));
  await rename(`${file}.partial`, file);
}
