// A small client of the Kubernetes API: JSON over HTTPS, and nothing that generates types. Identity comes from a
// kubeconfig (outside) or from the pod's service account (inside).
import { readFileSync } from 'node:fs';
import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { createInterface } from 'node:readline';
import { KubeError, kubeErrorOf } from './kube-error.ts';

export { KubeError } from './kube-error.ts';

/** An object of the API; read what you need by narrowing. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    generation?: number;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [field: string]: unknown;
  };
  // biome-ignore lint/suspicious/noExplicitAny: below this the API's objects have no shape in common
  [field: string]: any;
}

/** How to write; absent fields are left to the server's defaults. */
export interface WriteOptions {
  fieldManager?: string;
  /** Goes through admission and validation, and stores nothing. */
  dryRun?: boolean;
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore';
  /** Server-side apply only: take fields over from other managers. */
  force?: boolean;
}

export interface Selectors {
  labelSelector?: string;
  fieldSelector?: string;
}

/** Paths are the API's own, for example `/apis/apps/v1/namespaces/web/deployments/shop`. Each call may throw KubeError. */
export interface Kube {
  /** The API server's address. */
  readonly server: string;
  /** The object, or undefined where there is none (404). */
  get<T = KubeObject>(path: string): Promise<T | undefined>;
  /** The items of a collection, all pages; none where the collection's type is not known to the server (404). */
  list<T = KubeObject>(path: string, selectors?: Selectors): Promise<T[]>;
  create<T = KubeObject>(path: string, body: unknown, options?: WriteOptions): Promise<T>;
  patch<T = KubeObject>(path: string, body: unknown, type: PatchType, options?: WriteOptions): Promise<T>;
  /** Each line of a text that the server goes on writing, a pod's log, until it ends or `signal` aborts. */
  follow(path: string, onLine: (line: string) => void, signal?: AbortSignal): Promise<void>;
  /**
   * What a server behind the API server answers, whatever its status: `path` leads through a proxy of the API, for
   * example `/api/v1/namespaces/web/services/shop:http/proxy/health`. Faults of the way are an answer as well (503).
   */
  through(path: string, request?: { method?: string; headers?: Record<string, string> }): Promise<Answer>;
  /** Deletes in the background; false where there was nothing. */
  remove(path: string): Promise<boolean>;
  /** Closes kept connections, so that the process can end. */
  close(): void;
}

export type PatchType = 'json' | 'merge' | 'apply';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
}

/** Who and where: what a request needs beyond its path. */
export interface Access {
  server: string;
  tls?: Pick<https.AgentOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'servername'>;
  /** Instead of one made from `tls`: a proxy's. */
  agent?: http.Agent;
  /** Asked before each request: tokens of service accounts and exec plugins are renewed. */
  headers(): Promise<Record<string, string>>;
  /** Milliseconds for one request. Default 30000. */
  timeout?: number;
}

const CONTENT_TYPES: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  // JSON is YAML, and the server's only media type for apply is the latter.
  apply: 'application/apply-patch+yaml',
};
const PAGE = 500;

/** A client of the cluster that `context` (default: the current one) of a kubeconfig names. */
export async function fromKubeconfig(file?: string, context?: string): Promise<Kube> {
  const { accessFromKubeconfig } = await import('./kubeconfig.ts');
  return connect(await accessFromKubeconfig(file, context));
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** A client for code in a pod, as the pod's service account. Throws one line outside of a pod. */
export function inCluster(folder = SERVICE_ACCOUNT): Kube {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = process.env;
  if (!host || !port) {
    throw new Error('not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set');
  }
  const read = (name: string): string => {
    try {
      return readFileSync(`${folder}/${name}`, 'utf8').trim();
    } catch (error) {
      throw new Error(
        `the pod has no service account's ${name} (${(error as Error).message}); set automountServiceAccountToken: true`,
      );
    }
  };
  return connect({
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    tls: { ca: read('ca.crt') },
    headers: async () => ({ authorization: `Bearer ${read('token')}` }),
  });
}

/** The identity of a cluster that outlives kubeconfigs, addresses and certificates: the UID of `kube-system`. */
export async function clusterId(kube: Kube): Promise<string> {
  const uid = (await kube.get('/api/v1/namespaces/kube-system'))?.metadata?.uid;
  if (uid) return uid;
  throw new Error(`${kube.server}: namespace kube-system has no UID; is this a Kubernetes API server?`);
}

/** A client with the given access. */
export function connect(access: Access): Kube {
  const server = access.server.replace(/\/+$/, '');
  const secure = server.startsWith('https:');
  const timeout = access.timeout ?? 30_000;
  const agent =
    access.agent ??
    (secure ? new https.Agent({ keepAlive: true, ...access.tls }) : new http.Agent({ keepAlive: true }));

  const send = async <T>(
    method: string,
    path: string,
    query: Query = {},
    body?: unknown,
    contentType = 'application/json',
  ): Promise<T> => {
    const url = new URL(`${server}${path}`);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const headers = {
      accept: 'application/json',
      ...(payload && { 'content-type': contentType, 'content-length': payload.length }),
      ...(await access.headers()),
    };
    const { status, bytes } = await exchange(url, { method, headers, agent, timeout }, payload);
    const answered = parsed(bytes.toString('utf8'));
    if (status >= 200 && status < 300) return answered as T;
    throw kubeErrorOf(method, `${server}${path}`, status, answered);
  };
  const unless404 = async <T>(call: Promise<T>): Promise<T | undefined> => {
    try {
      return await call;
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return undefined;
      throw error;
    }
  };

  return {
    server,
    get: path => unless404(send('GET', path)),
    list: async <T>(path: string, selectors?: Selectors) => {
      const items: T[] = [];
      let next: string | undefined;
      do {
        const query = { ...selectors, limit: PAGE, continue: next };
        const page = await unless404(send<{ items?: T[]; metadata?: { continue?: string } }>('GET', path, query));
        items.push(...(page?.items ?? []));
        next = page?.metadata?.continue || undefined;
      } while (next);
      return items;
    },
    create: (path, body, options) => send('POST', path, writeQuery(options), body),
    patch: (path, body, type, options) => send('PATCH', path, writeQuery(options), body, CONTENT_TYPES[type]),
    follow: async (path, onLine, signal) => {
      const url = new URL(`${server}${path}`);
      await stream(url, { headers: await access.headers(), agent, signal }, onLine);
    },
    through: async (path, { method = 'GET', headers } = {}) =>
      exchange(new URL(`${server}${path}`), {
        method,
        headers: { ...headers, ...(await access.headers()) },
        agent,
        timeout,
      }),
    remove: async path =>
      (await unless404(
        send('DELETE', path, {}, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' }),
      )) !== undefined,
    close: () => agent.destroy(),
  };
}

type Query = Record<string, string | number | boolean | undefined>;

function writeQuery(options: WriteOptions = {}): Query {
  const { fieldManager, dryRun, fieldValidation, force } = options;
  return { fieldManager, dryRun: dryRun ? 'All' : undefined, fieldValidation, force };
}

function exchange(url: URL, options: https.RequestOptions & { timeout: number }, payload?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const fail = (why: string, cause?: unknown) =>
      reject(new Error(`${options.method} ${url.origin}${url.pathname}: ${why}`, { cause }));
    // The socket's own timeout counts idle time only, and a slow answer must end as well.
    const timer = setTimeout(() => {
      fail(`no whole answer within ${options.timeout / 1000} s`);
      request.destroy();
    }, options.timeout);
    const { timeout: _, ...rest } = options;
    const request = (url.protocol === 'https:' ? https : http).request(url, rest, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', error => fail(error.message, error));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) });
      });
      response.on('close', () => clearTimeout(timer));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      // The server may close a kept connection just as it is used again. Only a read is sent twice without a thought.
      const again = request.reusedSocket && error.code === 'ECONNRESET' && options.method === 'GET';
      if (again) exchange(url, options).then(resolve, reject);
      else fail(`the API server can't be reached (${error.message || error.code})`, error);
    });
    request.end(payload);
  });
}

function stream(url: URL, options: https.RequestOptions, onLine: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      options.signal?.aborted ? resolve() : reject(new Error(`GET ${url.origin}${url.pathname}: ${error.message}`));
    const request = (url.protocol === 'https:' ? https : http).request(url, options, response => {
      // It passes on the errors of its input as its own.
      const lines = createInterface({ input: response, crlfDelay: Number.POSITIVE_INFINITY }).on('error', fail);
      if (response.statusCode === 200) {
        lines.on('line', onLine).on('close', resolve);
        return;
      }
      const said: string[] = [];
      lines.on('line', line => said.push(line));
      lines.on('close', () => reject(kubeErrorOf('GET', url.href, response.statusCode ?? 0, parsed(said.join('\n')))));
    });
    request.on('error', fail);
    request.end();
  });
}

// A proxy before the API server may answer with a page; it becomes the error's message.
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
