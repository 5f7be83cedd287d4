// A lock whose images can be in a registry of the tests': made-up digests are those of no bytes.
import type { Lock } from '../../../images/lock.ts';
import { makeIndex } from '../../../images/manifest.ts';
import type { FakeRegistry } from './fake-registry.ts';

/** `lock` with the digest of an index of its own for each image; `publish` puts them into a registry. */
export function publishable(lock: Lock): { lock: Lock; publish: (registry: FakeRegistry) => void } {
  const indexes = new Map(
    Object.keys(lock.images).map(key => [key, makeIndex([], { 'org.opencontainers.image.title': key })]),
  );
  const images = Object.entries(lock.images).map(([key, entry]) => [
    key,
    typeof entry === 'object' ? { ...entry, digest: indexes.get(key)!.digest } : entry,
  ]);
  return {
    lock: { ...lock, images: Object.fromEntries(images) },
    publish: registry => {
      for (const [key, { bytes, mediaType }] of indexes) registry.put(key, undefined, bytes, mediaType);
    },
  };
}
