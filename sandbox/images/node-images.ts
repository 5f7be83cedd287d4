// What the node runs pods from at the first second: a containerd root, in the cache, in which these images are imported and
// unpacked already, for the node's platform alone. A start lays it by hard links: an import would take both cores for ten
// seconds, each time.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeImages } from '../cluster/node-store.ts';
import type { SandboxConfig } from '../config.ts';
import { machineArchitecture } from '../rootfs/node.ts';
import type { Root } from '../rootfs/root.ts';
import { run } from '../tools/run.ts';
import { ensureFolder } from '../tools/store.ts';
import type { StandIn } from './images.ts';
import { copyBlob, type ImageManifest, readJson, startLayout, writeEntries } from './layout.ts';

/** The last two are only built on: of an image that is, the node then pulls the new layers alone. */
const imported: readonly StandIn['name'][] = ['registry', 'buildkit', 'kaniko', 'system', 'nop', 'python', 'node'];

const script = fileURLToPath(new URL('./import-images.sh', import.meta.url));
/** Sourced by it. */
const stageRoot = fileURLToPath(new URL('../rootfs/stage-root.sh', import.meta.url));

/** `root`: the node's Debian tree, whose containerd makes the store. */
export async function nodeImages(
  config: SandboxConfig,
  images: readonly StandIn[],
  { root, signal }: { root: Root; signal?: AbortSignal },
): Promise<NodeImages> {
  const chosen = images.filter(image => imported.includes(image.name));
  const maker = createHash('sha256');
  for (const part of [script, stageRoot]) maker.update(await readFile(part));
  const parts = [
    maker.digest('hex'),
    root.key,
    ...chosen.map(image => image.descriptor.digest.slice('sha256:'.length)),
  ];
  const store = join(config.cache, 'images', `containerd-${parts.map(part => part.slice(0, 8)).join('-')}`);
  const importInto = (folder: string) => importImages(chosen, folder, root, signal);
  await ensureFolder({ folder: store, signal, make: importInto });
  return { store, names: chosen.flatMap(namesOf), importInto };
}

/** Adds the images to the containerd root `folder`, on which no containerd runs. @throws Error that names one it lacks. */
async function importImages(images: StandIn[], folder: string, root: Root, signal?: AbortSignal): Promise<void> {
  const beside = `${folder}.work`;
  await rm(beside, { recursive: true, force: true });
  try {
    await mkdir(join(beside, 'stage'), { recursive: true });
    const archive = await writeArchive(images, beside, signal);
    const { stdout } = await run(
      'unshare',
      ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'bash', script],
      {
        env: { ...process.env, DEBIAN_ROOT: root.path, STORE: folder, ARCHIVE: archive, STAGE: join(beside, 'stage') },
        signal,
      },
    );
    const there = new Set(stdout.split('\n'));
    const absent = images.flatMap(namesOf).filter(name => !there.has(name));
    if (absent.length > 0) throw new Error(`containerd imported no image named ${absent.join(', ')}`);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/** An OCI archive of the images. Other platforms' halves are left out, under the index that names them. */
async function writeArchive(images: StandIn[], folder: string, signal?: AbortSignal): Promise<string> {
  const layout = join(folder, 'layout');
  await startLayout(layout);
  for (const image of images) await copyPlatform(image, layout);
  await writeEntries(
    layout,
    images.flatMap(image =>
      namesOf(image).map(name => ({ ...image.descriptor, annotations: { 'io.containerd.image.name': name } })),
    ),
  );
  const archive = join(folder, 'images.tar');
  const files = ['oci-layout', 'index.json', 'blobs'];
  await run('tar', ['--create', '--file', archive, '--directory', layout, ...files], { signal });
  return archive;
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
