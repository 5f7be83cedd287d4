// From what a Dockerfile writes to what is built on: the stack's own bases, pinned, whatever form names them.
import type { BaseUse } from './dockerfile.ts';
import type { Platform } from './platform.ts';
import { DOCKER_HUB, parseReference, type Reference } from './reference.ts';

/**
 * A base that the stack builds. A Dockerfile that writes `repository:tag`, under the registry's name, one of its
 * aliases or none, is built on `reference` (which may be another variant: the catalogue decides, not the Dockerfile).
 */
export interface StackBase {
  /** Without registry, for example `cerebral/ai-base`. */
  repository: string;
  tag: string;
  /** With digest, for example `10.34.0.202:5000/cerebral/ai-base:cpu@sha256:…`. */
  reference: string;
}

/** A stack's registry and bases, as references spell them. */
export interface BaseSources {
  registry: string;
  aliases: readonly string[];
  bases: readonly StackBase[];
}

/** One image that a build needs, and what is to be taken for it. */
export interface MappedBase {
  /** As written, after the expansion of ARGs. */
  written: string;
  /** BuildKit's name of the build context that replaces it (`--opt context:<this>=docker-image://…`). */
  context: string;
  /** What to look up and to build on. */
  reference: Reference;
  /** Whether the stack builds it, or keeps it in its registry; the others come from outside. */
  ours: boolean;
  /** Whether the Dockerfile itself names the digest. */
  pinned: boolean;
  /** The first line that names it. */
  line: number;
  instruction: BaseUse['instruction'];
  /** The platforms it is needed for, where the Dockerfile fixes them; otherwise all that are built. */
  platforms?: Platform[];
}

const LATEST = 'latest';

/**
 * What each written base maps to, each once, in the file's order. What no StackBase covers keeps its own name. A
 * written digest stays: it is the Dockerfile's own pin.
 */
export function mapBases(uses: readonly BaseUse[], sources: BaseSources): MappedBase[] {
  const mapped = new Map<string, MappedBase>();
  for (const use of uses) {
    const context = contextName(parseReference(use.reference));
    const known = mapped.get(context);
    if (!known) mapped.set(context, mapBase(use, context, sources));
    else if (known.platforms && use.platform) known.platforms = [...new Set([...known.platforms, use.platform])];
    else delete known.platforms;
  }
  return [...mapped.values()];
}

/** The name under which BuildKit looks for a build context in an image's place: the short form, without `:latest`. */
export function contextName(reference: Reference): string {
  const { registry, repository, tag, digest } = reference;
  const path = registry === DOCKER_HUB ? repository.replace(/^library\/(?=[^/]+$)/, '') : `${registry}/${repository}`;
  const named = tag === undefined || (tag === LATEST && digest === undefined) ? path : `${path}:${tag}`;
  return digest === undefined ? named : `${named}@${digest}`;
}

function mapBase(use: BaseUse, context: string, sources: BaseSources): MappedBase {
  const reference = parseReference(use.reference);
  const inRegistry = reference.registry === sources.registry || sources.aliases.includes(reference.registry);
  const ofStack = sources.bases.filter(base => base.repository === reference.repository);
  // A bare name means docker.io to everyone else; for a repository that the stack builds it means the stack's.
  const ours = inRegistry || (reference.registry === DOCKER_HUB && ofStack.length > 0);
  const common = {
    written: use.reference,
    context,
    ours,
    pinned: reference.digest !== undefined,
    line: use.line,
    instruction: use.instruction,
    ...(use.platform && { platforms: [use.platform] }),
  };
  const base = ofStack.find(entry => entry.tag === (reference.tag ?? LATEST));
  if (ours && base && !reference.digest) return { ...common, reference: pinnedOf(base) };
  return { ...common, reference: ours ? { ...reference, registry: sources.registry } : reference };
}

function pinnedOf(base: StackBase): Reference {
  const reference = parseReference(base.reference);
  if (reference.digest) return reference;
  throw new Error(
    `base ${base.repository}:${base.tag} maps to ${base.reference}, which has no digest; a stack's bases are pinned`,
  );
}
