// What an image weighs, as far as a registry can tell without a pull.
import pMap from 'p-map';
import type { Descriptor } from './manifest.ts';
import type { Reference } from './reference.ts';
import type { RegistryClient } from './registry.ts';

/** Bytes of the layers of one platform's image. */
export interface Weight {
  /** As a pull moves them. */
  packed: number;
  /** As a disk holds them, at least: what a layer does not tell counts as packed. */
  unpacked: number;
}

const PARALLEL = 8;
const TRAILER = 4; // bytes: a gzip stream ends with the length of what was packed
const TURN = 2 ** 32; // and that length begins anew there

/** The weight of the image manifest that `ref` names by digest; undefined where there is none, or an index. */
export async function weigh(client: RegistryClient, ref: Reference): Promise<Weight | undefined> {
  const found = await client.manifest(ref);
  if (found?.manifest.kind !== 'image') return undefined;
  const { layers } = found.manifest;
  const unpacked = await pMap(layers, layer => unpackedSize(client, ref, layer), { concurrency: PARALLEL });
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  return { packed: sum(layers.map(({ size }) => size)), unpacked: sum(unpacked) };
}

// A stream in several parts, as some builders write it, tells the length of its last part alone.
async function unpackedSize(client: RegistryClient, ref: Reference, layer: Descriptor): Promise<number> {
  if (!/gzip$/.test(layer.mediaType)) return layer.size;
  const trailer = await client.tail(ref, layer.digest, TRAILER);
  if (trailer?.length !== TRAILER) return layer.size;
  const told = trailer.readUInt32LE();
  // Packing makes nothing noticeably smaller than it was: the length has turned over as often as that takes.
  const turns = Math.max(0, Math.ceil((0.99 * layer.size - told) / TURN));
  return Math.max(told + turns * TURN, layer.size);
}

/** `12 kB`, `29.1 MB`, `1.0 GB`. */
export function printSize(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
