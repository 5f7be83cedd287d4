// An image as a folder (OCI image layout 1.0): what a builder leaves and a scanner reads before any registry has it.
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { verified } from './byte-streams.ts';
import { type Digest, digestOf } from './digest.ts';
import { type ImageSource, type ImageTree, readTree } from './image-tree.ts';
import { type Descriptor, OCI_INDEX, parseManifest, platformsOf } from './manifest.ts';
import { listPlatforms, type Platform } from './platform.ts';
import type { Reference } from './reference.ts';
import type { Fetched } from './registry.ts';

/** Reads a layout as registries are read; what is asked for by digest may bear any name. */
export class OciLayout implements ImageSource {
  readonly folder: string;
  /** No registry is named like this one's images. */
  readonly endpoints = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The digest of the one image that the layout holds. Throws one line where it holds none or several. */
  async image(): Promise<Digest> {
    const file = join(this.folder, 'index.json');
    const index = parseManifest(await this.#read(file), OCI_INDEX);
    const children = index.kind === 'index' ? index.children : [];
    if (children.length === 1) return children[0]!.digest;
    throw new Error(`${file} names ${children.length} images; expected one`);
  }

  async manifest({ digest }: Pick<Reference, 'digest'>): Promise<Fetched | undefined> {
    if (!digest || (await this.#size(digest)) === undefined) return undefined;
    const bytes = await this.#read(this.#path(digest));
    const found = digestOf(bytes);
    if (found !== digest) throw new Error(`${this.#path(digest)} is damaged: its bytes are ${found}`);
    const manifest = parseManifest(bytes);
    return { digest, mediaType: manifest.mediaType, bytes, manifest };
  }

  /** A layout keeps no list of what is attached. */
  async referrers(): Promise<{ api: false; referrers: [] }> {
    return { api: false, referrers: [] };
  }

  /** The bytes of a blob, checked against size and digest as they pass. */
  async *readBlob(_: Reference, blob: Pick<Descriptor, 'digest' | 'size'>): AsyncGenerator<Uint8Array> {
    const path = this.#path(blob.digest);
    yield* verified(createReadStream(path), blob, found => new Error(`${path} is damaged: ${found}`));
  }

  /**
   * All of the layout's image, which must be an index of exactly `platforms`, attestations aside, with every blob in
   * its size. Throws one line that says what there is and what is missing.
   */
  async whole(platforms: readonly Platform[]): Promise<ImageTree> {
    const digest = await this.image();
    const tree = await readTree(this, { registry: 'oci-layout', repository: 'build', digest });
    const { manifest } = tree.root;
    if (manifest.kind !== 'index') throw new Error(`the build is a single image; needed: ${needed(platforms)}`);
    const there = [...platformsOf(manifest).keys()];
    const wanted = new Set(platforms);
    if (there.length !== wanted.size || !there.every(platform => wanted.has(platform))) {
      throw new Error(`the build is an index of ${listPlatforms(there)}; needed: ${needed(platforms)}`);
    }
    for (const blob of tree.blobs) {
      const size = await this.#size(blob.digest);
      if (size !== blob.size) {
        const found = size === undefined ? 'is not there' : `has ${size} bytes`;
        throw new Error(`${this.#path(blob.digest)} ${found}; its manifest says ${blob.size}`);
      }
    }
    return tree;
  }

  #path(digest: Digest): string {
    return join(this.folder, 'blobs', ...digest.split(':'));
  }

  async #read(path: string): Promise<Buffer> {
    return readFile(path).catch(error => {
      throw new Error(`${path} can't be read: ${(error as Error).message}`);
    });
  }

  async #size(digest: Digest): Promise<number | undefined> {
    return stat(this.#path(digest)).then(
      ({ size }) => size,
      () => undefined,
    );
  }
}

const needed = (platforms: readonly Platform[]) => `an index of ${listPlatforms(platforms)}`;
