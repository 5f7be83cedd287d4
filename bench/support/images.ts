// Images in a registry, each an index of two platforms, as small as may be: what is measured is who asks for them.
import pMap from 'p-map';
import { type Digest, digestOf } from '../../images/digest.ts';
import { makeIndex, OCI_MANIFEST, REVISION } from '../../images/manifest.ts';
import type { Reference } from '../../images/reference.ts';
import { RegistryClient } from '../../images/registry.ts';
import type { RegistryProcess } from '../../test/engine/registry-process.ts';

export interface Pushed {
  repository: string;
  digest: Digest;
}

/** Pushes an image of its own digest to each of `repositories`, under `tag`. */
export function pushImages(registry: RegistryProcess, repositories: readonly string[], tag: string): Promise<Pushed[]> {
  const client = new RegistryClient({ endpoints: [{ name: 'registry', aliases: [], url: registry.url }] });
  const push = async (repository: string): Promise<Pushed> => {
    const reference = { registry: 'registry', repository };
    const platforms = await Promise.all(
      ['amd64', 'arm64'].map(architecture => pushPlatform(registry, client, reference, architecture)),
    );
    // As a build writes it; it makes one image differ from the next.
    const commit = digestOf(repository).slice(-40);
    const { bytes, mediaType } = makeIndex(platforms, { [REVISION]: commit });
    return { repository, digest: await client.put({ ...reference, tag }, bytes, mediaType) };
  };
  return pMap(repositories, push, { concurrency: 8 });
}

async function pushPlatform(
  registry: RegistryProcess,
  client: RegistryClient,
  reference: Reference,
  architecture: string,
) {
  const platform = { os: 'linux', architecture };
  const config = Buffer.from(JSON.stringify({ ...platform, rootfs: { type: 'layers', diff_ids: [] } }));
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: await registry.upload(reference.repository, config),
      size: config.length,
    },
    layers: [],
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return {
    mediaType: OCI_MANIFEST,
    digest: await client.put(reference, bytes, OCI_MANIFEST),
    size: bytes.length,
    platform,
  };
}
