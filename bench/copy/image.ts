// The image that is copied: 1 GB for two platforms, of random bytes that nothing packs; and a target that has half of it.
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Digest, digestOf } from '../../images/digest.ts';
import { type Child, type Descriptor, makeIndex, OCI_MANIFEST } from '../../images/manifest.ts';
import { RegistryClient } from '../../images/registry.ts';
import { serveRegistry } from '../../test/engine/registry-process.ts';

export const repository = 'team/app';
export const tag = 'v1';
/** Bytes of each platform's layers, lowest first. */
const layers = [200e6, 50e6, 200e6, 50e6];
/** Those that the target has in part: as after a build on the same base. */
const lower = 2;

export interface Stored {
  index: Digest;
  blobs: Descriptor[];
}

/** Registries' settings; `http`: what is theirs beside the address. */
export const configuration = (rootdirectory: string, http: object = {}) => ({
  version: '0.1',
  log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
  storage: { filesystem: { rootdirectory } },
  http: { addr: '127.0.0.1:0', ...http },
});

/** Puts the image into the storage `whole`, and half of its blobs into the storage `half`. */
export async function makeImage(whole: string, half: string): Promise<Stored> {
  const registries = await Promise.all([whole, half].map(storage => serveRegistry(configuration(storage))));
  try {
    const [full, part] = registries.map(
      ({ url }) => new RegistryClient({ endpoints: [{ name: 'registry', aliases: [], url }] }),
    );
    const ref = { registry: 'registry', repository };
    const blobs: Descriptor[] = [];
    const put = async (clients: RegistryClient[], bytes: Buffer, mediaType: string): Promise<Descriptor> => {
      const blob = { mediaType, digest: digestOf(bytes), size: bytes.length };
      for (const client of clients) await client.putBlob(ref, blob, () => [bytes]);
      blobs.push(blob);
      return blob;
    };
    const children: Child[] = [];
    for (const architecture of ['amd64', 'arm64']) {
      const platform = { os: 'linux', architecture };
      const manifest = {
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: await put([full!], Buffer.from(JSON.stringify(platform)), 'application/vnd.oci.image.config.v1+json'),
        layers: [] as Descriptor[],
      };
      for (const [i, size] of layers.entries()) {
        const clients = i < lower ? [full!, part!] : [full!];
        // What is no gzip would be packed by skopeo on its way, and become another image.
        const bytes = gzipSync(randomBytes(size), { level: 0 });
        manifest.layers.push(await put(clients, bytes, 'application/vnd.oci.image.layer.v1.tar+gzip'));
      }
      const bytes = Buffer.from(JSON.stringify(manifest));
      const digest = await full!.put(ref, bytes, OCI_MANIFEST);
      children.push({ mediaType: OCI_MANIFEST, digest, size: bytes.length, platform });
    }
    const { bytes, mediaType } = makeIndex(children);
    return { index: await full!.put({ ...ref, tag }, bytes, mediaType), blobs };
  } finally {
    await Promise.all(registries.map(registry => registry.stop()));
  }
}

/** That the storage has the image whole, under its tag. Throws what it lacks. */
export async function checkStored(storage: string, { index, blobs }: Stored): Promise<void> {
  const root = join(storage, 'docker/registry/v2');
  const [, hex = ''] = index.split(':');
  const names = join(root, 'repositories', repository, '_manifests/tags', tag, 'index/sha256', hex);
  await stat(names).catch(() => {
    throw new Error(`the copy has no tag ${tag} of ${index}`);
  });
  for (const { digest, size } of blobs) {
    const [, hex = ''] = digest.split(':');
    const found = await stat(join(root, 'blobs/sha256', hex.slice(0, 2), hex, 'data')).catch(() => undefined);
    if (found?.size !== size) throw new Error(`the copy has ${found?.size ?? 'no'} bytes of ${digest}, not ${size}`);
  }
}
