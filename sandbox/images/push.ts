// Puts the stand-ins that builds start from into the mirror, where both BuildKits find them under their true repository.
import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxConfig } from '../config.ts';
import type { StandIn } from './images.ts';
import { blobPath, type Descriptor, type ImageManifest, mediaTypes, readJson } from './layout.ts';

const pushed: readonly StandIn['name'][] = ['python', 'node', 'buildkit'];

/** Pushes what the mirror lacks; the mirror must answer already. Throws with the request that it refused. */
export async function pushStandIns(
  config: SandboxConfig,
  images: readonly StandIn[],
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const registry = `http://127.0.0.1:${config.ports.mirror}`;
  for (const image of images.filter(({ name }) => pushed.includes(name))) await pushImage(registry, image, options);
}

/** Pushes one layout to `registry` (scheme, host, port) under the repository and the tag of its reference. */
export async function pushImage(
  registry: string,
  image: Pick<StandIn, 'reference' | 'folder' | 'descriptor' | 'index'>,
  { signal }: { signal?: AbortSignal } = {},
): Promise<void> {
  const [, repository, tag] = /^[^/]+\/(.+):([^:]+)$/.exec(image.reference) ?? [];
  if (!repository || !tag)
    throw new Error(`${image.reference}: a reference with registry, repository and tag is needed`);
  const target: Target = { url: `${registry}/v2/${repository}`, folder: image.folder, signal };
  if (await has(target, 'manifests', tag, image.descriptor.digest)) return;
  for (const half of image.index.manifests) {
    const manifest = await readJson<ImageManifest>(image.folder, half.digest);
    for (const blob of [manifest.config, ...manifest.layers]) await pushBlob(target, blob);
    await putManifest(target, half.digest, half);
  }
  await putManifest(target, tag, image.descriptor);
}

interface Target {
  /** …/v2/<repository> */
  url: string;
  folder: string;
  signal?: AbortSignal;
}

async function has(target: Target, kind: 'blobs' | 'manifests', name: string, digest: string): Promise<boolean> {
  const headers = { accept: `${mediaTypes.index}, ${mediaTypes.manifest}` };
  const method = kind === 'blobs' ? { method: 'HEAD' } : { method: 'HEAD', headers };
  const response = await fetch(`${target.url}/${kind}/${name}`, { ...method, signal: target.signal });
  if (response.status === 404) return false;
  if (!response.ok) throw await refusal('HEAD', response);
  return response.headers.get('docker-content-digest') === digest;
}

async function pushBlob(target: Target, { digest }: Descriptor): Promise<void> {
  if (await has(target, 'blobs', digest, digest)) return;
  const begun = await fetch(`${target.url}/blobs/uploads/`, { method: 'POST', signal: target.signal });
  if (begun.status !== 202) throw await refusal('POST', begun);
  const location = new URL(begun.headers.get('location') ?? '', target.url);
  location.searchParams.set('digest', digest);
  const body = await openAsBlob(join(target.folder, blobPath(digest)));
  const headers = { 'content-type': 'application/octet-stream' };
  const put = await fetch(location, { method: 'PUT', body, headers, signal: target.signal });
  if (put.status !== 201) throw await refusal('PUT', put);
}

async function putManifest(target: Target, name: string, { mediaType, digest }: Descriptor): Promise<void> {
  const body = await readFile(join(target.folder, blobPath(digest)));
  const request = { method: 'PUT', body, headers: { 'content-type': mediaType }, signal: target.signal };
  const response = await fetch(`${target.url}/manifests/${name}`, request);
  if (response.status !== 201) throw await refusal('PUT', response);
}

async function refusal(method: string, response: Response): Promise<Error> {
  const said = (await response.text()).trim().slice(0, 300);
  return new Error(`${method} ${response.url}: ${response.status} ${said}; is this the sandbox's mirror?`);
}
