// Joins the platforms' images into one index and gives it its tags: first the one that never moves, then, once the
// registry is seen to serve every platform under it, the one that people read.
import { type Digest, shortDigest } from '../images/digest.ts';
import { type Child, makeIndex, platformsOf, REVISION, SOURCE } from '../images/manifest.ts';
import { type Platform, type PlatformParts, platformOf } from '../images/platform.ts';
import { formatReference } from '../images/reference.ts';
import type { RegistryClient } from '../images/registry.ts';
import { immutableTag } from '../images/tags.ts';
import { verifyIndex } from '../images/verify.ts';
import { StepFailure } from './failure.ts';
import { withoutCredentials } from './git.ts';
import type { Log } from './log.ts';

export interface PublishRequest {
  registry: string;
  repository: string;
  imageTag: string;
  repoUrl: string;
  commit: string;
  /** The image of each platform, as pushed by the builders. */
  digests: ReadonlyMap<Platform, Digest>;
  /** Called before the image tag moves; what it throws keeps the tag where it is. */
  check: () => Promise<void>;
}

/** `reference`: with the tag that never moves and the digest, as rollouts write it. `commit`: as the index says. */
export interface Published {
  digest: Digest;
  reference: string;
  commit: string;
}

/**
 * Publishes the index. Where the image tag's own index has the same images already, that one is kept, with the commit
 * it was first built from: nothing is new, so nothing moves. Throws a StepFailure where an image is missing or is of
 * another platform than it was built for; then no tag has moved.
 */
export async function publish(client: RegistryClient, request: PublishRequest, log: Log): Promise<Published> {
  const { registry, repository, imageTag, repoUrl, commit, digests, check } = request;
  const children = await Promise.all(
    [...digests].map(([platform, digest]) => childOf(client, request, platform, digest)),
  );
  const kept = await sameImages(client, request);
  if (kept) {
    log(`unchanged: ${kept.reference} has these images, built from commit ${kept.commit}; no tag moves`);
    return kept;
  }
  const annotations = { [REVISION]: commit, [SOURCE]: withoutCredentials(repoUrl) };
  const { bytes, digest, mediaType } = makeIndex(children, annotations);

  const fixed = { registry, repository, tag: immutableTag(commit, digest) };
  await client.put(fixed, bytes, mediaType);
  await verifyIndex(client, { ...fixed, digest }, [...digests.keys()]);
  const reference = formatReference({ ...fixed, digest });
  log(`published ${reference}`);

  const moving = { registry, repository, tag: imageTag };
  const before = await client.head(moving);
  // As late as can be: a newer run may have begun while this one built.
  await check();
  if (before !== digest) await client.put(moving, bytes, mediaType);
  const change =
    before === digest ? 'has this digest already' : `${before ? shortDigest(before) : 'new'} → ${shortDigest(digest)}`;
  log(`${formatReference(moving)}: ${change}`);
  return { digest, reference, commit };
}

// The index under the image tag, where it has just these images and its own tag that never moves still holds it.
async function sameImages(client: RegistryClient, request: PublishRequest): Promise<Published | undefined> {
  const { registry, repository, imageTag, digests } = request;
  const current = await client.manifest({ registry, repository, tag: imageTag });
  if (current?.manifest.kind !== 'index') return undefined;
  const { children, annotations } = current.manifest;
  const platforms = platformsOf(current.manifest);
  const equal =
    children.length === digests.size &&
    [...digests].every(([platform, digest]) => platforms.get(platform)?.digest === digest);
  const commit = annotations[REVISION] ?? '';
  if (!equal || !/^[0-9a-f]{40}$/.test(commit)) return undefined;
  const { digest } = current;
  const fixed = { registry, repository, tag: immutableTag(commit, digest) };
  if ((await client.head(fixed)) !== digest) return undefined;
  return { digest, reference: formatReference({ ...fixed, digest }), commit };
}

async function childOf(
  client: RegistryClient,
  { registry, repository }: PublishRequest,
  platform: Platform,
  digest: Digest,
): Promise<Child> {
  const ref = { registry, repository, digest };
  const found = await client.manifest(ref);
  if (found?.manifest.kind !== 'image') {
    const what = found ? 'an index, expected an image' : 'not in the registry, though its build has ended well';
    throw new StepFailure(
      `${platform}: ${formatReference(ref)} is ${what}; check that the builder pushes to this registry`,
    );
  }
  const config = JSON.parse((await client.blob(ref, found.manifest.config.digest)).toString('utf8')) as PlatformParts;
  const built = platformOf(config);
  if (built !== platform) {
    throw new StepFailure(
      `${platform}: the builder has built ${formatReference(ref)} for ${built}; check SLIPWAY_BUILDERS`,
    );
  }
  const { os, architecture, variant } = config;
  return {
    mediaType: found.mediaType,
    digest,
    size: found.bytes.length,
    platform: { os, architecture, ...(variant && { variant }) },
  };
}
