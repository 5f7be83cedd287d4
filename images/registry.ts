// A client of the registry API (distribution spec 1.1): manifests, tags, what is attached, and blobs, over Node's own
// fetch.
import { type Digest, digestOf, isDigest } from './digest.ts';
import { ACCEPTED, type Child, type Manifest, makeIndex, parseManifest } from './manifest.ts';
import { formatReference, type Reference } from './reference.ts';
import { RegistryBlobs } from './registry-blobs.ts';
import { isSpecError } from './registry-errors.ts';
import { type Answer, failure, LARGEST_MANIFEST, linked } from './registry-http.ts';
import { referrersTag } from './tags.ts';

export { RegistryError, UnreachableError } from './registry-errors.ts';
export type { RegistryOptions } from './registry-http.ts';

/** A manifest as the registry has it. `bytes` are those that `digest` is of. */
export interface Fetched {
  digest: Digest;
  mediaType: string;
  bytes: Buffer;
  manifest: Manifest;
}

/** What is attached to a manifest. */
export interface Referrers {
  api: boolean;
  referrers: Child[];
}

const NAMES_A_PAGE = 1000;
/** Statuses by which registries say that they have no list of referrers. */
const WITHOUT_API = [400, 404, 405];
/** Those by which they keep their catalogue for themselves. */
const WITHOUT_CATALOGUE = [401, 403, 404, 405];

export class RegistryClient extends RegistryBlobs {
  /**
   * The manifest that `ref` names (by digest, else by tag, else `latest`), undefined where there is none. The bytes
   * are checked against the digest that was asked for, or that the registry states. Throws RegistryError or
   * UnreachableError.
   */
  async manifest(ref: Reference): Promise<Fetched | undefined> {
    const answer = await this.http.request(ref.registry, ref.repository, `manifests/${selector(ref)}`, {
      method: 'GET',
      headers: { accept: ACCEPTED.join(', ') },
      limit: LARGEST_MANIFEST,
    });
    if (answer.status === 404) return absent(answer);
    this.http.expect(answer, 200);
    const digest = digestOf(answer.bytes);
    const stated = ref.digest ?? answer.headers.get('docker-content-digest') ?? digest;
    if (stated !== digest) {
      throw failure(answer, 'DIGEST_MISMATCH', `asked for or announced ${stated}, the bytes that came are ${digest}`);
    }
    const manifest = readManifest(ref, answer);
    return { digest, mediaType: manifest.mediaType, bytes: answer.bytes, manifest };
  }

  /** The digest of what `ref` names, without reading it; undefined where there is nothing. */
  async head(ref: Reference): Promise<Digest | undefined> {
    const answer = await this.http.request(ref.registry, ref.repository, `manifests/${selector(ref)}`, {
      method: 'HEAD',
      headers: { accept: ACCEPTED.join(', ') },
    });
    if (answer.status === 404) return undefined;
    this.http.expect(answer, 200);
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
    const answer = await this.http.request(ref.registry, ref.repository, `manifests/${ref.tag ?? digest}`, {
      method: 'PUT',
      headers: { 'content-type': mediaType },
      body: bytes,
    });
    this.http.expect(answer, 201, 200);
    const stated = answer.headers.get('docker-content-digest');
    if (stated !== null && stated !== digest) {
      throw failure(answer, 'DIGEST_MISMATCH', `put ${digest}, the registry has stored ${stated}`);
    }
    return digest;
  }

  /** Removes the manifest with `ref`'s digest, and with it every tag on it. False where there was none. */
  async remove(ref: Reference): Promise<boolean> {
    if (!ref.digest) throw new Error(`${formatReference(ref)}: removal is by digest, so that no moved tag is hit`);
    const answer = await this.http.request(ref.registry, ref.repository, `manifests/${ref.digest}`, {
      method: 'DELETE',
    });
    if (answer.status === 404) return false;
    this.http.expect(answer, 202, 200, 204);
    return true;
  }

  /** All tags of a repository, in the registry's order; none where the repository is not there. */
  async tags(registry: string, repository: string): Promise<string[]> {
    const tags: string[] = [];
    for await (const page of this.#pages(registry, repository, `tags/list?n=${NAMES_A_PAGE}`, 'list of tags')) {
      if (page.status === 404) return absent(page) ?? tags;
      this.http.expect(page, 200);
      tags.push(...namesOf(page, 'tags', 'the list of tags'));
    }
    return tags;
  }

  /** The repositories of a registry, in its order; undefined where it keeps no list, or shows it to others only. */
  async repositories(registry: string): Promise<string[] | undefined> {
    const repositories: string[] = [];
    for await (const page of this.#pages(registry, '', `_catalog?n=${NAMES_A_PAGE}`, 'catalogue')) {
      if (WITHOUT_CATALOGUE.includes(page.status)) return undefined;
      this.http.expect(page, 200);
      repositories.push(...namesOf(page, 'repositories', 'the catalogue'));
    }
    return repositories;
  }

  /**
   * What is attached to the manifest with `ref`'s digest: signatures, attestations, bills of materials. `api`: whether the
   * registry keeps that list itself; where it does not, clients keep it under a tag (the fallback of distribution spec
   * 1.1), which is read in its place.
   */
  async referrers(ref: Reference): Promise<Referrers> {
    const { registry, repository, digest } = ref;
    if (!digest) throw new Error(`${formatReference(ref)}: what is attached is asked for by digest`);
    const referrers: Child[] = [];
    for await (const page of this.#pages(registry, repository, `referrers/${digest}`, 'list of what is attached')) {
      if (WITHOUT_API.includes(page.status)) {
        const tagged = await this.manifest({ registry, repository, tag: referrersTag(digest) });
        return { api: false, referrers: tagged?.manifest.kind === 'index' ? tagged.manifest.children : [] };
      }
      this.http.expect(page, 200);
      const list = readManifest(ref, page);
      if (list.kind !== 'index') throw failure(page, 'BAD_ANSWER', 'the list of what is attached is no index');
      referrers.push(...list.children);
    }
    return { api: true, referrers };
  }

  /** Lists `referrers` as attached to the manifest with `ref`'s digest, where the registry does not do so itself. */
  async attach(ref: Reference, referrers: readonly Child[]): Promise<void> {
    const { api, referrers: listed } = await this.referrers(ref);
    const missing = referrers.filter(({ digest }) => !listed.some(known => known.digest === digest));
    if (api || missing.length === 0) return;
    const { bytes, mediaType } = makeIndex([...listed, ...missing]);
    const tag = referrersTag(ref.digest!);
    await this.put({ registry: ref.registry, repository: ref.repository, tag }, bytes, mediaType);
  }

  /** The answers to a list that may have several pages; the reader leaves at one that is no success. */
  async *#pages(registry: string, repository: string, first: string, what: string): AsyncGenerator<Answer> {
    const seen = new Set<string>();
    for (let path: string | undefined = first; path !== undefined; ) {
      if (seen.has(path)) throw new Error(`${registry}/${repository}: the registry's ${what} refers to itself`);
      seen.add(path);
      const answer: Answer = await this.http.request(registry, repository, path, { method: 'GET' });
      yield answer;
      path = nextPage(answer, repository);
    }
  }

  /** Ends well when the registry answers and lets us in. */
  async ping(registry: string): Promise<void> {
    const answer = await this.http.request(registry, '', '', { method: 'GET' });
    this.http.expect(answer, 200);
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

function readManifest(ref: Reference, answer: Answer): Manifest {
  try {
    return parseManifest(answer.bytes, answer.headers.get('content-type') ?? undefined);
  } catch (error) {
    throw new Error(`${formatReference(ref)}: ${(error as Error).message}`);
  }
}

function namesOf(answer: Answer, key: 'tags' | 'repositories', what: string): string[] {
  try {
    const { [key]: names } = JSON.parse(answer.bytes.toString('utf8')) as Record<string, unknown>;
    if (names === null) return []; // a repository whose last tag is gone
    if (Array.isArray(names) && names.every(name => typeof name === 'string')) return names;
  } catch {
    // falls through: said below
  }
  throw failure(answer, 'BAD_ANSWER', `${what} cannot be read`);
}

function nextPage(answer: Answer, repository: string): string | undefined {
  const link = /<([^>]+)>\s*;[^,]*rel="?next"?/i.exec(answer.headers.get('link') ?? '')?.[1];
  return link === undefined ? undefined : linked(answer, link, repository);
}
