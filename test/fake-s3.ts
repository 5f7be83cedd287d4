// A bucket of a few lines: as much of S3 as the registry's driver and the step that copies objects ask for, with the
// bucket in the path or in front of the host. It lets in who signs with its own keys, so a key that was changed on its
// way is seen.
import { createHash, createHmac, randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';

export interface Keys {
  accessKey: string;
  secretKey: string;
  sessionToken?: string;
}

export class FakeS3 {
  /** By key, without the bucket. */
  readonly objects = new Map<string, Buffer>();
  /** Who is let in; undefined is anybody. */
  keys: Keys | undefined;
  /** `GET key`, in order. */
  readonly requests: string[] = [];
  /** Answers in the store's place where it returns true. */
  answer: (request: http.IncomingMessage, response: http.ServerResponse, key: string) => boolean = () => false;
  readonly #tls: boolean;
  readonly #uploads = new Map<string, { key: string; parts: Map<number, Buffer> }>();
  readonly #server: http.Server;

  private constructor(bucket: string, keys: Keys | undefined, tls?: { cert: string; key: string }) {
    this.keys = keys;
    this.#tls = tls !== undefined;
    const listener: http.RequestListener = async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const url = new URL(request.url!, 'http://s3');
      const fail = (status: number, code: string) =>
        response.writeHead(status).end(`<Error><Code>${code}</Code></Error>`);
      const before = request.headers.host!.startsWith(`${bucket}.`) ? `/${bucket}` : '';
      const [, name, ...path] = `${before}${decodeURIComponent(url.pathname)}`.split('/');
      const key = path.join('/');
      this.requests.push(`${request.method} ${key}`);
      if (this.answer(request, response, key)) return;
      const { authorization = '' } = request.headers;
      if (this.keys && authorization === '') return fail(403, 'AccessDenied');
      if (this.keys && !authorization.includes(`=${this.keys.accessKey}/`)) return fail(403, 'InvalidAccessKeyId');
      if (this.keys && !isSigned(request, url, this.keys)) return fail(403, 'SignatureDoesNotMatch');
      if (name !== bucket) return fail(404, 'NoSuchBucket');
      return this.#serve(request, response, url, key, Buffer.concat(chunks), fail);
    };
    this.#server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  }

  /** A store on a free port of 127.0.0.1, with one bucket; stop it. */
  static async start(bucket: string, keys?: Keys, tls?: { cert: string; key: string }): Promise<FakeS3> {
    const store = new FakeS3(bucket, keys, tls);
    await new Promise<void>(resolve => store.#server.listen(0, '127.0.0.1', resolve));
    return store;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  get url(): string {
    return `${this.#tls ? 'https' : 'http'}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  #serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    url: URL,
    key: string,
    body: Buffer,
    fail: (status: number, code: string) => unknown,
  ): unknown {
    const { searchParams: query } = url;
    const id = query.get('uploadId') ?? '';
    const upload = this.#uploads.get(id);
    const source = request.headers['x-amz-copy-source'];
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    const xml = (text: string) => response.writeHead(200, { 'content-type': 'application/xml' }).end(text);
    const tags = (values: Record<string, unknown>) =>
      Object.entries(values)
        .map(([tag, value]) => `<${tag}>${value}</${tag}>`)
        .join('');
    if (query.has('delete')) {
      for (const [, gone] of body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)) this.objects.delete(gone!);
      return xml('<DeleteResult/>');
    }
    if (query.has('uploads') && request.method === 'POST') {
      const made = randomUUID();
      this.#uploads.set(made, { key, parts: new Map() });
      return xml(`<InitiateMultipartUploadResult>${tags({ UploadId: made })}</InitiateMultipartUploadResult>`);
    }
    if (query.has('uploads')) {
      const prefix = query.get('prefix') ?? '';
      const found = [...this.#uploads].filter(([, one]) => one.key.startsWith(prefix));
      const list = found.map(([made, one]) => `<Upload>${tags({ Key: one.key, UploadId: made })}</Upload>`);
      return xml(
        `<ListMultipartUploadsResult>${list.join('')}<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`,
      );
    }
    if (query.has('uploadId')) {
      if (!upload) return fail(404, 'NoSuchUpload');
      if (request.method === 'PUT') {
        const number = Number(query.get('partNumber'));
        upload.parts.set(number, source ? this.#copied(request) : body);
        if (source) return xml(`<CopyPartResult>${tags({ ETag: '&quot;e&quot;' })}</CopyPartResult>`);
        return response.writeHead(200, { etag }).end();
      }
      const parts = [...upload.parts].sort(([a], [b]) => a - b);
      if (request.method === 'GET') {
        const list = parts.map(
          ([PartNumber, part]) => `<Part>${tags({ PartNumber, ETag: '&quot;e&quot;', Size: part.length })}</Part>`,
        );
        return xml(`<ListPartsResult>${list.join('')}<IsTruncated>false</IsTruncated></ListPartsResult>`);
      }
      this.#uploads.delete(id);
      if (request.method === 'DELETE') return response.writeHead(204).end();
      this.objects.set(key, Buffer.concat(parts.map(([, part]) => part)));
      return xml(`<CompleteMultipartUploadResult>${tags({ Key: key })}</CompleteMultipartUploadResult>`);
    }
    if (query.has('list-type')) return xml(this.#list(query, tags));
    if (request.method === 'PUT') {
      this.objects.set(key, source ? this.#copied(request) : body);
      return source ? xml(`<CopyObjectResult>${tags({ ETag: '&quot;e&quot;' })}</CopyObjectResult>`) : response.end();
    }
    const object = this.objects.get(key);
    if (!object) return fail(404, 'NoSuchKey');
    const first = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const part = object.subarray(first);
    response.writeHead(request.headers.range ? 206 : 200, {
      'content-length': part.length,
      'last-modified': new Date(0).toUTCString(),
      etag,
    });
    return response.end(request.method === 'HEAD' ? undefined : part);
  }

  /** What a request takes from another object: all of it, or a range. */
  #copied({ headers }: http.IncomingMessage): Buffer {
    const source = decodeURIComponent(String(headers['x-amz-copy-source']));
    const [, first = '0', last = 'Infinity'] =
      /^bytes=(\d+)-(\d+)$/.exec(String(headers['x-amz-copy-source-range'])) ?? [];
    const object = this.objects.get(source.replace(/^\/?[^/]+\//, '')) ?? Buffer.alloc(0);
    return object.subarray(Number(first), Number(last) + 1);
  }

  #list(query: URLSearchParams, tags: (values: Record<string, unknown>) => string): string {
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter');
    const folders = new Set<string>();
    const contents: string[] = [];
    for (const [key, { length }] of [...this.objects].sort()) {
      if (!key.startsWith(prefix)) continue;
      const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
      if (end >= 0) folders.add(key.slice(0, end + 1));
      else
        contents.push(
          `<Contents>${tags({ Key: key, Size: length, LastModified: '1970-01-01T00:00:00.000Z' })}</Contents>`,
        );
    }
    const limited = contents.slice(0, Number(query.get('max-keys') ?? 1000));
    const common = [...folders].map(folder => `<CommonPrefixes>${tags({ Prefix: folder })}</CommonPrefixes>`);
    return `<ListBucketResult><IsTruncated>false</IsTruncated>${limited.join('')}${common.join('')}</ListBucketResult>`;
  }
}

// Signature version 4: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
function isSigned({ method, headers }: http.IncomingMessage, url: URL, keys: Keys): boolean {
  const { accessKey, secretKey, sessionToken } = keys;
  const form = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\S+), SignedHeaders=(\S+), Signature=([0-9a-f]{64})$/;
  const [, who, scope, signed, signature] = form.exec(headers.authorization ?? '') ?? [];
  if (who !== accessKey || !scope || !signed || headers['x-amz-security-token'] !== sessionToken) return false;
  const lines = signed.split(';').map(name => `${name}:${String(headers[name]).trim()}`);
  const asked = [method, url.pathname, url.search.slice(1), ...lines, '', signed, headers['x-amz-content-sha256']];
  const hash = createHash('sha256').update(asked.join('\n')).digest('hex');
  const hmac = (key: Buffer | string, text: string) => createHmac('sha256', key).update(text).digest();
  const key = scope.split('/').reduce<Buffer | string>(hmac, `AWS4${secretKey}`);
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, hash].join('\n');
  return hmac(key, text).toString('hex') === signature;
}
