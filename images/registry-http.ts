// Requests to a registry: where it is reached, who we are there, what is tried again.
import pRetry from 'p-retry';
import type { Credentials } from './credentials.ts';
import { type Endpoint, endpointFor } from './endpoints.ts';
import { answerChallenge } from './registry-auth.ts';
import { errorOf, type RegistryError, UnreachableError } from './registry-errors.ts';

export interface RegistryOptions {
  /** Where registries are reached; one that is not named is reached by HTTPS under its own name. */
  endpoints?: readonly Endpoint[];
  /** Who to be at a host; undefined is anonymous. Default: anonymous everywhere. */
  credentials?: (host: string) => Promise<Credentials | undefined>;
  /** How often a request is tried again after a network fault, a 5xx or a 429. Default 2. */
  retries?: number;
  /** Milliseconds for one request with its answer. Default 10000. */
  timeout?: number;
  /** What carries a request, in place of the network of this machine: a proxy of the cluster's API server. */
  carry?: typeof fetch;
}

export interface Request {
  method: 'GET' | 'HEAD' | 'PUT' | 'DELETE' | 'POST' | 'PATCH';
  headers?: Record<string, string>;
  body?: Uint8Array;
  limit?: number;
}

export interface Answer {
  status: number;
  headers: Headers;
  bytes: Buffer;
  method: string;
  url: string;
}

/** A network fault that another try may cure, and an answer that says so itself. */
class Transient extends Error {
  readonly reported: Error;
  constructor(reported: Error) {
    super(reported.message);
    this.reported = reported;
  }
}

/** Bytes: what registries accept at most. */
export const LARGEST_MANIFEST = 4 * 1024 * 1024;

export class RegistryHttp {
  readonly #endpoints: readonly Endpoint[];
  readonly #credentials: (host: string) => Promise<Credentials | undefined>;
  readonly #retries: number;
  readonly #timeout: number;
  readonly #carry: typeof fetch;
  /** Authorization by endpoint, repository and kind of access: one challenge answered serves all later requests. */
  readonly #authorization = new Map<string, Promise<string | undefined>>();
  /** Whatever must not show in a message. */
  readonly #secrets = new Set<string>();

  constructor(options: RegistryOptions = {}) {
    this.#endpoints = options.endpoints ?? [];
    this.#credentials = options.credentials ?? (async () => undefined);
    this.#retries = options.retries ?? 2;
    this.#timeout = options.timeout ?? 10_000;
    this.#carry = options.carry ?? fetch;
  }

  /** One request of the API: `path` below the repository. Any status below 500 but 429 is an answer. */
  async request(registry: string, repository: string, path: string, request: Request): Promise<Answer> {
    const endpoint = endpointFor(this.#endpoints, registry);
    const url = `${endpoint.url}/v2/${repository === '' ? '' : `${repository}/`}${path}`;
    const access = request.method === 'GET' || request.method === 'HEAD' ? 'read' : 'write';
    const key = `${endpoint.url} ${repository} ${access}`;
    const first = await this.#send(endpoint, url, request, await this.#authorization.get(key));
    const challenge = first.status === 401 ? first.headers.get('www-authenticate') : null;
    if (challenge === null) return first;
    const authorization = this.#identify(endpoint, challenge);
    this.#authorization.set(key, authorization);
    try {
      const header = await authorization;
      return header === undefined ? first : await this.#send(endpoint, url, request, header);
    } catch (error) {
      this.#authorization.delete(key);
      throw error;
    }
  }

  async #identify(endpoint: Endpoint, challenge: string): Promise<string | undefined> {
    const hosts = [new URL(endpoint.url).host, endpoint.name, ...endpoint.aliases];
    let credentials: Credentials | undefined;
    for (const host of hosts) credentials ??= await this.#credentials(host);
    if (credentials?.password) this.#secrets.add(credentials.password);
    const authorization = await answerChallenge(challenge, {
      origin: endpoint.url,
      credentials,
      fetch: async (url, init) => {
        const { status, bytes } = await this.#fetch(endpoint, url, init ?? {}, LARGEST_MANIFEST);
        return { status, body: status === 200 ? bytes.toString('utf8') : this.#redacted(bytes.toString('utf8')) };
      },
    });
    if (authorization) this.#secrets.add(authorization.slice(authorization.indexOf(' ') + 1));
    return authorization;
  }

  async #send(endpoint: Endpoint, url: string, request: Request, authorization?: string): Promise<Answer> {
    const { method, body, limit } = request;
    const headers = { ...request.headers, ...(authorization && { authorization }) };
    const answer = await this.#fetch(
      endpoint,
      url,
      { method, headers, body: body as RequestInit['body'] },
      limit ?? LARGEST_MANIFEST,
    );
    return { ...answer, method, url };
  }

  /** One request with its whole answer, tried again where that may help: all that is sent here is idempotent. */
  async #fetch(
    endpoint: Endpoint,
    url: string,
    init: RequestInit,
    limit: number,
  ): Promise<Omit<Answer, 'method' | 'url'>> {
    const method = init.method ?? 'GET';
    const address = url.replace(/\?.*$/, '');
    const once = async () => {
      let answer: Omit<Answer, 'method' | 'url'>;
      try {
        const response = await this.#carry(url, { ...init, signal: AbortSignal.timeout(this.#timeout) });
        const { status, headers } = response;
        // A part was asked for, and the whole comes: it may be gigabytes.
        const whole = status === 200 && new Headers(init.headers).has('range');
        if (whole) await response.body?.cancel();
        answer = { status, headers, bytes: whole ? Buffer.alloc(0) : await read(response, limit) };
      } catch (error) {
        const timedOut = error instanceof Error && error.name === 'TimeoutError';
        const fault = timedOut
          ? new DOMException(`no whole answer within ${this.#timeout / 1000} s`, 'TimeoutError')
          : error;
        throw new Transient(new UnreachableError(endpoint.name, new URL(url).origin, fault));
      }
      if (answer.status < 500 && answer.status !== 429) return answer;
      throw new Transient(this.error({ ...answer, method, url: address }));
    };
    try {
      return await pRetry(once, {
        retries: this.#retries,
        minTimeout: 200,
        maxTimeout: 2000,
        randomize: true,
        shouldRetry: ({ error }) => error instanceof Transient,
      });
    } catch (error) {
      throw error instanceof Transient ? error.reported : error;
    }
  }

  /** The error of an answer that is no success, without any secret that the server may echo. */
  error(answer: Pick<Answer, 'method' | 'url' | 'status' | 'bytes'>): RegistryError {
    return errorOf(answer.method, answer.url, answer.status, this.#redacted(answer.bytes.toString('utf8')));
  }

  #redacted(text: string): string {
    let safe = text;
    for (const secret of this.#secrets) safe = safe.replaceAll(secret, '…');
    return safe;
  }
}

async function read(response: Response, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) throw new Error(`the answer is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
