// A registry of a few lines that speaks the protocol and can be made to misbehave: what a real one never does on demand.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Digest, digestOf } from '../../../images/digest.ts';
import { type Child, type Descriptor, makeIndex, OCI_MANIFEST } from '../../../images/manifest.ts';
import { parsePlatform } from '../../../images/platform.ts';

/** Answers a request in the registry's place; false leaves it to the registry. */
export type Misbehaviour = (request: http.IncomingMessage, response: http.ServerResponse) => boolean;

export const REGISTRY = '10.34.0.202:5000';

export class FakeRegistry {
  /** By `repository digest` and `repository tag`. */
  readonly manifests = new Map<string, { bytes: Buffer; mediaType: string }>();
  readonly blobs = new Map<string, Buffer>();
  /** `METHOD path` of each request, in order. */
  readonly requests: string[] = [];
  readonly authorizations: (string | undefined)[] = [];
  misbehave: Misbehaviour = () => false;
  pageSize = 1000;
  /** Whether a part of a blob can be asked for. */
  ranges = true;
  /** Milliseconds before each answer. */
  delay = 0;
  readonly #server: http.Server;

  constructor() {
    this.#server = http.createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url}`);
      this.authorizations.push(request.headers.authorization);
      if (this.misbehave(request, response)) return;
      setTimeout(() => this.#serve(request, response), this.delay);
    });
  }

  /** A registry on a free port of 127.0.0.1; stop it. */
  static async start(): Promise<FakeRegistry> {
    const registry = new FakeRegistry();
    await new Promise<void>(resolve => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get endpoints() {
    return [{ name: REGISTRY, aliases: ['registry.example.com'], url: this.url }];
  }

  put(repository: string, tag: string | undefined, body: unknown, mediaType: string): Digest {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const digest = digestOf(bytes);
    this.manifests.set(`${repository} ${digest}`, { bytes, mediaType });
    if (tag !== undefined) this.manifests.set(`${repository} ${tag}`, { bytes, mediaType });
    return digest;
  }

  /** A layer of these bytes, as a manifest names it. */
  layer(bytes: Buffer, mediaType: string, size = bytes.length): Descriptor {
    this.blobs.set(digestOf(bytes), bytes);
    return { mediaType, digest: digestOf(bytes), size };
  }

  /** One platform's image. `salt` makes images of one platform differ. */
  image(
    repository: string,
    tag: string | undefined,
    platform: string,
    salt = '',
    layers: Descriptor[] = [],
  ): Child & { platform: { os: string } } {
    const [os, architecture] = parsePlatform(platform).split('/') as [string, string];
    const config = Buffer.from(JSON.stringify({ os, architecture, salt }));
    this.blobs.set(digestOf(config), config);
    const descriptor = {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(config),
      size: config.length,
    };
    const body = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor, layers };
    const digest = this.put(repository, tag, body, OCI_MANIFEST);
    return { mediaType: OCI_MANIFEST, digest, size: JSON.stringify(body).length, platform: { os, architecture } };
  }

  /** An index of one image a platform. */
  index(
    repository: string,
    tag: string,
    platforms: string[],
    annotations = {},
    salt = '',
    layers: Descriptor[] = [],
  ): Digest {
    const children = platforms.map(platform => this.image(repository, undefined, platform, salt, layers));
    const { bytes, mediaType } = makeIndex(children, annotations);
    return this.put(repository, tag, bytes, mediaType);
  }

  remove(repository: string, name: string): void {
    this.manifests.delete(`${repository} ${name}`);
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse): unknown {
    const url = new URL(request.url!, this.url);
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    const fail = (status: number, code: string) =>
      response.writeHead(status).end(JSON.stringify({ errors: [{ code, message: `fake ${code.toLowerCase()}` }] }));
    if (url.pathname === '/v2/') return response.end('{}');
    const match = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(url.pathname);
    if (!match) return fail(404, 'NOT_FOUND');
    const [, repository, kind, name] = match as unknown as [string, string, string, string];
    if (kind === 'blobs') {
      const blob = this.blobs.get(name);
      if (!blob) return fail(404, 'BLOB_UNKNOWN');
      const last = this.ranges ? /^bytes=-(\d+)$/.exec(request.headers.range ?? '')?.[1] : undefined;
      return last ? response.writeHead(206).end(blob.subarray(-Number(last))) : response.end(blob);
    }
    if (kind === 'tags') return this.#tags(repository, url, response, () => fail(404, 'NAME_UNKNOWN'));
    const found = this.manifests.get(`${repository} ${name}`);
    if (request.method === 'PUT') {
      const chunks: Buffer[] = [];
      request
        .on('data', chunk => chunks.push(chunk))
        .on('end', () => {
          const tag = name.includes(':') ? undefined : name;
          const digest = this.put(repository, tag, Buffer.concat(chunks), request.headers['content-type'] ?? '');
          response.writeHead(201, { 'docker-content-digest': digest }).end();
        });
      return undefined;
    }
    if (!found) return fail(404, 'MANIFEST_UNKNOWN');
    if (request.method === 'DELETE') {
      this.remove(repository, name);
      return response.writeHead(202).end();
    }
    response.writeHead(200, { 'content-type': found.mediaType, 'docker-content-digest': digestOf(found.bytes) });
    return response.end(request.method === 'HEAD' ? undefined : found.bytes);
  }

  #tags(repository: string, url: URL, response: http.ServerResponse, absent: () => unknown): unknown {
    const names = [...this.manifests.keys()]
      .filter(key => key.startsWith(`${repository} `))
      .map(key => key.slice(repository.length + 1));
    if (names.length === 0) return absent();
    const tags = names.filter(name => !name.includes(':')).sort();
    const last = url.searchParams.get('last') ?? '';
    const page = tags.filter(tag => tag > last).slice(0, this.pageSize);
    if (page.length > 0 && page.at(-1) !== tags.at(-1)) {
      // Under a host that only the registry's own network knows, as registries behind a forwarder do.
      response.setHeader(
        'link',
        `<http://inside.invalid/v2/${repository}/tags/list?last=${page.at(-1)}&n=1000>; rel="next"`,
      );
    }
    return response.end(JSON.stringify({ name: repository, tags: page }));
  }
}
