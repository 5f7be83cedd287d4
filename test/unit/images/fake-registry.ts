// A registry of a few lines that speaks the protocol, blobs and uploads included, and can be made to misbehave: what a real
// one never does on demand.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Digest, digestOf } from '../../../images/digest.ts';
import { type Child, type Descriptor, makeIndex, OCI_INDEX, OCI_MANIFEST } from '../../../images/manifest.ts';
import { parsePlatform } from '../../../images/platform.ts';
import { referrersTag } from '../../../images/tags.ts';

/** Answers a request in the registry's place; false leaves it to the registry. */
export type Misbehaviour = (request: http.IncomingMessage, response: http.ServerResponse) => boolean;

export const REGISTRY = '10.34.0.202:5000';

export class FakeRegistry {
  /** By `repository digest` and `repository tag`. */
  readonly manifests = new Map<string, { bytes: Buffer; mediaType: string }>();
  readonly blobs = new Map<string, Buffer>();
  /** `repository digest` of each blob that a repository has. */
  readonly links = new Set<string>();
  /** Uploads that were begun and came to no end. */
  readonly uploads = new Map<string, Buffer>();
  /** Whether it lists what is attached to a manifest itself. */
  referrersApi = false;
  /** Bytes that it takes before its disk is full. */
  room = Number.POSITIVE_INFINITY;
  /** `METHOD path` of each request, in order. */
  readonly requests: string[] = [];
  readonly authorizations: (string | undefined)[] = [];
  misbehave: Misbehaviour = () => false;
  pageSize = 1000;
  /** Whether a part of a blob can be asked for. */
  ranges = true;
  /** Milliseconds before each answer. */
  delay = 0;
  #begun = 0;
  readonly #server: http.Server;

  constructor() {
    this.#server = http.createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url}`);
      this.authorizations.push(request.headers.authorization);
      if (this.misbehave(request, response)) return;
      setTimeout(() => void this.#serve(request, response), this.delay);
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

  /** A blob of these bytes, as a manifest names it. */
  blob(repository: string, bytes: Buffer, mediaType = 'application/vnd.oci.image.layer.v1.tar+gzip'): Descriptor {
    const digest = digestOf(bytes);
    this.blobs.set(digest, bytes);
    this.links.add(`${repository} ${digest}`);
    return { mediaType, digest, size: bytes.length };
  }

  /** One platform's image. `salt` makes images of one platform differ. */
  image(
    repository: string,
    tag: string | undefined,
    platform: string,
    salt = '',
    layers: readonly (Buffer | Descriptor)[] = [],
  ): Child & { platform: { os: string } } {
    const [os, architecture] = parsePlatform(platform).split('/') as [string, string];
    const bytes = Buffer.from(JSON.stringify({ os, architecture, salt }));
    const config = this.blob(repository, bytes, 'application/vnd.oci.image.config.v1+json');
    const named = layers.map(layer => (Buffer.isBuffer(layer) ? this.blob(repository, layer) : layer));
    const body = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: named };
    const digest = this.put(repository, tag, body, OCI_MANIFEST);
    return { mediaType: OCI_MANIFEST, digest, size: JSON.stringify(body).length, platform: { os, architecture } };
  }

  /** An index of one image a platform, and of whatever else there is under it. */
  index(
    repository: string,
    tag: string,
    platforms: string[],
    annotations = {},
    salt = '',
    { layers = [], more = [] }: { layers?: readonly (Buffer | Descriptor)[]; more?: Child[] } = {},
  ): Digest {
    const children = platforms.map(platform => this.image(repository, undefined, platform, salt, layers));
    const { bytes, mediaType } = makeIndex([...children, ...more], annotations);
    return this.put(repository, tag, bytes, mediaType);
  }

  /** An attestation of `image`, as BuildKit puts it under the index beside its image. */
  attestation(repository: string, image: Digest): Child {
    const content = this.blob(repository, Buffer.from(`provenance of ${image}`), 'application/vnd.in-toto+json');
    const config = this.blob(repository, Buffer.from(`config ${image}`), 'application/vnd.oci.image.config.v1+json');
    const body = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [content] };
    const digest = this.put(repository, undefined, body, OCI_MANIFEST);
    const annotations = {
      'vnd.docker.reference.digest': image,
      'vnd.docker.reference.type': 'attestation-manifest',
    };
    const platform = { os: 'unknown', architecture: 'unknown' };
    return { mediaType: OCI_MANIFEST, digest, size: JSON.stringify(body).length, annotations, platform };
  }

  /** Attaches an artefact to the manifest `subject`, as cosign and oras do: listed by the registry, or under a tag. */
  attach(
    repository: string,
    subject: Digest,
    artifactType: string,
    content = Buffer.from(`${artifactType} of ${subject}`),
  ): Digest {
    const found = this.manifests.get(`${repository} ${subject}`)!;
    const layer = this.blob(repository, content, artifactType);
    const config = this.blob(repository, Buffer.from('{}'), 'application/vnd.oci.empty.v1+json');
    const { mediaType } = found;
    const body = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType,
      config,
      layers: [layer],
      subject: { mediaType, digest: subject, size: found.bytes.length },
    };
    const digest = this.put(repository, undefined, body, OCI_MANIFEST);
    if (!this.referrersApi) {
      const bytes = makeIndex(this.#referrersOf(repository, subject)).bytes;
      this.put(repository, referrersTag(subject), bytes, OCI_INDEX);
    }
    return digest;
  }

  /** What is missing in `repository` of the image `digest`: manifests, configs and layers, by digest. */
  missing(repository: string, digest: string): string[] {
    const found = this.manifests.get(`${repository} ${digest}`);
    if (!found) return [digest];
    const { manifests = [], config, layers = [] } = JSON.parse(found.bytes.toString()) as StoredManifest;
    const blobs = [...(config ? [config] : []), ...layers].map(blob => blob.digest);
    return [
      ...manifests.flatMap(child => this.missing(repository, child.digest)),
      ...blobs.filter(blob => !this.links.has(`${repository} ${blob}`)),
    ];
  }

  #referrersOf(repository: string, subject: string): Child[] {
    return [...this.manifests].flatMap(([key, { bytes, mediaType }]) => {
      if (!key.startsWith(`${repository} sha256:`)) return [];
      const { subject: of, artifactType } = JSON.parse(bytes.toString()) as StoredManifest;
      const digest = digestOf(bytes);
      return of?.digest === subject ? [{ mediaType, digest, size: bytes.length, artifactType }] : [];
    });
  }

  remove(repository: string, name: string): void {
    this.manifests.delete(`${repository} ${name}`);
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<unknown> {
    const url = new URL(request.url!, 'http://fake');
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    const fail = (status: number, code: string, detail?: string) =>
      response
        .writeHead(status)
        .end(JSON.stringify({ errors: [{ code, message: `fake ${code.toLowerCase()}`, detail }] }));
    if (url.pathname === '/v2/') return response.end('{}');
    if (url.pathname === '/v2/_catalog') {
      const repositories = [...new Set([...this.manifests.keys()].map(key => key.split(' ')[0]!))].sort();
      return this.#page(response, 'repositories', repositories, url, '/v2/_catalog');
    }
    const upload = /^\/v2\/(.+)\/blobs\/uploads\/(\d*)$/.exec(url.pathname);
    if (upload) return this.#upload(upload[1]!, upload[2]!, url, request, response, fail);
    const match = /^\/v2\/(.+)\/(manifests|blobs|tags|referrers)\/([^/]+)$/.exec(url.pathname);
    if (!match) return fail(404, 'NOT_FOUND');
    const [, repository, kind, name] = match as unknown as [string, string, string, string];
    if (kind === 'blobs') {
      const blob = this.links.has(`${repository} ${name}`) && this.blobs.get(name);
      if (!blob) return fail(404, 'BLOB_UNKNOWN');
      const last = this.ranges ? /^bytes=-(\d+)$/.exec(request.headers.range ?? '')?.[1] : undefined;
      if (last) return response.writeHead(206).end(blob.subarray(-Number(last)));
      return response.writeHead(200, { 'content-length': blob.length }).end(request.method === 'HEAD' ? '' : blob);
    }
    if (kind === 'tags') return this.#tags(repository, url, response, () => fail(404, 'NAME_UNKNOWN'));
    if (kind === 'referrers') {
      if (!this.referrersApi) return response.writeHead(404).end('404 page not found');
      const { bytes, mediaType } = makeIndex(this.#referrersOf(repository, name));
      return response.writeHead(200, { 'content-type': mediaType }).end(bytes);
    }
    const found = this.manifests.get(`${repository} ${name}`);
    if (request.method === 'PUT') {
      const bytes = await bodyOf(request);
      const mediaType = request.headers['content-type'] ?? '';
      if (!this.#takes(repository, bytes)) return fail(400, 'MANIFEST_BLOB_UNKNOWN');
      const digest = this.put(repository, name.includes(':') ? undefined : name, bytes, mediaType);
      return response.writeHead(201, { 'docker-content-digest': digest }).end();
    }
    if (!found) return fail(404, 'MANIFEST_UNKNOWN');
    if (request.method === 'DELETE') {
      // With every tag on it, as the distribution registry does.
      for (const [key, { bytes }] of this.manifests) {
        if (key.startsWith(`${repository} `) && digestOf(bytes) === name) this.manifests.delete(key);
      }
      return response.writeHead(202).end();
    }
    response.writeHead(200, { 'content-type': found.mediaType, 'docker-content-digest': digestOf(found.bytes) });
    return response.end(request.method === 'HEAD' ? undefined : found.bytes);
  }

  async #upload(
    repository: string,
    id: string,
    url: URL,
    request: http.IncomingMessage,
    response: http.ServerResponse,
    fail: (status: number, code: string, detail?: string) => unknown,
  ): Promise<unknown> {
    const at = (name: string) => ({ location: `/v2/${repository}/blobs/uploads/${name}?_state=${name}a%3D` });
    if (request.method === 'POST') {
      const { mount, from } = Object.fromEntries(url.searchParams);
      if (mount !== undefined && this.links.has(`${from} ${mount}`)) {
        this.links.add(`${repository} ${mount}`);
        return response.writeHead(201, { 'docker-content-digest': mount }).end();
      }
      this.#begun += 1;
      const name = String(this.#begun);
      this.uploads.set(name, Buffer.of());
      return response.writeHead(202, at(name)).end();
    }
    const begun = this.uploads.get(id);
    if (!begun || url.searchParams.get('_state') !== `${id}a=`) return fail(404, 'BLOB_UPLOAD_UNKNOWN');
    if (request.method === 'GET') return response.writeHead(204, at(id)).end();
    if (request.method === 'DELETE') {
      this.uploads.delete(id);
      return response.writeHead(204).end();
    }
    const bytes = await bodyOf(request).catch(() => undefined);
    if (bytes === undefined) return undefined; // broken off: nobody is there to answer
    if (bytes.length > this.room) return fail(500, 'UNKNOWN', 'write /data: no space left on device');
    const whole = Buffer.concat([begun, bytes]);
    this.uploads.set(id, whole);
    if (request.method === 'PATCH') return response.writeHead(202, at(id)).end();
    if (url.searchParams.get('digest') !== digestOf(whole)) return fail(400, 'DIGEST_INVALID');
    this.uploads.delete(id);
    this.room -= whole.length;
    this.blob(repository, whole);
    return response.writeHead(201, { 'docker-content-digest': digestOf(whole) }).end();
  }

  // As registries do: a manifest is taken once all that it names is there.
  #takes(repository: string, bytes: Buffer): boolean {
    const { manifests = [], config, layers = [] } = JSON.parse(bytes.toString()) as StoredManifest;
    const blobs = config ? [config, ...layers] : layers;
    return (
      manifests.every(({ digest }) => this.manifests.has(`${repository} ${digest}`)) &&
      blobs.every(({ digest }) => this.links.has(`${repository} ${digest}`))
    );
  }

  #tags(repository: string, url: URL, response: http.ServerResponse, absent: () => unknown): unknown {
    const names = [...this.manifests.keys()]
      .filter(key => key.startsWith(`${repository} `))
      .map(key => key.slice(repository.length + 1));
    if (names.length === 0) return absent();
    const tags = names.filter(name => !name.includes(':')).sort();
    return this.#page(response, 'tags', tags, url, `/v2/${repository}/tags/list`);
  }

  #page(response: http.ServerResponse, key: string, names: string[], url: URL, path: string): unknown {
    const last = url.searchParams.get('last') ?? '';
    const page = names.filter(name => name > last).slice(0, this.pageSize);
    if (page.length > 0 && page.at(-1) !== names.at(-1)) {
      // Under a host that only the registry's own network knows, as registries behind a forwarder do.
      response.setHeader('link', `<http://inside.invalid${path}?last=${page.at(-1)}&n=1000>; rel="next"`);
    }
    return response.end(JSON.stringify({ [key]: page }));
  }
}

interface StoredManifest {
  manifests?: { digest: string }[];
  config?: { digest: string };
  layers?: { digest: string }[];
  subject?: { digest: string };
  artifactType?: string;
}

async function bodyOf(request: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
