// A bucket of an S3-compatible store, as far as copying from it goes: signed requests, and bodies as they come. Not by
// fetch, which would unpack an object that is kept with a Content-Encoding, so that other bytes than its own were hashed.
import http from 'node:http';
import https from 'node:https';
import { AwsV4Signer } from 'aws4fetch';
import { type Bytes, unstalled } from '../../images/byte-streams.ts';
import { refused, unreachable } from './faults.ts';

export interface StoreKeys {
  accessKey: string;
  secretKey: string;
  sessionToken?: string;
}

export interface StoreOptions {
  /** `http(s)://host[:port]`. */
  endpoint: string;
  region: string;
  bucket: string;
  /** How the bucket is addressed: below the endpoint's root, or as a host below the endpoint's. */
  addressing: Addressing;
  /** Undefined is anonymous. */
  keys?: StoreKeys;
  /** Milliseconds that an answer may take to begin, and its body may stand still. Default 30000. */
  stall?: number;
}

export type Addressing = 'path' | 'virtual-host';

/** An object's bytes from the `from`th on; `size` is that of the whole, where the store tells. */
export interface Opened {
  from: number;
  size?: number;
  body: Bytes;
}

// Of no bytes: only GET and HEAD are sent. Not UNSIGNED-PAYLOAD, which some stores refuse without TLS.
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const LONGEST_ERROR = 65_536; // bytes

export class ObjectStore {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly #base: URL;
  readonly #keys?: StoreKeys;
  readonly #stall: number;
  readonly #agent: http.Agent;

  constructor({ endpoint, region, bucket, addressing, keys, stall }: StoreOptions) {
    this.endpoint = endpoint;
    this.region = region;
    this.bucket = bucket;
    this.#base = new URL(addressing === 'path' ? `/${encoded(bucket)}/` : '/', endpoint);
    if (addressing === 'virtual-host') this.#base.hostname = `${bucket}.${this.#base.hostname}`;
    this.#keys = keys;
    this.#stall = stall ?? 30_000;
    this.#agent = new (this.#base.protocol === 'https:' ? https : http).Agent({ keepAlive: true });
  }

  /** The bucket, as messages name it. */
  get place(): string {
    return `bucket ${this.bucket} at ${this.endpoint}`;
  }

  /** An object, as messages name it. */
  name(key: string): string {
    return `object ${key} of ${this.place}`;
  }

  /** What opens an object that is refused. */
  get access(): string {
    return this.#keys
      ? 'let this access key read it (s3:GetObject); a key that may not list the bucket is told the same of an object that is not there'
      : 'no access key was given: name the Secret that has one';
  }

  /** Bytes of an object; undefined where the store does not tell. Throws an ObjectFault. */
  async size(key: string, signal: AbortSignal): Promise<number | undefined> {
    const { status, headers, body } = await this.#ask('HEAD', key, {}, signal, new AbortController());
    body.resume();
    if (status === 200) return lengthOf(headers['content-length']);
    // The answer to a HEAD has no words.
    const opened = await this.open(key, 0, signal);
    for await (const _ of opened.body) break;
    return opened.size;
  }

  /** The object from the `from`th byte on, or from its first where the store gives no part. Throws an ObjectFault. */
  async open(key: string, from: number, signal: AbortSignal): Promise<Opened> {
    const stop = new AbortController();
    const range: Record<string, string> = from > 0 ? { range: `bytes=${from}-` } : {};
    const { status, headers, body } = await this.#ask('GET', key, range, signal, stop);
    const broken = (fault: unknown) => {
      if (signal.aborted) throw signal.reason;
      return unreachable(this, stop.signal.aborted ? stop.signal.reason : fault);
    };
    const stream = unstalled(body, this.#stall, stop, broken);
    if (status === 200) return { from: 0, size: lengthOf(headers['content-length']), body: stream };
    const [, first, size] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers['content-range'] ?? '') ?? [];
    if (status === 206 && Number(first) === from) return { from, size: lengthOf(size), body: stream };
    const text = await start(stream);
    // The object has become shorter meanwhile.
    if (status === 416 && from > 0) return this.open(key, 0, signal);
    throw refused(this, key, { status, headers, text });
  }

  /** `text` without what nobody may read. */
  withoutSecrets(text: string): string {
    return Object.values(this.#keys ?? {})
      .filter(Boolean)
      .reduce((safe, secret) => safe.replaceAll(secret, '…'), text);
  }

  close(): void {
    this.#agent.destroy();
  }

  /** One request with the head of its answer. `stop` ends it, whatever has come by then. */
  async #ask(
    method: 'GET' | 'HEAD',
    key: string,
    headers: Record<string, string>,
    signal: AbortSignal,
    stop: AbortController,
  ): Promise<{ status: number; headers: http.IncomingHttpHeaders; body: http.IncomingMessage }> {
    const url = new URL(encoded(key), this.#base);
    const signed = await this.#signed(method, url, headers);
    const late = () => stop.abort(new DOMException(`no answer within ${this.#stall / 1000} s`, 'TimeoutError'));
    const timer = setTimeout(late, this.#stall);
    try {
      return await new Promise((resolve, reject) => {
        const both = AbortSignal.any([signal, stop.signal]);
        const options = { method, headers: signed, agent: this.#agent, signal: both };
        const request = (url.protocol === 'https:' ? https : http).request(url, options, body =>
          resolve({ status: body.statusCode!, headers: body.headers, body }),
        );
        request.on('error', reject).end();
      });
    } catch (fault) {
      if (stop.signal.aborted) throw unreachable(this, stop.signal.reason);
      throw signal.aborted ? signal.reason : unreachable(this, fault);
    } finally {
      clearTimeout(timer);
    }
  }

  async #signed(method: string, url: URL, headers: Record<string, string>): Promise<Record<string, string>> {
    if (!this.#keys) return headers;
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      headers: { ...headers, 'x-amz-content-sha256': EMPTY },
      service: 's3',
      region: this.region,
      accessKeyId: this.#keys.accessKey,
      secretAccessKey: this.#keys.secretKey,
      sessionToken: this.#keys.sessionToken,
    });
    return Object.fromEntries((await signer.sign()).headers);
  }
}

// As the signature has it: all but letters, digits, "-", "_", ".", "~", and the slashes between.
function encoded(path: string): string {
  const hex = (letter: string) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
  return path
    .split('/')
    .map(part => encodeURIComponent(part).replace(/[!'()*]/g, hex))
    .join('/');
}

function lengthOf(text: string | undefined): number | undefined {
  return /^\d+$/.test(text ?? '') ? Number(text) : undefined;
}

async function start(body: Bytes): Promise<string> {
  let bytes = Buffer.of();
  for await (const piece of body) {
    bytes = Buffer.concat([bytes, piece]);
    if (bytes.length > LONGEST_ERROR) break;
  }
  return bytes.toString('utf8');
}
