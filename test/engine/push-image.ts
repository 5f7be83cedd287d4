// What images are made of, pushed to a real registry as a builder would.
import { digestOf } from '../../images/digest.ts';
import { type Child, type Descriptor, OCI_MANIFEST } from '../../images/manifest.ts';
import type { Reference } from '../../images/reference.ts';
import type { RegistryClient } from '../../images/registry.ts';

type Repository = Pick<Reference, 'registry' | 'repository'>;

/** Pushes a manifest, first the blobs that it names; `more`: fields beside those that every manifest has. */
export async function pushManifest(
  client: RegistryClient,
  repository: Repository,
  config: object,
  layers: readonly Buffer[],
  more: object = {},
): Promise<Child> {
  const push = (bytes: Buffer, kind: string) =>
    pushBlob(client, repository, bytes, `application/vnd.oci.image.${kind}`);
  const body = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: await push(Buffer.from(JSON.stringify(config)), 'config.v1+json'),
    layers: await Promise.all(layers.map(layer => push(layer, 'layer.v1.tar+gzip'))),
    ...more,
  };
  const bytes = Buffer.from(JSON.stringify(body));
  const digest = await client.put(repository, bytes, OCI_MANIFEST);
  return { mediaType: OCI_MANIFEST, digest, size: bytes.length };
}

async function pushBlob(
  client: RegistryClient,
  repository: Repository,
  bytes: Buffer,
  mediaType: string,
): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await client.putBlob(repository, descriptor, () => [bytes]);
  return descriptor;
}
