// What is installed in an image, platform by platform: as syft lists it, or as an earlier scan has left it with the digest.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rcompare } from 'semver';
import type { Digest } from '../../images/digest.ts';
import type { ImageSource } from '../../images/image-tree.ts';
import { inspectImage } from '../../images/inspect.ts';
import { type Descriptor, platformsOf } from '../../images/manifest.ts';
import { OciLayout } from '../../images/oci-layout.ts';
import { writeLayout } from '../../images/oci-layout-write.ts';
import { listPlatforms, type Platform, platformOf } from '../../images/platform.ts';
import type { Reference } from '../../images/reference.ts';
import type { Fetched, RegistryClient } from '../../images/registry.ts';
import { attachedTo } from './attach.ts';
import { CYCLONEDX, readSbom, type Sbom, type Syft } from './sbom.ts';

export interface Catalogued {
  /** Of the index, or of the one image. */
  digest: Digest;
  sboms: Map<Platform, Sbom>;
}

/** `digest`: of the image in the layout, the only one there where left out; `platforms`: that it must have. */
export interface CatalogueOptions {
  digest?: Digest;
  platforms?: readonly Platform[];
}

/** Of an image in the layout `folder`. Throws one line where it is not there, has no platform, or lacks one. */
export async function catalogueLayout(
  syft: Syft,
  folder: string,
  { digest, platforms: needed = [] }: CatalogueOptions = {},
): Promise<Catalogued> {
  const layout = new OciLayout(folder);
  const wanted = digest ?? (await layout.image());
  const root = await layout.manifest({ digest: wanted });
  if (!root) throw new Error(`${folder} does not hold ${wanted}; build it again`);
  const images = await imagesOf(layout, root);
  if (images.size === 0) throw new Error(`${wanted} has no platform: nothing in it can be scanned`);
  const missing = needed.filter(platform => !images.has(platform));
  if (missing.length > 0) {
    throw new Error(
      `${wanted} has ${listPlatforms([...images.keys()])}; needed: ${listPlatforms(missing)} as well; build it again`,
    );
  }
  const sboms = new Map<Platform, Sbom>();
  // One at a time: syft unpacks what it reads.
  for (const [platform, manifest] of images) sboms.set(platform, await syft.catalogue(folder, manifest));
  return { digest: wanted, sboms };
}

/** Of an image of a registry, which is brought to the temporary folder for it. Throws as `catalogueLayout` does. */
export async function catalogueReference(
  syft: Syft,
  client: RegistryClient,
  ref: Reference,
  platforms?: readonly Platform[],
): Promise<Catalogued> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-scan-'));
  try {
    const { digest } = await writeLayout(client, ref, folder);
    return await catalogueLayout(syft, folder, { digest, platforms });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Of an image of a registry by the bills of materials that earlier scans have attached to it, all of one syft, the newest;
 * undefined where the image is not there, or a platform of it has none.
 */
export async function keptCatalogue(client: RegistryClient, ref: Reference): Promise<Catalogued | undefined> {
  const image = await inspectImage(client, ref);
  if (!image) return undefined;
  const { digest, platforms } = image;
  const kept = (await attachedTo(client, { ...ref, digest }, CYCLONEDX)).flatMap(bytes => readSbom(bytes) ?? []);
  for (const version of [...new Set(kept.map(sbom => sbom.version))].sort(rcompare)) {
    const sboms = new Map<Platform, Sbom>();
    for (const [platform, manifest] of platforms) {
      const sbom = kept.find(each => each.version === version && each.of === manifest);
      if (sbom) sboms.set(platform, sbom);
    }
    if (sboms.size === platforms.size) return { digest, sboms };
  }
  return undefined;
}

async function imagesOf(layout: ImageSource, root: Fetched): Promise<Map<Platform, Descriptor>> {
  if (root.manifest.kind === 'index') return platformsOf(root.manifest);
  const { digest, mediaType, bytes, manifest } = root;
  const pieces: Uint8Array[] = [];
  for await (const piece of layout.readBlob({ registry: '', repository: '' }, manifest.config)) pieces.push(piece);
  const { os, architecture } = JSON.parse(Buffer.concat(pieces).toString('utf8')) as Record<string, string | undefined>;
  if (!os || !architecture) return new Map(); // an artefact, not an image
  return new Map([[platformOf({ os, architecture }), { mediaType, digest, size: bytes.length }]]);
}
