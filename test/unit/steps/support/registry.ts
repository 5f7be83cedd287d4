// A registry in memory that speaks as much of the distribution spec as the steps use, over real HTTP.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Digest, digestOf } from '../../../../images/digest.ts';
import type { Endpoint } from '../../../../images/endpoints.ts';
import { makeIndex, OCI_MANIFEST } from '../../../../images/manifest.ts';
import { type Platform, parsePlatform } from '../../../../images/platform.ts';
import { RegistryClient } from '../../../../images/registry.ts';

export const REGISTRY = '10.34.0.202:5000';
export const ALIAS = 'internal-registry.registry.svc.cluster.local:5000';

interface Stored {
  bytes: Buffer;
  mediaType: string;
}

export class TestRegistry {
  readonly manifests = new Map<string, Stored>();
  readonly tags = new Map<string, Digest>();
  readonly blobs = new Map<string, Buffer>();
  /** `METHOD /v2/…` of every request, in order. */
  readonly requests: string[] = [];
  /** Called at each request, after it was noted. */
  onRequest: (request: string) => void = () => {};
  /** Answers a request in the registry's place where it gives a status. */
  refuse: (method: string, path: string) => number | undefined = () => undefined;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  static async start(): Promise<TestRegistry> {
    const registry = new TestRegistry();
    await new Promise<void>(resolve => registry.#server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get endpoints(): Endpoint[] {
    return [{ name: REGISTRY, aliases: [ALIAS], url: this.url }];
  }

  client(): RegistryClient {
    return new RegistryClient({ endpoints: this.endpoints, retries: 0 });
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** An image of one platform, pushed by digest. `content` tells images of one platform apart. */
  image(repository: string, platform: Platform, content = 'x'): Digest {
    const [os, architecture, variant] = parsePlatform(platform).split('/');
    const config = Buffer.from(JSON.stringify({ os, architecture, variant, content }));
    this.blobs.set(`${repository}@${digestOf(config)}`, config);
    const mediaType = 'application/vnd.oci.image.config.v1+json';
    const manifest = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: { mediaType, digest: digestOf(config), size: config.length },
      layers: [],
    };
    return this.#store(repository, Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST);
  }

  /** An index of one image a platform, under `tag`. */
  index(repository: string, tag: string, platforms: readonly Platform[], content = 'x'): Digest {
    const children = platforms.map(platform => {
      const digest = this.image(repository, platform, content);
      const [os = '', architecture = ''] = platform.split('/');
      const size = this.manifests.get(`${repository}@${digest}`)!.bytes.length;
      return { mediaType: OCI_MANIFEST, digest, size, platform: { os, architecture } };
    });
    const { bytes, mediaType } = makeIndex(children);
    const digest = this.#store(repository, bytes, mediaType);
    this.tags.set(`${repository}:${tag}`, digest);
    return digest;
  }

  #store(repository: string, bytes: Buffer, mediaType: string): Digest {
    this.manifests.set(`${repository}@${digestOf(bytes)}`, { bytes, mediaType });
    return digestOf(bytes);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURI(new URL(request.url!, this.url).pathname);
    const method = request.method!;
    this.requests.push(`${method} ${path}`);
    this.onRequest(`${method} ${path}`);
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    const end = (status: number, body?: Buffer | object, headers: Record<string, string> = {}) => {
      response.writeHead(status, headers);
      response.end(body instanceof Uint8Array ? body : body && JSON.stringify(body));
    };
    const refused = this.refuse(method, path);
    if (refused) return end(refused, { errors: [{ code: 'DENIED', message: 'refused by the test' }] });
    const [, repository = '', kind, selector = ''] = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(path) ?? [];
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);

    if (kind === 'tags') {
      const names = [...this.tags.keys()].filter(name => name.startsWith(`${repository}:`));
      return end(200, { name: repository, tags: names.map(name => name.slice(repository.length + 1)) });
    }
    if (kind === 'blobs') {
      const blob = this.blobs.get(`${repository}@${selector}`);
      return blob ? end(200, blob) : end(404, { errors: [{ code: 'BLOB_UNKNOWN' }] });
    }
    if (method === 'PUT') {
      const digest = this.#store(repository, Buffer.concat(chunks), request.headers['content-type']!);
      if (!selector.startsWith('sha256:')) this.tags.set(`${repository}:${selector}`, digest);
      return end(201, undefined, { 'docker-content-digest': digest });
    }
    const digest = this.tags.get(`${repository}:${selector}`) ?? selector;
    const found = this.manifests.get(`${repository}@${digest}`);
    if (!found) return end(404, { errors: [{ code: 'MANIFEST_UNKNOWN' }] });
    if (method === 'DELETE') {
      this.manifests.delete(`${repository}@${digest}`);
      for (const [name, of] of this.tags)
        if (of === digest && name.startsWith(`${repository}:`)) this.tags.delete(name);
      return end(202);
    }
    end(200, method === 'HEAD' ? undefined : found.bytes, {
      'content-type': found.mediaType,
      'docker-content-digest': digest,
    });
  }
}
