// What the mirror serves: the stand-ins that builds start from, in the layout in which a registry (distribution) keeps its
// storage on disk. Written, not pushed: half a gigabyte through a registry would take both cores for seconds of each start.
import { copyFile, link, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SandboxConfig } from '../config.ts';
import { ensureFolder } from '../tools/store.ts';
import type { StandIn } from './images.ts';
import { blobPath, type ImageManifest, readJson } from './layout.ts';

const served: readonly StandIn['name'][] = ['python', 'node', 'buildkit', 'debian'];

type Image = Pick<StandIn, 'reference' | 'folder' | 'descriptor' | 'index'>;

/** The storage folder, in the cache, of a registry that has the stand-ins under their true repositories and tags. */
export async function mirrorStorage(
  config: SandboxConfig,
  images: readonly StandIn[],
  options: { signal?: AbortSignal } = {},
): Promise<string> {
  const chosen = images.filter(({ name }) => served.includes(name));
  const key = chosen.map(image => image.descriptor.digest.slice(7, 15)).join('-');
  const folder = join(config.cache, 'images', `mirror-${key}`);
  await ensureFolder({
    folder,
    signal: options.signal,
    make: async partial => {
      for (const image of chosen) await storeImage(image, partial);
    },
  });
  return folder;
}

/** Puts one image into the storage at `folder`. Throws on a reference without repository and tag. */
export async function storeImage(image: Image, folder: string): Promise<void> {
  const [, repository, tag] = /^[^/]+\/(.+):([^:]+)$/.exec(image.reference) ?? [];
  if (!repository || !tag)
    throw new Error(`${image.reference}: a reference with registry, repository and tag is needed`);
  const root = join(folder, 'docker/registry/v2');
  const of = join(root, 'repositories', repository);
  for (const half of image.index.manifests) {
    const { config, layers } = await readJson<ImageManifest>(image.folder, half.digest);
    for (const { digest } of [config, ...layers]) {
      await storeBlob(image, root, digest);
      await writeLink(join(of, '_layers'), digest);
    }
    await storeBlob(image, root, half.digest);
    await writeLink(join(of, '_manifests/revisions'), half.digest);
  }
  const { digest } = image.descriptor;
  await storeBlob(image, root, digest);
  await writeLink(join(of, '_manifests/revisions'), digest);
  await writeLink(join(of, '_manifests/tags', tag, 'index'), digest);
  await write(join(of, '_manifests/tags', tag, 'current/link'), digest);
}

/** Blobs never change, so a second name for the same file is enough. */
async function storeBlob({ folder }: Image, root: string, digest: string): Promise<void> {
  const hex = digest.slice('sha256:'.length);
  const target = join(root, 'blobs/sha256', hex.slice(0, 2), hex, 'data');
  const source = join(folder, blobPath(digest));
  await mkdir(dirname(target), { recursive: true });
  await link(source, target).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return;
    await copyFile(source, target);
  });
}

const writeLink = (folder: string, digest: string) => write(join(folder, digest.replace(':', '/'), 'link'), digest);

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
