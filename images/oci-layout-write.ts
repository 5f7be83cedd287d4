// An image of a registry as a folder (OCI image layout 1.0), for programs that read no registry with our endpoints and
// credentials.
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pMap from 'p-map';
import type { Digest } from './digest.ts';
import type { ImageSource } from './image-tree.ts';
import { type Descriptor, makeIndex, platformsOf } from './manifest.ts';
import { formatReference, type Reference } from './reference.ts';
import type { Fetched } from './registry.ts';

const TRANSFERS = 4;

/**
 * Writes the image that `ref` names into the new layout `folder`: of an index what runs, each platform; attestations and
 * what is attached stay behind. Throws one line where the image, or what its index names, is not there.
 */
export async function writeLayout(source: ImageSource, ref: Reference, folder: string): Promise<Fetched> {
  const root = await manifestOf(source, ref);
  const children = root.manifest.kind === 'index' ? [...platformsOf(root.manifest).values()] : [];
  const images = await Promise.all(children.map(({ digest }) => manifestOf(source, { ...ref, digest })));
  const manifests = [root, ...images];
  const blobs = manifests.flatMap(({ manifest }) =>
    manifest.kind === 'image' ? [manifest.config, ...manifest.layers] : [],
  );
  const path = (digest: Digest) => join(folder, 'blobs', ...digest.split(':'));
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}\n');
  const once = new Map<Digest, Descriptor>(blobs.map(blob => [blob.digest, blob]));
  await pMap(once.values(), blob => pipeline(source.readBlob(ref, blob), createWriteStream(path(blob.digest))), {
    concurrency: TRANSFERS,
  });
  for (const { digest, bytes } of manifests) await writeFile(path(digest), bytes);
  const { digest, mediaType, bytes } = root;
  await writeFile(join(folder, 'index.json'), makeIndex([{ mediaType, digest, size: bytes.length }]).bytes);
  return root;
}

async function manifestOf(source: ImageSource, ref: Reference): Promise<Fetched> {
  const found = await source.manifest(ref);
  if (found) return found;
  throw new Error(`${formatReference(ref)} is not there; build or push it again`);
}
