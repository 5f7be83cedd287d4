// What the node imports: one OCI archive with the images that its pods run from the first second, for its platform alone.
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxConfig } from '../config.ts';
import { machineArchitecture } from '../rootfs/node.ts';
import { run } from '../tools/run.ts';
import { ensureFolder } from '../tools/store.ts';
import type { StandIn } from './images.ts';
import { copyBlob, type ImageManifest, readJson, startLayout, writeEntries } from './layout.ts';

export interface NodeImage {
  /** The archive's path; several images may lie in one archive. */
  archive: string;
  /** Names under which containerd has it after the import, e.g. docker.io/library/registry@sha256:…; the first is canonical. */
  names: string[];
  name: StandIn['name'];
}

const imported: readonly StandIn['name'][] = ['registry', 'buildkit', 'kaniko', 'system', 'nop'];

/**
 * The archive, in the cache, of the images that the node needs before anything can be pulled. To import:
 * `ctr --namespace k8s.io images import <archive>`; the names are in the archive. Other platforms' halves are left out, under
 * the index that names them: containerd takes its own platform.
 */
export async function nodeImages(
  config: SandboxConfig,
  images: readonly StandIn[],
  options: { signal?: AbortSignal } = {},
): Promise<NodeImage[]> {
  const chosen = images.filter(image => imported.includes(image.name));
  const key = chosen.map(image => image.descriptor.digest.slice(7, 15)).join('-');
  const folder = join(config.cache, 'images', `archive-${key}`);
  const archive = join(folder, 'images.tar');
  await ensureFolder({
    folder,
    signal: options.signal,
    make: async partial => {
      const layout = join(partial, 'layout');
      await startLayout(layout);
      for (const image of chosen) await copyPlatform(image, layout);
      await writeEntries(
        layout,
        chosen.flatMap(image =>
          namesOf(image).map(name => ({ ...image.descriptor, annotations: { 'io.containerd.image.name': name } })),
        ),
      );
      const flags = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '--remove-files'];
      const files = ['oci-layout', 'index.json', 'blobs'];
      const archiving = join(partial, 'images.tar.partial');
      await run('tar', ['--create', '--file', archiving, ...flags, '--directory', layout, ...files], options);
      await rm(layout, { recursive: true, force: true });
      await rename(archiving, join(partial, 'images.tar'));
    },
  });
  return chosen.map(image => ({ name: image.name, archive, names: namesOf(image) }));
}

/** Canonical name by digest first; the tag is there for people who look. */
function namesOf(image: StandIn): string[] {
  const repository = image.reference.slice(0, image.reference.lastIndexOf(':'));
  return [`${repository}@${image.descriptor.digest}`, image.reference];
}

async function copyPlatform(image: StandIn, layout: string): Promise<void> {
  const architecture = machineArchitecture();
  const half = image.index.manifests.find(manifest => manifest.platform.architecture === architecture);
  if (!half) {
    const there = image.index.manifests.map(manifest => manifest.platform.architecture).join(', ');
    throw new Error(`the stand-in for ${image.reference} is for ${there}, and this machine is ${architecture}`);
  }
  const manifest = await readJson<ImageManifest>(image.folder, half.digest);
  const digests = [image.descriptor, half, manifest.config, ...manifest.layers].map(({ digest }) => digest);
  for (const digest of digests) await copyBlob(image.folder, layout, digest);
}
