// Blobs of a registry: configs read whole, layers streamed from one registry into another, uploads.
import { type Bytes, verified } from './byte-streams.ts';
import { type Digest, digestOf } from './digest.ts';
import type { Endpoint } from './endpoints.ts';
import type { Descriptor } from './manifest.ts';
import type { Reference } from './reference.ts';
import { DISK_FULL, READ_ONLY, RegistryError, UnreachableError } from './registry-errors.ts';
import {
  type Answer,
  failure,
  linked,
  RegistryHttp,
  type RegistryOptions,
  type Request,
  Transient,
} from './registry-http.ts';

/** What identifies a blob; `size` in bytes. */
export type BlobDescriptor = Pick<Descriptor, 'digest' | 'size'>;

export interface PutOptions {
  /** A repository of the same registry that may have the blob already. */
  from?: string;
  /** Ends the transfer. */
  signal?: AbortSignal;
}

const LARGEST_BLOB = 64 * 1024 * 1024; // configs and attestations, read whole; layers are streamed
const A_LITTLE = 1024 * 1024; // bytes; what is left of a push that met a full disk is less

export class RegistryBlobs {
  readonly endpoints: readonly Endpoint[];
  protected readonly http: RegistryHttp;

  constructor(options: RegistryOptions = {}) {
    this.endpoints = options.endpoints ?? [];
    this.http = new RegistryHttp(options);
  }

  /** A small blob (an image's config), checked against its digest. */
  async blob(ref: Reference, digest: Digest): Promise<Buffer> {
    const request: Request = { method: 'GET', limit: LARGEST_BLOB };
    const answer = await this.http.request(ref.registry, ref.repository, `blobs/${digest}`, request);
    this.http.expect(answer, 200);
    const found = digestOf(answer.bytes);
    if (found !== digest) throw failure(answer, 'DIGEST_MISMATCH', `the bytes that came are ${found}`);
    return answer.bytes;
  }

  /** The last `length` bytes of a blob; undefined where the registry hands out whole blobs only. */
  async tail(ref: Reference, digest: Digest, length: number): Promise<Buffer | undefined> {
    const request: Request = { method: 'GET', headers: { range: `bytes=-${length}` } };
    const answer = await this.http.request(ref.registry, ref.repository, `blobs/${digest}`, request);
    if (answer.status === 200) return undefined;
    this.http.expect(answer, 206);
    return answer.bytes;
  }

  /** Whether the repository has a blob. */
  async hasBlob(ref: Reference, digest: Digest): Promise<boolean> {
    const answer = await this.http.request(ref.registry, ref.repository, `blobs/${digest}`, { method: 'HEAD' });
    if (answer.status === 404) return false;
    this.http.expect(answer, 200);
    return true;
  }

  /** A blob of any size, as it comes, checked against size and digest; it is asked for with the first piece. */
  async *readBlob(ref: Reference, blob: BlobDescriptor): AsyncGenerator<Uint8Array> {
    const { url, body } = await this.http.open(ref.registry, ref.repository, `blobs/${blob.digest}`);
    yield* verified(body, blob, found => new RegistryError('GET', url, 200, 'DIGEST_MISMATCH', found));
  }

  /**
   * Puts a blob into a repository: mounted, where the registry can take it from `from`, else sent. A transfer that is cut
   * off begins anew, as often as the client tries a request again; `open` gives the bytes for each.
   */
  putBlob(
    ref: Reference,
    blob: BlobDescriptor,
    open: () => Bytes,
    { from, signal }: PutOptions = {},
  ): Promise<'mounted' | 'sent'> {
    return this.http.retried(async () => {
      const upload = await this.#begin(ref, blob.digest, from);
      if (upload === undefined) return 'mounted';
      try {
        const headers = { 'content-type': 'application/octet-stream', 'content-length': String(blob.size) };
        const path = `${upload}${upload.includes('?') ? '&' : '?'}digest=${encodeURIComponent(blob.digest)}`;
        const answer = await this.http.send(ref.registry, ref.repository, path, { headers, body: open(), signal });
        this.http.expect(answer, 201);
        const stated = answer.headers.get('docker-content-digest') ?? blob.digest;
        if (stated === blob.digest) return 'sent';
        throw failure(answer, 'DIGEST_MISMATCH', `put ${blob.digest}, the registry has stored ${stated}`);
      } catch (error) {
        const ended = signal?.aborted === true;
        // Where nothing answers there is nobody to tell; the registry gives up such uploads by itself after days.
        if (ended || !(error instanceof UnreachableError)) {
          await this.#cancel(ref.registry, ref.repository, upload).catch(() => undefined);
        }
        throw !ended && isTransient(error) ? new Transient(error as Error) : error;
      }
    });
  }

  /** Where to send a blob; undefined where it was mounted from `from`. */
  async #begin({ registry, repository }: Reference, digest: Digest, from?: string): Promise<string | undefined> {
    const post = (query: string, how?: Pick<Request, 'optional'>) =>
      this.http.request(registry, repository, `blobs/uploads/${query}`, { method: 'POST', ...how });
    let begun: Answer | undefined;
    if (from !== undefined) {
      const query = `?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
      const mount = await post(query, { optional: true });
      if (mount.status === 201) return undefined;
      // A registry may refuse to mount what this user may push.
      if (mount.status === 202) begun = mount;
    }
    begun ??= await post('');
    this.http.expect(begun, 202);
    return uploadOf(begun, repository);
  }

  /**
   * Whether a repository takes more: sends a little and takes it back. Throws what a push would meet, a RegistryError
   * with the code DISK_FULL among it; builders tell no more of it than a status.
   */
  async tryWrite(registry: string, repository: string): Promise<void> {
    const begun = await this.http.request(registry, repository, 'blobs/uploads/', { method: 'POST' });
    this.http.expect(begun, 202);
    const upload = uploadOf(begun, repository);
    try {
      const headers = { 'content-type': 'application/octet-stream' };
      const body = new Uint8Array(A_LITTLE);
      this.http.expect(await this.http.request(registry, repository, upload, { method: 'PATCH', headers, body }), 202);
    } finally {
      await this.#cancel(registry, repository, upload).catch(() => undefined);
    }
  }

  // A registry ends an upload under the address that tells how far it has come, which only it knows after a fault.
  async #cancel(registry: string, repository: string, upload: string): Promise<void> {
    const now = await this.http.request(registry, repository, upload, { method: 'GET', optional: true });
    const location = now.headers.get('location');
    const last = location === null ? upload : linked(now, location, repository);
    await this.http.request(registry, repository, last, { method: 'DELETE', optional: true });
  }
}

function uploadOf(begun: Answer, repository: string): string {
  const location = begun.headers.get('location');
  if (location !== null) return linked(begun, location, repository);
  throw failure(begun, 'BAD_ANSWER', 'it does not say where to send the upload');
}

/**
 * Whether a transfer may end well the next time: cut off, refused for a token that has run out, or lost by a restart, after
 * which the registry may be read-only.
 */
function isTransient(error: unknown): boolean {
  if (error instanceof UnreachableError) return true;
  if (!(error instanceof RegistryError) || error.code === DISK_FULL) return false;
  return (
    error.status >= 500 || [401, 429].includes(error.status) || ['BLOB_UPLOAD_UNKNOWN', READ_ONLY].includes(error.code)
  );
}
