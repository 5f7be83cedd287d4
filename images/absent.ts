// What a registry has where it does not have what was asked for: the part of an error that saves a look elsewhere.
import { brief } from './inspect.ts';
import { listNearest } from './nearest.ts';
import type { Reference } from './reference.ts';
import type { RegistryClient } from './registry.ts';

/** `there is no image of team/app at all`, or `team/app has no tag v2, but tags v1, v3`. */
export async function whyAbsent(client: RegistryClient, reference: Reference): Promise<string> {
  const { registry, repository, tag, digest } = reference;
  const tags = await client.tags(registry, repository);
  if (tags.length === 0) return `there is no image of ${repository} at all`;
  const missing = digest && !tag ? brief(digest) : `tag ${tag ?? 'latest'}`;
  const others = `${tags.length === 1 ? 'tag' : 'tags'} ${listNearest(tag ?? 'latest', tags)}`;
  return `${repository} has no ${missing}, but ${others}`;
}
