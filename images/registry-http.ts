// Requests to a registry: where it is reached, who we are there, what is tried again.
import pRetry from 'p-retry';
import { type Exchanged, exchange } from './byte-exchange.ts';
import { type Bytes, paced, unstalled } from './byte-streams.ts';
import type { Credentials } from './credentials.ts';
import { type Endpoint, endpointFor } from './endpoints.ts';
import { answerChallenge } from './registry-auth.ts';
import { errorOf, READ_ONLY, RegistryError, UnreachableError } from './registry-errors.ts';
import { type Patience, throughUpkeep } from './registry-upkeep.ts';

export interface RegistryOptions {
  /** Where registries are reached; one that is not named is reached by HTTPS under its own name. */
  endpoints?: readonly Endpoint[];
  /** Who to be at a host; undefined is anonymous. Default: anonymous everywhere. */
  credentials?: (host: string) => Promise<Credentials | undefined>;
  /** How often a request is tried again after a network fault, a 5xx or a 429. Default 2. */
  retries?: number;
  /** Milliseconds for one request with its answer. Default 10000. */
  timeout?: number;
  /** Milliseconds that a stream of bytes, which may take as long as it needs, may stand still. Default 120000. */
  stall?: number;
  /** How long requests wait for a registry in its upkeep. Default: not at all. */
  patience?: Patience;
  /** What carries requests, in place of the network of this machine: a proxy of the cluster's API server. No blob streams. */
  carry?: typeof fetch;
}

export interface Request {
  method: 'GET' | 'HEAD' | 'PUT' | 'DELETE' | 'POST' | 'PATCH';
  headers?: Record<string, string>;
  body?: Uint8Array;
  limit?: number;
  /** A refusal is no reason to wait: the caller can do without. */
  optional?: true;
}

export interface Answer {
  status: number;
  headers: Headers;
  bytes: Buffer;
  method: string;
  url: string;
}

/** The bytes of an upload, which can be sent once. */
export interface Sending {
  headers: Record<string, string>;
  body: Bytes;
  /** Ends the transfer. */
  signal?: AbortSignal;
}

/** A network fault that another try may cure, and an answer that says so itself. */
export class Transient extends Error {
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
  readonly #stall: number;
  readonly #patience: Patience | undefined;
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
    this.#stall = options.stall ?? 120_000;
    this.#patience = options.patience;
    this.#carry = options.carry ?? fetch;
  }

  /**
   * One request of the API: `path` below the repository, or from the host's root where it begins with a slash. Any
   * status below 500 but 429 is an answer.
   */
  async request(registry: string, repository: string, path: string, request: Request): Promise<Answer> {
    const endpoint = endpointFor(this.#endpoints, registry);
    const url = urlOf(endpoint, repository, path);
    const { method, body, limit, optional } = request;
    const answer = await this.#identified(endpoint, repository, method, authorization => {
      const headers = { ...request.headers, ...authorization };
      const init = { headers, body: body as RequestInit['body'] };
      return this.#fetch(endpoint, url, { method, optional }, init, limit);
    });
    return { ...answer, method, url };
  }

  /**
   * The body of a GET, as it comes. Throws the error of an answer that is no 200; the body throws UnreachableError when it
   * breaks off or stands still.
   */
  async open(registry: string, repository: string, path: string): Promise<{ url: string; body: Bytes }> {
    const endpoint = endpointFor(this.#endpoints, registry);
    const url = urlOf(endpoint, repository, path);
    const answer = await this.#identified(endpoint, repository, 'GET', authorization =>
      this.#again(endpoint, url, { method: 'GET' }, () =>
        this.#begin(url, { 'accept-encoding': 'identity', ...authorization }),
      ),
    );
    if (!answer.body) throw this.error({ ...answer, method: 'GET', url });
    return { url, body: unstalled(answer.body, this.#stall, answer.stop, fault => unreachable(endpoint, url, fault)) };
  }

  /**
   * One PUT of a body as it comes. It is tried once, with the authorization that an earlier request to the repository has
   * brought. A fault of the body is thrown as it is.
   */
  async send(registry: string, repository: string, path: string, { headers, body, signal }: Sending): Promise<Answer> {
    const endpoint = endpointFor(this.#endpoints, registry);
    const url = urlOf(endpoint, repository, path);
    const authorization = await this.#authorization.get(keyOf(endpoint, repository, 'PUT'));
    const stop = new AbortController();
    const source = paced(body, this.#stall, stop);
    let answered: Exchanged | undefined;
    try {
      answered = await exchange(url, {
        method: 'PUT',
        headers: { ...headers, ...(authorization && { authorization }) },
        body: source.body,
        signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
      });
      const bytes = await read(answered, LARGEST_MANIFEST);
      return { status: answered.status, headers: answered.headers, bytes, method: 'PUT', url };
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw source.fault() ?? unreachable(endpoint, url, stop.signal.aborted ? stop.signal.reason : error);
    } finally {
      source.end();
      answered?.end();
    }
  }

  /** The answer of `send`, with the repository's authorization and, where the registry asks for it, with a new one. */
  async #identified<T extends Pick<Answer, 'status' | 'headers'>>(
    endpoint: Endpoint,
    repository: string,
    method: Request['method'],
    send: (authorization: Record<string, string>) => Promise<T>,
  ): Promise<T> {
    const key = keyOf(endpoint, repository, method);
    const header = (authorization?: string): Record<string, string> => (authorization ? { authorization } : {});
    const first = await send(header(await this.#authorization.get(key)));
    const challenge = first.status === 401 ? first.headers.get('www-authenticate') : null;
    if (challenge === null) return first;
    const authorization = this.#identify(endpoint, challenge);
    this.#authorization.set(key, authorization);
    try {
      const found = await authorization;
      return found === undefined ? first : await send(header(found));
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
      fetch: async (url, init = {}) => {
        const how = { method: (init.method ?? 'GET') as Request['method'], optional: true as const };
        const { status, bytes } = await this.#fetch(endpoint, url, how, init);
        return { status, body: status === 200 ? bytes.toString('utf8') : this.#redacted(bytes.toString('utf8')) };
      },
    });
    if (authorization) this.#secrets.add(authorization.slice(authorization.indexOf(' ') + 1));
    return authorization;
  }

  /** One request with its whole answer. */
  #fetch(
    endpoint: Endpoint,
    url: string,
    how: Pick<Request, 'method' | 'optional'>,
    init: RequestInit,
    limit = LARGEST_MANIFEST,
  ): Promise<Whole> {
    return this.#again(endpoint, url, how, async () => {
      try {
        const response = await this.#carry(url, {
          ...init,
          method: how.method,
          signal: AbortSignal.timeout(this.#timeout),
        });
        const { status, headers } = response;
        // A part was asked for, and the whole comes: it may be gigabytes.
        const whole = status === 200 && new Headers(init.headers).has('range');
        if (whole) await response.body?.cancel();
        return { status, headers, bytes: whole ? Buffer.alloc(0) : await read(response, limit) };
      } catch (error) {
        const timedOut = error instanceof Error && error.name === 'TimeoutError';
        throw timedOut ? late(this.#timeout) : error;
      }
    });
  }

  /** One request whose answer, where it is a 200, is still to be read. */
  async #begin(url: string, headers: Record<string, string>): Promise<Begun> {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(late(this.#timeout)), this.#timeout);
    try {
      const response = await exchange(url, { method: 'GET', headers, signal: stop.signal });
      const { status } = response;
      const body = status === 200 ? response.body : undefined;
      const bytes = body ? Buffer.of() : await read(response, LARGEST_MANIFEST);
      return { status, headers: response.headers, bytes, body, stop };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks, and asks again where that may help: all that is sent by this is idempotent. */
  #again<T extends Whole>(
    endpoint: Endpoint,
    url: string,
    { method, optional }: Pick<Request, 'method' | 'optional'>,
    ask: () => Promise<T>,
  ): Promise<T> {
    const once = async () => {
      const answer = await ask().catch(fault => {
        throw new Transient(unreachable(endpoint, url, fault));
      });
      if (answer.status >= 500 || answer.status === 429) throw new Transient(this.error({ ...answer, method, url }));
      return answer;
    };
    if (optional || !this.#patience) return this.retried(once);
    return throughUpkeep(this.#patience, async () => {
      const answer = await this.retried(once);
      const error = answer.status === 405 ? this.error({ ...answer, method, url }) : undefined;
      if (error?.code === READ_ONLY) throw error;
      return answer;
    });
  }

  /** What `once` gives, tried again as often as the client's options say while it throws Transient. */
  async retried<T>(once: () => Promise<T>): Promise<T> {
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

  /** Throws the error of an answer with another status than `statuses`. */
  expect(answer: Answer, ...statuses: number[]): void {
    if (!statuses.includes(answer.status)) throw this.error(answer);
  }

  /** The error of an answer that is no success, without any secret that the server may echo. */
  error(answer: Pick<Answer, 'method' | 'url' | 'status' | 'bytes'>): RegistryError {
    const { method, url, status, bytes } = answer;
    return errorOf(method, withoutQuery(url), status, this.#redacted(bytes.toString('utf8')));
  }

  #redacted(text: string): string {
    let safe = text;
    for (const secret of this.#secrets) safe = safe.replaceAll(secret, '…');
    return safe;
  }
}

type Whole = Omit<Answer, 'method' | 'url'>;

interface Begun extends Whole {
  body?: Bytes;
  stop: AbortController;
}

/** An answer that came, and says what can't be. */
export function failure(answer: Answer, code: string, message: string): RegistryError {
  return new RegistryError(answer.method, withoutQuery(answer.url), answer.status, code, message);
}

// It may carry a long state of the registry's own.
function withoutQuery(url: string): string {
  return url.replace(/\?.*$/, '');
}

/**
 * Where a link of an answer leads, from the host's root. It may name the registry by a host that only its own network
 * knows: then its path counts, if it lies below the repository, and its host does not.
 */
export function linked(answer: Answer, link: string, repository: string): string {
  if (!URL.canParse(link, answer.url)) {
    throw failure(answer, 'BAD_ANSWER', `it leads on to ${JSON.stringify(link)}, which is no address`);
  }
  const url = new URL(link, answer.url);
  const prefix = repository === '' ? '/v2/' : `/v2/${repository}/`;
  if (url.origin === new URL(answer.url).origin || url.pathname.startsWith(prefix))
    return `${url.pathname}${url.search}`;
  throw failure(answer, 'BAD_ANSWER', `it leads on to ${url.origin}${url.pathname}, outside of ${prefix}`);
}

function urlOf(endpoint: Endpoint, repository: string, path: string): string {
  if (path.startsWith('/')) return `${endpoint.url}${path}`;
  return `${endpoint.url}/v2/${repository === '' ? '' : `${repository}/`}${path}`;
}

function keyOf(endpoint: Endpoint, repository: string, method: Request['method']): string {
  return `${endpoint.url} ${repository} ${method === 'GET' || method === 'HEAD' ? 'read' : 'write'}`;
}

function unreachable(endpoint: Endpoint, url: string, fault: unknown): UnreachableError {
  return new UnreachableError(endpoint.name, new URL(url).origin, fault);
}

function late(milliseconds: number): DOMException {
  return new DOMException(`no whole answer within ${milliseconds / 1000} s`, 'TimeoutError');
}

async function read(response: Pick<Response | Exchanged, 'body'>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) throw new Error(`the answer is larger than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
