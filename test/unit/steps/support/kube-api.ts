// A Kubernetes API server in memory, over real HTTP: stored objects, JSON and merge patches with their answers, and a
// stand-in for the controllers that turns a Deployment's image into pods.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect, type Kube } from '../../../../cluster/kube.ts';
import { type Outcome, type podOf, settle } from './controllers.ts';

// biome-ignore lint/suspicious/noExplicitAny: stored objects have no shape in common
type Stored = any;

export const PATH = '/apis/apps/v1/namespaces/cerebral-platform/deployments/ai-services';

export const LEASE = '/apis/coordination.k8s.io/v1/namespaces/cerebral-platform/leases/slipway-ai-services';

export class TestApi {
  readonly objects = new Map<string, Stored>();
  events: Stored[] = [];
  /** What becomes of pods with an image; `healthy` where none is said. */
  readonly outcomes = new Map<string, Outcome>();
  readonly requests: { method: string; path: string; query: URLSearchParams; body: Stored; type: string }[] = [];
  /** Called before a request is answered; a status it gives is the answer. */
  before: (method: string, path: string) => number | undefined | Promise<number | undefined> = () => undefined;
  /** Milliseconds until a change shows in status and pods. */
  delay = 30;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  readonly #timers = new Set<NodeJS.Timeout>();

  static async start(): Promise<TestApi> {
    const api = new TestApi();
    await new Promise<void>(resolve => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  connect(): Kube {
    const server = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return connect({ server, headers: async () => ({}) });
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** A Deployment at rest with `image`, its pods healthy. */
  deploy(image: string, replicas = 1, containers = [{ name: 'ai-services', image }]): void {
    const labels = { app: 'ai-services' };
    this.objects.set(PATH, {
      metadata: { name: 'ai-services', namespace: 'cerebral-platform', generation: 1, resourceVersion: '1' },
      spec: { replicas, selector: { matchLabels: labels }, template: { spec: { containers } } },
    });
    settle(this.#deployment, this.#pods, this.outcomes);
  }

  /** The Lease of the service, held by nobody, as the stack declares it. */
  lease(): Stored {
    const lease = { metadata: { name: 'slipway-ai-services', resourceVersion: '1' } };
    this.objects.set(LEASE, lease);
    return lease;
  }

  get image(): string {
    return this.#deployment?.spec.template.spec.containers[0].image;
  }

  /** Another writer sets the image. */
  write(image: string): void {
    this.#deployment.spec.template.spec.containers[0].image = image;
    this.#changed();
  }

  /** Patches of the Deployment that were made, by their new image. */
  get patched(): string[] {
    return this.requests
      .filter(({ method, path }) => method === 'PATCH' && path === PATH)
      .map(({ body }) => body.at(-1).value);
  }

  readonly #pods = new Map<string, ReturnType<typeof podOf>>();

  get #deployment(): Stored {
    return this.objects.get(PATH);
  }

  #changed(): void {
    this.#deployment.metadata.generation += 1;
    this.#deployment.metadata.resourceVersion += '1';
    const timer = setTimeout(() => {
      if (this.#deployment) settle(this.#deployment, this.#pods, this.outcomes);
    }, this.delay);
    this.#timers.add(timer);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams: query } = new URL(request.url!, 'http://localhost');
    const method = request.method!;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
    this.requests.push({ method, path, query, body, type: request.headers['content-type'] ?? '' });
    const end = (status: number, answer: object) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    };
    const refuse = (status: number, reason: string, message: string) =>
      end(status, { kind: 'Status', status: 'Failure', code: status, reason, message });

    const refused = await this.before(method, path);
    if (refused) return refuse(refused, refused === 403 ? 'Forbidden' : 'InternalError', 'refused by the test');
    if (path.endsWith('/pods')) {
      return query.get('labelSelector') === 'app=ai-services'
        ? end(200, { items: [...this.#pods.values()] })
        : end(200, { items: [] });
    }
    if (path.endsWith('/events')) {
      const pod = /involvedObject\.name=([^,]+)/.exec(query.get('fieldSelector') ?? '')?.[1] ?? '';
      return end(200, { items: this.events.filter(({ involvedObject }) => pod.startsWith(involvedObject.name)) });
    }
    const found = this.objects.get(path);
    if (!found) return refuse(404, 'NotFound', `${path} not found`);
    if (method === 'GET') return end(200, found);
    if (request.headers['content-type'] === 'application/merge-patch+json')
      return this.#merge(found, body, end, refuse);
    // The API server answers a failed `test` with 422 and a message that does not say which.
    for (const { op, path: pointer, value } of body) {
      if (op === 'test' && at(found, pointer).value !== value) {
        return refuse(422, 'Invalid', 'the server rejected our request due to an error in our request');
      }
    }
    for (const { op, path: pointer, value } of body) {
      if (op !== 'test') at(found, pointer).set(value);
    }
    this.#changed();
    end(200, found);
  }

  #merge(
    found: Stored,
    body: Stored,
    end: (status: number, answer: object) => void,
    refuse: (status: number, reason: string, message: string) => void,
  ): void {
    const { resourceVersion, annotations, labels, ...metadata } = body.metadata ?? {};
    if (resourceVersion && resourceVersion !== found.metadata.resourceVersion) {
      refuse(409, 'Conflict', 'the object has been modified');
      return;
    }
    Object.assign(found.metadata, metadata);
    found.metadata.annotations = { ...found.metadata.annotations, ...annotations };
    const merged = Object.entries({ ...found.metadata.labels, ...labels });
    found.metadata.labels = Object.fromEntries(merged.filter(([, value]) => value !== null));
    if (body.spec) found.spec = { ...found.spec, ...body.spec };
    found.metadata.resourceVersion += '1';
    end(200, found);
  }
}

function at(root: Stored, pointer: string): { value: unknown; set(value: unknown): void } {
  const parts = pointer
    .slice(1)
    .split('/')
    .map(part => part.replaceAll('~1', '/'));
  const last = parts.pop()!;
  const parent = parts.reduce((object, key) => object[key], root);
  return {
    value: parent[last],
    set: value => {
      parent[last] = value;
    },
  };
}
