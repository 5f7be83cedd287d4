// What the rules know of a stack: from its settings, its lock, and where there is one, its registry.
import { inspectImage } from '../images/inspect.ts';
import type { Lock } from '../images/lock.ts';
import { formatReference, parseReference, type Reference } from '../images/reference.ts';
import type { RegistryClient } from '../images/registry.ts';
import type { Settings } from '../settings/settings.ts';
import type { Facts } from './rule.ts';

/** Shorter texts are found in others by chance. */
const shortestSecret = 8;

/**
 * `secrets`: see Facts. `client`: asked for images that the lock does not name; absent, they are not known. What a
 * digest means never changes, so the lock's word is as good as the registry's.
 */
export function factsOf(
  settings: Settings,
  lock: Lock,
  secrets: Pick<Facts, 'secretTexts' | 'allSecrets'>,
  client?: RegistryClient,
): Facts {
  const { registry, mirror, nodePlatforms } = settings;
  const pinned = Object.entries(lock.upstream).flatMap(([name, entry]) =>
    typeof entry === 'string' ? [] : [formatReference(parseReference(`${name}@${entry.digest}`))],
  );
  const entries = [...Object.values(lock.images), ...Object.values(lock.upstream)];
  const known = new Map(
    entries.flatMap(entry =>
      typeof entry === 'string' ? [] : [[entry.digest as string, Object.keys(entry.platforms)] as const],
    ),
  );
  const own = [registry.name, ...registry.aliases];
  return {
    registries: mirror === undefined ? own : [...own, mirror],
    upstream: pinned,
    nodes: nodePlatforms,
    ...secrets,
    secretTexts: secrets.secretTexts.filter(text => text.length >= shortestSecret),
    platformsOf: async reference =>
      known.get(reference.digest!) ?? (client && own.includes(reference.registry) ? ask(client, reference) : undefined),
  };
}

async function ask(client: RegistryClient, reference: Reference): Promise<string[] | undefined> {
  const image = await inspectImage(client, reference);
  if (image === undefined) return undefined;
  return image.kind === 'index' ? [...image.platforms.keys()] : [];
}
