// Copies images from one registry to another by digest, attached artefacts included, without a stop on this machine's
// disk: each blob streams from one to the other. What the target has is left alone, so a copy that was cut off is
// taken up by the next.
import pMap from 'p-map';
import type { Digest } from './digest.ts';
import { endpointFor } from './endpoints.ts';
import { type ImageSource, type ImageTree, readTree } from './image-tree.ts';
import type { Descriptor } from './manifest.ts';
import type { Reference } from './reference.ts';
import type { RegistryClient } from './registry.ts';
import { printSize } from './size.ts';

/** One image: what to take, by digest or tag, and the registry and repository to bring it to. */
export interface CopyRequest {
  from: Reference;
  to: Pick<Reference, 'registry' | 'repository'>;
}

export interface CopyOptions {
  /** A repository of the target that may have some of the blobs already: the base that images stand on. */
  mountFrom?: string;
  /** Told what is going on, a line at a time. */
  say?: (line: string) => void;
  /** Ends the copy; what was copied stays. */
  signal?: AbortSignal;
}

/** An image that was copied. */
export interface Copied {
  tree: ImageTree;
  /** How many of its blobs the target's repository had before. */
  blobsThere: number;
}

const LOOKS = 16; // requests at a time that move no layer
const TRANSFERS = 4;
const TELL_EVERY = 10_000; // milliseconds

interface Place {
  from: Reference;
  to: Reference;
}

/** A blob and the repositories that need it. */
interface Wanted {
  blob: Descriptor;
  /** A repository of the target that has it. */
  home?: string;
  missing: Place[];
}

/**
 * Copies `images`, all to one registry, and gives what each was, in their order. No tag is written; each manifest comes
 * after all that it names. Throws at the first fault, once what was under way has ended; what was copied stays.
 */
export async function copyImages(
  source: ImageSource,
  target: RegistryClient,
  images: readonly CopyRequest[],
  { mountFrom, say = () => {}, signal: ended }: CopyOptions = {},
): Promise<Copied[]> {
  const trees = await pMap(images, ({ from }) => readTree(source, from), { concurrency: LOOKS });
  const { wanted, places } = await lookForBlobs(target, images, trees);
  const missing = wanted.filter(entry => entry.missing.length > 0);
  const pairs = missing.reduce((sum, entry) => sum + entry.missing.length, 0);
  const rest = pairs === 0 ? 'all there' : `${pairs} to bring`;
  say(`${count(places, 'blob')} in ${count(images.length, 'image')}, ${rest}`);

  let done = 0;
  const bring = async (entry: Wanted, signal: AbortSignal): Promise<void> => {
    let { home } = entry;
    for (const { from, to } of entry.missing) {
      signal.throwIfAborted();
      const mount = sameRegistry(source, from, target, to) ? from.repository : (home ?? mountFrom);
      const options = { signal, ...(mount !== to.repository && { from: mount }) };
      const start = Date.now();
      const name = `${to.repository} ${entry.blob.digest.slice(0, 19)}…`;
      const open = () =>
        told(source.readBlob(from, entry.blob), bytes =>
          say(`${name} ${printSize(bytes)} of ${printSize(entry.blob.size)}`),
        );
      const how = await target.putBlob(to, entry.blob, open, options);
      home = to.repository;
      done += 1;
      const seconds = how === 'sent' ? ` in ${((Date.now() - start) / 1000).toFixed(1)} s` : '';
      say(`${done} of ${pairs}: ${name} ${printSize(entry.blob.size)} ${how}${seconds}`);
    }
  };
  await untilFault(missing, TRANSFERS, bring, ended);
  await untilFault([...trees.entries()], TRANSFERS, ([i, tree]) => putManifests(target, tree, images[i]!.to), ended);
  const lacked = new Set(missing.flatMap(entry => entry.missing.map(({ to }) => keyOf(to, entry.blob))));
  return trees.map((tree, i) => {
    const { to } = images[i]!;
    return { tree, blobsThere: tree.blobs.filter(blob => !lacked.has(keyOf(to, blob))).length };
  });
}

/** Each blob once; `places`: how many there are when each repository's are counted. */
async function lookForBlobs(
  target: RegistryClient,
  images: readonly CopyRequest[],
  trees: readonly ImageTree[],
): Promise<{ wanted: Wanted[]; places: number }> {
  const wanted = new Map<Digest, Wanted>();
  const pairs = new Map<string, { entry: Wanted; place: Place }>();
  for (const [i, { from, to }] of images.entries()) {
    for (const blob of trees[i]!.blobs) {
      const entry = wanted.get(blob.digest) ?? { blob, missing: [] };
      wanted.set(blob.digest, entry);
      pairs.set(keyOf(to, blob), { entry, place: { from, to } });
    }
  }
  await pMap(
    pairs.values(),
    async ({ entry, place }) => {
      if (await target.hasBlob(place.to, entry.blob.digest)) entry.home = place.to.repository;
      else entry.missing.push(place);
    },
    { concurrency: LOOKS },
  );
  return { wanted: [...wanted.values()], places: pairs.size };
}

async function putManifests(target: RegistryClient, tree: ImageTree, to: CopyRequest['to']): Promise<void> {
  for (const { digest, bytes, mediaType } of tree.manifests) {
    const ref = { registry: to.registry, repository: to.repository, digest };
    if (!(await target.head(ref))) await target.put(ref, bytes, mediaType);
  }
  for (const { subject, referrers } of tree.attached) {
    await target.attach({ registry: to.registry, repository: to.repository, digest: subject }, referrers);
  }
}

/**
 * Does `act` for all of `items`, a few at a time. At a fault, and when `ended` aborts, the others are told to end, and once
 * they have it is thrown.
 */
async function untilFault<T>(
  items: readonly T[],
  concurrency: number,
  act: (item: T, signal: AbortSignal) => Promise<void>,
  ended?: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const signal = ended ? AbortSignal.any([ended, stop.signal]) : stop.signal;
  await pMap(
    items,
    async item => {
      if (signal.aborted) return;
      await act(item, signal).catch(fault => stop.abort(fault));
    },
    { concurrency },
  );
  signal.throwIfAborted();
}

/** `body`; every few seconds `tell` hears how much of it has gone by. */
async function* told(body: AsyncIterable<Uint8Array>, tell: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let last = Date.now();
  for await (const piece of body) {
    bytes += piece.byteLength;
    if (Date.now() - last >= TELL_EVERY) {
      last = Date.now();
      tell(bytes);
    }
    yield piece;
  }
}

function keyOf({ repository }: CopyRequest['to'], { digest }: Descriptor): string {
  return `${repository} ${digest}`;
}

function sameRegistry(source: ImageSource, from: Reference, target: RegistryClient, to: Reference): boolean {
  return endpointFor(source.endpoints, from.registry).url === endpointFor(target.endpoints, to.registry).url;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
