// By which of BuildKit's options a pinned image takes the place of what the Dockerfile writes. The Dockerfile itself
// stays as it is.
import { formatReference, parseReference } from '../images/reference.ts';

/** `docker-image://<reference>` values. */
export interface PinnedSources {
  /** Options of the frontend, `context:<name>` → the pinned image. */
  contexts: Record<string, string>;
  /**
   * Rules of a source policy, the image as it is written in full → the pinned one: for names that a stage of the
   * Dockerfile has as well, for which a context would take the place of that whole stage.
   */
  sources: Record<string, string>;
}

/** `pinned`: references with digest, by BuildKit's name of the context. */
export function pinnedSources(pinned: Readonly<Record<string, string>>, dockerfile: string): PinnedSources {
  const stages = stageNames(dockerfile);
  const contexts: Record<string, string> = {};
  const sources: Record<string, string> = {};
  for (const [name, reference] of Object.entries(pinned)) {
    if (stages.has(name.toLowerCase())) sources[image(fullName(name))] = image(reference);
    else contexts[`context:${name}`] = image(reference);
  }
  return { contexts, sources };
}

/** The rules in the form of BuildKit's source policies; undefined where there are none. */
export function sourcePolicy(sources: Readonly<Record<string, string>>): object | undefined {
  const rules = Object.entries(sources).map(([identifier, pinned]) => ({
    action: 'CONVERT',
    selector: { identifier, matchType: 'EXACT' },
    updates: { identifier: pinned },
  }));
  return rules.length > 0 ? { version: 1, rules } : undefined;
}

const image = (reference: string) => `docker-image://${reference}`;

// As BuildKit resolves it: registry and tag are always part of the name.
function fullName(name: string): string {
  const reference = parseReference(name);
  return formatReference(reference.digest ? reference : { ...reference, tag: reference.tag ?? 'latest' });
}

// By its text, as none of it depends on values.
function stageNames(dockerfile: string): Set<string> {
  const names = dockerfile.matchAll(/^[ \t]*FROM[ \t]+\S.*?[ \t]+AS[ \t]+(\S+)[ \t]*$/gim);
  return new Set([...names].map(match => match[1]!.toLowerCase()));
}
