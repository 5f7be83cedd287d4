// How large an image is: what a machine pulls, from its manifest; and what lies on its disk, where the build recorded it.
import { gunzipSync } from 'node:zlib';
import type { ImageManifest } from './manifest.ts';
import type { Reference } from './reference.ts';
import type { RegistryClient } from './registry.ts';

/** In MB (10^6 bytes). */
export interface ImageSize {
  /** What a machine pulls that has nothing of it yet. */
  compressed: number;
  /** All its files; absent where its build did not record it. */
  uncompressed?: number;
}

/** Where the test stage of a base records it: the last thing that goes into the image (docker/measure-image.py). */
const RECORD = 'usr/local/share/ai-base/size.txt';
const SMALL = 1024 * 1024;
const BLOCK = 512;

/** The size of one platform's image; reads no layer but a small last one. */
export async function sizeOf(client: RegistryClient, ref: Reference, manifest: ImageManifest): Promise<ImageSize> {
  const bytes = manifest.layers.reduce((sum, { size }) => sum + size, 0);
  const last = manifest.layers.at(-1);
  const recorded =
    last && last.size <= SMALL && last.mediaType.endsWith('gzip')
      ? recordIn(gunzipSync(await client.blob(ref, last.digest)))
      : undefined;
  return { compressed: Math.round(bytes / 1e5) / 10, ...(recorded !== undefined && { uncompressed: recorded }) };
}

/** The record in a layer, which is a tar archive: a header of one block a file, then its content in whole blocks. */
function recordIn(tar: Buffer): number | undefined {
  const field = (at: number, length: number) => tar.toString('latin1', at, at + length).replace(/\0.*$/s, '');
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(field(at + 124, 12).trim() || '0', 8);
    const content = at + BLOCK;
    if (field(at, 100) === RECORD) {
      const megabytes = /^(\d+) MB /.exec(tar.toString('utf8', content, content + size))?.[1];
      return megabytes === undefined ? undefined : Number(megabytes);
    }
    at = content + Math.ceil(size / BLOCK) * BLOCK;
  }
  return undefined;
}
