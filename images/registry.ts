// A client of the registry API (distribution spec 1.1): manifests, tags and small blobs, over Node's own fetch.
import { type Digest, digestOf, isDigest } from './digest.ts';
import type { Endpoint } from './endpoints.ts';
import { ACCEPTED, type Manifest, parseManifest } from './manifest.ts';
import { formatReference, type Reference } from './reference.ts';
import { isSpecError, RegistryError } from './registry-errors.ts';
import { type Answer, LARGEST_MANIFEST, RegistryHttp, type RegistryOptions, type Request } from './registry-http.ts';

export { RegistryError, UnreachableError } from './registry-errors.ts';
export type { RegistryOptions } from './registry-http.ts';

/** A manifest as the registry has it. `bytes` are those that `digest` is of. */
export interface Fetched {
  digest: Digest;
  mediaType: string;
  bytes: Buffer;
  manifest: Manifest;
}

const LARGEST_BLOB = 64 * 1024 * 1024; // configs and attestations; layers are not read here
const TAGS_A_PAGE = 1000;
const A_LITTLE = 1024 * 1024; // bytes; what is left of a push that met a full disk is less

export class RegistryClient {
  readonly endpoints: readonly Endpoint[];
  readonly #http: RegistryHttp;

  constructor(options: RegistryOptions = {}) {
    this.endpoints = options.endpoints ?? [];
    this.#http = new RegistryHttp(options);
  }

  /**
   * The manifest that `ref` names (by digest, else by tag, else `latest`), undefined where there is none. The bytes
   * are checked against the digest that was asked for, or that the registry states. Throws RegistryError or
   * UnreachableError.
   */
  async manifest(ref: Reference): Promise<Fetched | undefined> {
    const answer = await this.#http.request(ref.registry, ref.repository, `manifests/${selector(ref)}`, {
      method: 'GET',
      headers: { accept: ACCEPTED.join(', ') },
      limit: LARGEST_MANIFEST,
    });
    if (answer.status === 404) return absent(answer);
    this.#expect(answer, 200);
    const digest = digestOf(answer.bytes);
    const stated = ref.digest ?? answer.headers.get('docker-content-digest') ?? digest;
    if (stated !== digest) {
      throw failure(answer, 'DIGEST_MISMATCH', `asked for or announced ${stated}, the bytes that came are ${digest}`);
    }
    try {
      const mediaType = answer.headers.get('content-type') ?? undefined;
      const manifest = parseManifest(answer.bytes, mediaType);
      return { digest, mediaType: manifest.mediaType, bytes: answer.bytes, manifest };
    } catch (error) {
      throw new Error(`${formatReference(ref)}: ${(error as Error).message}`);
    }
  }

  /** The digest of what `ref` names, without reading it; undefined where there is nothing. */
  async head(ref: Reference): Promise<Digest | undefined> {
    const answer = await this.#http.request(ref.registry, ref.repository, `manifests/${selector(ref)}`, {
      method: 'HEAD',
      headers: { accept: ACCEPTED.join(', ') },
    });
    if (answer.status === 404) return undefined;
    this.#expect(answer, 200);
    const stated = answer.headers.get('docker-content-digest');
    // The header is optional in the spec.
    return isDigest(stated) ? stated : (await this.manifest(ref))?.digest;
  }

  /** Puts a manifest or an index under `ref`'s tag, or under its digest where `ref` has no tag. Gives its digest. */
  async put(ref: Reference, bytes: Uint8Array, mediaType: string): Promise<Digest> {
    const digest = digestOf(bytes);
    if (ref.digest && ref.digest !== digest) {
      throw new Error(`${formatReference(ref)}: the bytes to put are ${digest}`);
    }
    const answer = await this.#http.request(ref.registry, ref.repository, `manifests/${ref.tag ?? digest}`, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body: bytes,
    });
    this.#expect(answer, 201, 200);
    const stated = answer.headers.get('docker-content-digest');
    if (stated !== null && stated !== digest) {
      throw failure(answer, 'DIGEST_MISMATCH', `put ${digest}, the registry has stored ${stated}`);
    }
    return digest;
  }

  /** Removes the manifest with `ref`'s digest, and with it every tag on it. False where there was none. */
  async remove(ref: Reference): Promise<boolean> {
    if (!ref.digest) throw new Error(`${formatReference(ref)}: removal is by digest, so that no moved tag is hit`);
    const answer = await this.#http.request(ref.registry, ref.repository, `manifests/${ref.digest}`, {
      method: 'DELETE',
    });
    if (answer.status === 404) return false;
    this.#expect(answer, 202, 200, 204);
    return true;
  }

  /** All tags of a repository, in the registry's order; none where the repository is not there. */
  async tags(registry: string, repository: string): Promise<string[]> {
    const tags: string[] = [];
    const seen = new Set<string>();
    let path: string | undefined = `tags/list?n=${TAGS_A_PAGE}`;
    while (path !== undefined) {
      if (seen.has(path)) throw new Error(`${registry}/${repository}: the registry's list of tags refers to itself`);
      seen.add(path);
      const answer: Answer = await this.#http.request(registry, repository, path, { method: 'GET' });
      if (answer.status === 404) return absent(answer) ?? tags;
      this.#expect(answer, 200);
      tags.push(...tagsOf(answer));
      path = nextPage(answer, repository);
    }
    return tags;
  }

  /** A small blob (an image's config), checked against its digest. */
  async blob(ref: Reference, digest: Digest): Promise<Buffer> {
    const request: Request = { method: 'GET', limit: LARGEST_BLOB };
    const answer = await this.#http.request(ref.registry, ref.repository, `blobs/${digest}`, request);
    this.#expect(answer, 200);
    const found = digestOf(answer.bytes);
    if (found !== digest) throw failure(answer, 'DIGEST_MISMATCH', `the bytes that came are ${found}`);
    return answer.bytes;
  }

  /** The last `length` bytes of a blob; undefined where the registry hands out whole blobs only. */
  async tail(ref: Reference, digest: Digest, length: number): Promise<Buffer | undefined> {
    const request: Request = { method: 'GET', headers: { range: `bytes=-${length}` } };
    const answer = await this.#http.request(ref.registry, ref.repository, `blobs/${digest}`, request);
    if (answer.status === 200) return undefined;
    this.#expect(answer, 206);
    return answer.bytes;
  }

  /**
   * Whether a repository takes more: sends a little and takes it back. Throws what a push would meet, a RegistryError
   * with the code DISK_FULL among it; builders tell no more of it than a status.
   */
  async tryWrite(registry: string, repository: string): Promise<void> {
    const begun = await this.#http.request(registry, repository, 'blobs/uploads/', { method: 'POST' });
    this.#expect(begun, 202);
    const upload = below(begun, begun.headers.get('location') ?? '', repository);
    try {
      const headers = { 'content-type': 'application/octet-stream' };
      const body = new Uint8Array(A_LITTLE);
      this.#expect(await this.#http.request(registry, repository, upload, { method: 'PATCH', headers, body }), 202);
    } finally {
      await this.#cancel(registry, repository, upload).catch(() => undefined);
    }
  }

  // A registry ends an upload under the address that tells how far it has come, which only it knows after a fault.
  async #cancel(registry: string, repository: string, upload: string): Promise<void> {
    const now = await this.#http.request(registry, repository, upload, { method: 'GET' });
    const location = now.headers.get('location');
    const last = location === null ? upload : below(now, location, repository);
    await this.#http.request(registry, repository, last, { method: 'DELETE' });
  }

  /** Ends well when the registry answers and lets us in. */
  async ping(registry: string): Promise<void> {
    const answer = await this.#http.request(registry, '', '', { method: 'GET' });
    this.#expect(answer, 200);
  }

  #expect(answer: Answer, ...statuses: number[]): void {
    if (!statuses.includes(answer.status)) throw this.#http.error(answer);
  }
}

function selector(ref: Reference): string {
  return ref.digest ?? ref.tag ?? 'latest';
}

// A server that knows nothing of the registry API answers 404 as well; taking that for "no such image" would hide a
// wrong address.
function absent(answer: Answer): undefined {
  const speaks = answer.headers.has('docker-distribution-api-version') || isSpecError(answer.bytes.toString('utf8'));
  if (speaks) return undefined;
  throw failure(answer, 'NOT_A_REGISTRY', "this server does not speak the registry API; check the registry's endpoint");
}

function failure(answer: Answer, code: string, message: string): RegistryError {
  return new RegistryError(answer.method, answer.url, answer.status, code, message);
}

function tagsOf(answer: Answer): string[] {
  try {
    const { tags } = JSON.parse(answer.bytes.toString('utf8')) as { tags: unknown };
    if (tags === null) return []; // a repository whose last tag is gone
    if (Array.isArray(tags) && tags.every(tag => typeof tag === 'string')) return tags;
  } catch {
    // falls through: said below
  }
  throw failure(answer, 'BAD_ANSWER', 'the list of tags cannot be read');
}

// The link may name the registry by a host that only its own network knows: its path counts, its host does not.
function nextPage(answer: Answer, repository: string): string | undefined {
  const link = /<([^>]+)>\s*;[^,]*rel="?next"?/i.exec(answer.headers.get('link') ?? '')?.[1];
  return link === undefined ? undefined : below(answer, link, repository);
}

// The part of a link that lies below the repository.
function below(answer: Answer, link: string, repository: string): string {
  const { pathname, search } = new URL(link, answer.url);
  const prefix = `/v2/${repository}/`;
  if (pathname.startsWith(prefix)) return `${pathname.slice(prefix.length)}${search}`;
  throw failure(answer, 'BAD_ANSWER', `it leads on to ${pathname}, outside of ${prefix}`);
}
