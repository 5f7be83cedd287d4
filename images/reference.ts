// References name an image as a cluster pulls it. The rules are those of Docker's distribution/reference, because
// BuildKit, containerd and kubelet read the same text by them.
import { type Digest, parseDigest } from './digest.ts';

/**
 * A full name of an image. `registry` is a host with an optional port, never an address to dial (see endpoints.ts).
 * Neither tag nor digest: what the registry has under `latest`. Both: the digest decides, the tag is for readers.
 */
export interface Reference {
  registry: string;
  repository: string;
  tag?: string;
  digest?: Digest;
}

/** The registry of names that name none. */
export const DOCKER_HUB = 'docker.io';

const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const REGISTRY = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?$`);
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const LONGEST_REPOSITORY = 255;

/**
 * Reads `text` as `[registry/]repository[:tag][@digest]`. A first part counts as a registry when it has a dot, a
 * colon or an upper-case letter, or is `localhost`; otherwise `defaults.registry` (docker.io) is meant, and on
 * docker.io a single-part repository lives under `library/`. Throws one line that says what is wrong and what is allowed.
 */
export function parseReference(text: string, defaults: { registry?: string } = {}): Reference {
  const fail = (why: string): never => {
    throw new Error(`image reference "${text}": ${why}`);
  };
  if (text === '') fail('it is empty; expected [registry/]repository[:tag][@sha256:…]');
  if (/\s/.test(text)) fail('it contains white space');
  if (/^[a-z]+:\/\//i.test(text)) fail('it is a URL; leave out the scheme');

  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  let digest: Digest | undefined;
  if (at >= 0) {
    try {
      digest = parseDigest(text.slice(at + 1));
    } catch (error) {
      fail((error as Error).message);
    }
  }

  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  const hasRegistry = slash >= 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
  const registry = hubName(hasRegistry ? first : (defaults.registry ?? DOCKER_HUB));
  const rest = hasRegistry ? named.slice(slash + 1) : named;
  if (!isRegistry(registry)) fail(`"${registry}" is no registry; expected host or host:port`);

  const colon = rest.lastIndexOf(':');
  const tagged = colon > rest.lastIndexOf('/');
  const path = tagged ? rest.slice(0, colon) : rest;
  const tag = tagged ? rest.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) {
    fail(`"${tag}" is no tag; expected 1 to 128 letters, digits, "_", "." and "-", not starting with "." or "-"`);
  }
  const repository = registry === DOCKER_HUB && path !== '' && !path.includes('/') ? `library/${path}` : path;
  const fault = repositoryFault(repository);
  if (fault) fail(fault);

  return { registry, repository, ...(tag !== undefined && { tag }), ...(digest && { digest }) };
}

/** The full form, `registry/repository[:tag][@digest]`; parseReference gives the same reference back. */
export function formatReference(reference: Reference): string {
  const { registry, repository, tag, digest } = reference;
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** Whether `text` may stand for a registry in a reference: host or host:port, without scheme or path. */
export function isRegistry(text: string): boolean {
  return REGISTRY.test(text);
}

/** Whether `text` is a tag as registries accept it. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** What is wrong with a repository's name, or undefined. */
export function repositoryFault(repository: string): string | undefined {
  if (repository === '') return 'it names no repository';
  if (repository.length > LONGEST_REPOSITORY) {
    return `the repository has ${repository.length} characters; at most ${LONGEST_REPOSITORY} are allowed`;
  }
  for (const component of repository.split('/')) {
    if (COMPONENT.test(component)) continue;
    if (component === '') return 'the repository has an empty part between slashes';
    if (/[A-Z]/.test(component))
      return `repository part "${component}" has upper-case letters; only lower case is allowed`;
    return `repository part "${component}" is not allowed; expected a-z and 0-9, joined by ".", "_", "__" or "-"`;
  }
  return undefined;
}

// Docker's clients know the hub's registry by its index's name too.
function hubName(registry: string): string {
  return registry === 'index.docker.io' ? DOCKER_HUB : registry;
}
