// A small client of the Kubernetes API with a client certificate: for what the sandbox itself puts into its cluster.

import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';

/** Any object of the API. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    deletionTimestamp?: string;
    resourceVersion?: string;
  };
  [field: string]: unknown;
}

/** An answer that is not 2xx. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export interface ApiOptions {
  port: number;
  /** The sandbox's PKI folder. */
  pki: string;
  /** The leaf to be known by; `admin`. */
  user?: string;
}

type Body = { body: unknown; type?: string };

export class Api {
  #agent: Agent;
  #target: { host: string; port: number; agent: Agent };
  #resources = new Map<string, Promise<Map<string, { name: string; namespaced: boolean }>>>();

  constructor({ port, pki, user = 'admin' }: ApiOptions) {
    const read = (file: string) => readFileSync(join(pki, file));
    this.#agent = new Agent({
      ca: read('ca.crt'),
      cert: read(`${user}.crt`),
      key: read(`${user}.key`),
      keepAlive: true,
      maxSockets: 16,
    });
    this.#target = { host: '127.0.0.1', port, agent: this.#agent };
  }

  /** One request; the parsed answer. @throws ApiError on an answer that is not 2xx, Error where there is none. */
  call<T>(method: string, path: string, content?: Body, limit = 30_000): Promise<T> {
    const body = content && JSON.stringify(content.body);
    const headers = body
      ? { 'content-type': content.type ?? 'application/json', 'content-length': Buffer.byteLength(body) }
      : {};
    return new Promise((resolve, reject) => {
      const call = request({ ...this.#target, method, path, headers }, answer => {
        let text = '';
        answer.setEncoding('utf8').on('data', chunk => {
          text += chunk;
        });
        answer.on('error', reject);
        answer.on('end', () => {
          const status = answer.statusCode ?? 0;
          if (status >= 200 && status < 300) return resolve(parse(text) as T);
          const { reason = '', message = text } = (parse(text) ?? {}) as { reason?: string; message?: string };
          reject(new ApiError(status, reason, `${method} ${path}: ${status} ${message}`));
        });
      });
      call.setTimeout(limit, () => call.destroy(new Error(`${method} ${path}: no answer within ${limit / 1000} s`)));
      call.on('error', reject);
      call.end(body);
    });
  }

  /** GET; undefined on 404. */
  async get<T>(path: string): Promise<T | undefined> {
    try {
      return await this.call<T>('GET', path);
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** DELETE; nothing happens where it does not exist. */
  async remove(path: string): Promise<void> {
    try {
      await this.call('DELETE', path);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
  }

  /** Server-side apply: this manager owns the fields it names, and takes them from others. */
  async apply(object: KubeObject, fieldManager: string, options: { dryRun?: boolean } = {}): Promise<void> {
    const query = new URLSearchParams({ fieldManager, force: 'true', fieldValidation: 'Strict' });
    if (options.dryRun) query.set('dryRun', 'All');
    const path = `${await this.pathOf(object)}?${query}`;
    await this.call('PATCH', path, { body: object, type: 'application/apply-patch+yaml' });
  }

  /** The path of an object, by what the server says of its kind. @throws ApiError 404 where the kind is unknown. */
  async pathOf({ apiVersion, kind, metadata }: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>): Promise<string> {
    const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    let known = this.#resources.get(base);
    if (!known || !(await known.catch(() => undefined))?.has(kind)) {
      known = this.#discover(base);
      this.#resources.set(base, known);
    }
    const resource = (await known).get(kind);
    if (!resource) throw new ApiError(404, 'NotFound', `the cluster knows no ${kind} in ${apiVersion}`);
    const namespace = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
    return `${base}${namespace}/${resource.name}/${metadata.name}`;
  }

  async #discover(base: string): Promise<Map<string, { name: string; namespaced: boolean }>> {
    type List = { resources: { name: string; kind: string; namespaced: boolean }[] };
    const { resources } = await this.call<List>('GET', base);
    return new Map(resources.filter(({ name }) => !name.includes('/')).map(entry => [entry.kind, entry]));
  }

  close(): void {
    this.#agent.destroy();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
