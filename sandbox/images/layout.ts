// An OCI image layout: a folder with blobs named by their digest, and an index of them.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Layer } from './layer.ts';

export interface Descriptor {
  mediaType: string;
  /** sha256:… */
  digest: string;
  /** Bytes. */
  size: number;
}

export type Architecture = 'amd64' | 'arm64';

export interface ManifestDescriptor extends Descriptor {
  platform: { os: 'linux'; architecture: Architecture };
}

/** The part of an OCI image configuration that stand-ins set. */
export interface RuntimeConfig {
  Env?: string[];
  Entrypoint?: string[];
  Cmd?: string[];
  WorkingDir?: string;
  User?: string;
}

export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
};

export interface ImageIndex {
  schemaVersion: 2;
  mediaType: string;
  manifests: ManifestDescriptor[];
}

export interface ImageManifest {
  schemaVersion: 2;
  mediaType: string;
  config: Descriptor;
  layers: Descriptor[];
}

/** Path of a blob below the layout's folder. */
export const blobPath = (digest: string): string => join('blobs', 'sha256', digest.slice('sha256:'.length));

/** Makes the empty layout in `folder`. */
export async function startLayout(folder: string): Promise<void> {
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}\n');
}

/** Writes `value` as a JSON blob; the same value gives the same digest. */
export async function writeJson(folder: string, mediaType: string, value: unknown): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  await writeFile(join(folder, blobPath(digest)), bytes);
  return { mediaType, digest, size: bytes.length };
}

export interface ImageInput {
  architecture: Architecture;
  layers: readonly Layer[];
  config: RuntimeConfig;
  /** One line for the image's history: where its content comes from. */
  origin: string;
}

/** Writes configuration and manifest of one platform. */
export async function writeImage(folder: string, image: ImageInput): Promise<ManifestDescriptor> {
  const { architecture, layers, config, origin } = image;
  const configuration = await writeJson(folder, mediaTypes.config, {
    architecture,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(layer => layer.diffId) },
    history: layers.map(() => ({ created_by: origin })),
  });
  const manifest = await writeJson(folder, mediaTypes.manifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: configuration,
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  });
  return { ...manifest, platform: { os: 'linux', architecture } };
}

/** Writes the index of the platforms and makes it the layout's only entry. Returns the index's descriptor. */
export async function finishLayout(folder: string, manifests: ManifestDescriptor[]): Promise<Descriptor> {
  const index: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
  const descriptor = await writeJson(folder, mediaTypes.index, index);
  await writeEntries(folder, [descriptor]);
  return descriptor;
}

/** Writes index.json, the entries by which readers find the images of the layout. */
export async function writeEntries(folder: string, manifests: readonly object[]): Promise<void> {
  const entries = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
  await writeFile(join(folder, 'index.json'), `${JSON.stringify(entries)}\n`);
}

export async function readJson<T>(folder: string, digest: string): Promise<T> {
  return JSON.parse(await readFile(join(folder, blobPath(digest)), 'utf8')) as T;
}

/** The layout's only image: its index and the index's descriptor. */
export async function readLayout(folder: string): Promise<{ descriptor: Descriptor; index: ImageIndex }> {
  const { manifests } = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as { manifests: Descriptor[] };
  const [descriptor] = manifests;
  if (!descriptor) throw new Error(`${folder} holds no image; remove the folder, and the next start makes it again`);
  return { descriptor, index: await readJson<ImageIndex>(folder, descriptor.digest) };
}

/** Copies a blob between layouts unless it is there. */
export async function copyBlob(from: string, to: string, digest: string): Promise<void> {
  const target = join(to, blobPath(digest));
  if (!existsSync(target)) await copyFile(join(from, blobPath(digest)), target);
}
