// Tags that are given once: whether one is free, and how an image gets it.
import type { Digest } from './digest.ts';
import { formatReference, type Reference } from './reference.ts';
import type { Fetched, RegistryClient } from './registry.ts';

/**
 * That `ref`'s tag may stand for `digest`: `free` where there is no such tag, `there` where it stands for it already.
 * Throws one line where it stands for another. It holds for the moment of the look alone, see tagOnce.
 */
export async function checkTagFree(client: RegistryClient, ref: Reference, digest: Digest): Promise<'free' | 'there'> {
  const there = await client.head(tagOf(ref));
  if (there === undefined) return 'free';
  if (there === digest) return 'there';
  throw new Error(
    `${formatReference(tagOf(ref))} is ${there}, expected ${digest} or none; this tag never moves: choose another one`,
  );
}

/**
 * Gives `image`, which the registry has, `ref`'s tag, unless it has it; throws where the tag is another's. It looks right
 * before the write and right after it, so whoever is overtaken between the two is told. What it can't promise: the
 * registry API knows no write on condition (distribution spec 1.1), so of two that write the same free tag at the same
 * time both may, the later one stays, and the earlier one may have looked before. Only a registry that itself refuses
 * to move tags closes that gap.
 */
export async function tagOnce(
  client: RegistryClient,
  ref: Reference,
  image: Pick<Fetched, 'digest' | 'bytes' | 'mediaType'>,
): Promise<'written' | 'there'> {
  if ((await checkTagFree(client, ref, image.digest)) === 'there') return 'there';
  await client.put(tagOf(ref), image.bytes, image.mediaType);
  const now = await client.head(tagOf(ref));
  if (now === image.digest) return 'written';
  throw new Error(
    `${formatReference(tagOf(ref))} was given to ${image.digest}, and is ${now ?? 'gone'}: another has written it at the same time; look which of the two it is to be`,
  );
}

// A digest beside the tag would be what is asked for.
const tagOf = ({ registry, repository, tag }: Reference): Reference => ({ registry, repository, tag });
