// All that belongs to an image: the index, its children, their blobs, and what is attached to any of them.
import type { Digest } from './digest.ts';
import { ACCEPTED, type Child, type Descriptor } from './manifest.ts';
import { formatReference, type Reference } from './reference.ts';
import type { Fetched, RegistryClient } from './registry.ts';

/** Where an image is: a registry, or a folder in a registry's place. */
export type ImageSource = Pick<RegistryClient, 'endpoints' | 'manifest' | 'referrers' | 'readBlob'>;

export interface ImageTree {
  root: Fetched;
  /** The root among them, in an order in which a registry takes them: what a manifest names comes before it. */
  manifests: Fetched[];
  /** Configs and layers, each once. */
  blobs: Descriptor[];
  /** What is attached to which manifest. */
  attached: { subject: Digest; referrers: Child[] }[];
}

/**
 * Reads the tree of `from` (by digest, else by tag), attestations that the index holds included. An entry of a list of
 * attached artefacts that is not there any more is left out: nobody could read it. Throws one line where the image or
 * what its index names is not there.
 */
export async function readTree(client: ImageSource, from: Reference): Promise<ImageTree> {
  const { registry, repository } = from;
  const root = await client.manifest(from);
  if (!root) throw new Error(`${formatReference(from)} is not there; build or push it again`);
  const blobs = new Map<Digest, Descriptor>();
  const tree: ImageTree = { root, manifests: [], blobs: [], attached: [] };
  const seen = new Set<Digest>();

  const visit = async (found: Fetched): Promise<void> => {
    if (seen.has(found.digest)) return;
    seen.add(found.digest);
    const { digest, manifest } = found;
    if (manifest.kind === 'image')
      for (const blob of [manifest.config, ...manifest.layers]) blobs.set(blob.digest, blob);
    for (const child of manifest.kind === 'index' ? manifest.children : []) {
      // The index of a layer cache names blobs.
      if (!ACCEPTED.includes(child.mediaType)) blobs.set(child.digest, child);
      else await visit(await childOf(found, child));
    }
    tree.manifests.push(found);
    const { referrers } = await client.referrers({ registry, repository, digest });
    const there: Child[] = [];
    for (const referrer of referrers) {
      const artefact = await client.manifest({ registry, repository, digest: referrer.digest });
      if (!artefact) continue;
      there.push(referrer);
      await visit(artefact);
    }
    if (there.length > 0) tree.attached.push({ subject: digest, referrers: there });
  };
  const childOf = async (parent: Fetched, { digest }: Child): Promise<Fetched> => {
    const found = await client.manifest({ registry, repository, digest });
    if (found) return found;
    const index = formatReference({ registry, repository, digest: parent.digest });
    throw new Error(`${index} names ${digest}, which the registry does not have; build or push the image again`);
  };

  await visit(root);
  return { ...tree, blobs: [...blobs.values()] };
}
