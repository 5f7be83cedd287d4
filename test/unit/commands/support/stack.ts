// A stack as its cluster and its registry show it when all is well, over real HTTP; a test spoils a part of it. The stack
// `local` is here; cybermesh.ts has another.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { connect } from '../../../../cluster/kube.ts';
import { makeCertificates } from '../../../../commands/certificates.ts';
import { type Context, type Means, makeContext } from '../../../../commands/context.ts';
import type { Digest } from '../../../../images/digest.ts';
import { REVISION } from '../../../../images/manifest.ts';
import { immutableTag } from '../../../../images/tags.ts';
import { readSettings } from '../../../../settings/settings.ts';
import { cerebral } from '../../../../systems/cerebral.ts';
import { findService } from '../../../../systems/lookup.ts';
import { type Answer, type ApiServer, type Recorded, startApiServer } from '../../cluster/api-server.ts';
import { FakeRegistry, REGISTRY } from '../../images/fake-registry.ts';
import { stackValues } from '../../settings/stack-files.ts';

// biome-ignore lint/suspicious/noExplicitAny: the API's objects have no shape in common
type Stored = any;

export const UID = '7c1b2f6e-5a51-4f0e-9d0c-3c2f1e0d9b8a';
export const NOW = new Date('2026-03-01T12:00:00Z');
export const PLATFORMS = ['linux/amd64', 'linux/arm64'];
export const COMMIT = 'c'.repeat(40);
export const BASE = 'cerebral/ai-base';
export const services = ['ai-services', 'data-services', 'knowledge-services'];

/** The status of a workload all of whose pods serve. */
export const serving = (replicas: number) => ({
  ...{ observedGeneration: 1, replicas, updatedReplicas: replicas, availableReplicas: replicas },
});

const ENDED = '2026-03-01T09:00:00Z';

/** Paths of the API. */
export const at = {
  core: (namespace: string, kind: string, name: string) => `/api/v1/namespaces/${namespace}/${kind}/${name}`,
  deployment: (namespace: string, name: string) => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
  service: (name: string) => at.deployment('cerebral-platform', name),
  tekton: (kind: string, name: string) => `/apis/tekton.dev/v1/namespaces/tekton-pipelines/${kind}/${name}`,
  registry: '/api/v1/namespaces/registry/services/internal-registry:5000/proxy',
  listener: '/api/v1/namespaces/tekton-pipelines/services/slipway-push:http/proxy/ready',
  disk: '/api/v1/nodes/n1/proxy/stats/summary',
};

export interface FakeStack {
  api: ApiServer;
  registry: FakeRegistry;
  /** The registry that the cluster has; the same one, unless a test says otherwise. */
  inside: FakeRegistry;
  objects: Map<string, Stored>;
  /** Answers in place of the API server's own, by path. */
  instead: Map<string, () => Answer>;
  lock: string;
  /** Where the API server leads to the registry inside. */
  proxy: string;
  /** Of the stack's configuration, by key without namespace. */
  changes: Record<string, unknown>;
  means: Means;
  /** Of services by name, of bases by tag. */
  digests: Map<string, Digest>;
  /** Folder of the docker config. */
  folder: string;
  context(): Promise<Context>;
  /** A Deployment of one replica whose pod is ready, for `image`. */
  deploy(namespace: string, name: string, image: string): void;
  /** A run of a service that ended well, or failed for a reason. */
  run(name: string, service: string, ended?: { reason?: string; at?: string; annotations?: object }): void;
  /** How a service's image is written into its Deployment. */
  imageOf(service: string): string;
}

/** All is well: every check is ok, but for TLS, which this registry does not have. */
export async function healthyStack(t: TestContext): Promise<FakeStack> {
  const stack = await emptyStack(t, 'local', url => ({
    ...{ name: REGISTRY, clusterIP: '10.34.0.202', endpoint: url, storage: { size: '20Gi' } },
    aliases: ['internal-registry.registry.svc.cluster.local:5000', 'registry.example.com'],
    outside: { host: '127.0.0.1', port: Number(new URL(url).port) },
  }));
  await fill(stack);
  return stack;
}

/**
 * The stack `name` with a cluster and a registry that hold nothing but the builder of this machine. `registryAt`: what
 * its file says of the registry, which is reached at a URL.
 */
export async function emptyStack(
  t: TestContext,
  name: string,
  registryAt: (url: string) => Record<string, unknown>,
): Promise<FakeStack> {
  const [api, registry] = await Promise.all([startApiServer(), FakeRegistry.start()]);
  const folder = mkdtempSync(join(tmpdir(), 'slipway-doctor-'));
  const builder = createServer().listen(join(folder, 'b.sock'));
  const contexts: Context[] = [];
  const before = process.env.DOCKER_CONFIG;
  process.env.DOCKER_CONFIG = folder;
  t.after(() => {
    if (before === undefined) delete process.env.DOCKER_CONFIG;
    else process.env.DOCKER_CONFIG = before;
    for (const context of contexts) context.close();
    builder.close();
    api.stop();
    registry.stop();
    rmSync(folder, { recursive: true });
  });
  mkdirSync(join(folder, 'buildx', 'instances'), { recursive: true });
  const instance = { Name: 'slipway', Nodes: [{ Endpoint: `unix://${join(folder, 'b.sock')}` }] };
  writeFileSync(join(folder, 'buildx', 'instances', 'slipway'), JSON.stringify(instance));

  const stack: FakeStack = {
    ...{ api, registry, inside: registry, folder },
    ...{ objects: new Map(), instead: new Map(), digests: new Map(), changes: {}, means: {} },
    lock: 'version: 1\nimages: {}\nupstream: {}\n',
    proxy: at.registry,
    context: async () => {
      const { host } = new URL(registry.url);
      const values = await stackValues(name, {
        cluster: { context: 'test', uid: UID, server: api.url },
        registry: registryAt(registry.url),
        ...stack.changes,
      });
      const context = makeContext(readSettings(name, values), {
        connect: async () => connect({ server: api.url, headers: async () => ({}), timeout: 3000 }),
        readText: async () => stack.lock,
        credentials: async asked => (asked === host ? { username: 'teams', password: 'known' } : undefined),
        patience: 2000,
        now: NOW,
        ...stack.means,
      });
      contexts.push(context);
      return context;
    },
    deploy: (namespace, name, image) => {
      const containers = [{ name, image }];
      stack.objects.set(at.deployment(namespace, name), {
        metadata: { name, namespace, generation: 1 },
        spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: { spec: { containers } } },
        status: serving(1),
      });
      stack.objects.set(at.core(namespace, 'pods', `${name}-1`), {
        metadata: { name: `${name}-1`, namespace, labels: { app: name } },
        spec: { nodeName: 'n1', containers },
        status: {
          phase: 'Running',
          startTime: '2026-03-01T10:00:00Z',
          conditions: [{ type: 'Ready', status: 'True' }],
          containerStatuses: [{ name, ready: true, imageID: image.replace(/:[^/@]*@/, '@'), state: { running: {} } }],
        },
      });
    },
    run: (name, service, { reason, at: created = ENDED, annotations = {} } = {}) => {
      const digest = stack.digests.get(service);
      stack.objects.set(at.tekton('pipelineruns', name), {
        metadata: {
          ...{ name, namespace: 'tekton-pipelines', creationTimestamp: created },
          annotations: {
            'slipway.dev/bases': `${REGISTRY}/${BASE}:cpu@${stack.digests.get('cpu')}`,
            ...(reason !== undefined && { 'slipway.dev/reason': reason }),
            ...annotations,
          },
        },
        spec: {
          params: [
            { name: 'deployment-name', value: service },
            { name: 'image-name', value: `cerebral/${service}` },
          ],
        },
        status: {
          conditions: [{ type: 'Succeeded', status: reason === undefined ? 'True' : 'False', message: 'Tasks: 2' }],
          completionTime: created,
          results:
            reason === undefined
              ? [
                  { name: 'digest', value: digest },
                  { name: 'outcome', value: 'rolled out' },
                ]
              : [],
        },
      });
    },
    imageOf: service => {
      const digest = stack.digests.get(service)!;
      return `${REGISTRY}/cerebral/${service}:${immutableTag(COMMIT, digest)}@${digest}`;
    },
  };
  api.answer = request => answer(stack, request);
  registry.misbehave = (request, response) => {
    if (request.headers.authorization || request.headers['x-inside']) return false;
    response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"' }).end();
    return true;
  };
  return stack;
}

async function fill(stack: FakeStack): Promise<void> {
  const { registry, digests, objects } = stack;
  const put = (path: string, object: Stored) =>
    objects.set(path, { ...object, metadata: { name: path.split('/').at(-1), ...object.metadata } });
  digests.set('cpu', registry.index(BASE, 'cpu', PLATFORMS));
  const step = registry.index('slipway/step', 'main', PLATFORMS);
  for (const service of services) {
    const digest = registry.index(`cerebral/${service}`, 'main', PLATFORMS, { [REVISION]: COMMIT }, service);
    const index = registry.manifests.get(`cerebral/${service} main`)!;
    registry.manifests.set(`cerebral/${service} live-local`, index);
    digests.set(service, digest);
    stack.deploy('cerebral-platform', service, stack.imageOf(service));
    put(at.core('cerebral-platform', 'services', service), {
      spec: { ports: [{ name: 'http', port: 80, targetPort: portOf(service) }] },
    });
    stack.run(`run-of-${service}`, service);
  }
  put('/api/v1/namespaces/kube-system', { metadata: { uid: UID } });
  put('/api/v1/namespaces/tekton-pipelines', {
    metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  });
  put('/api/v1/nodes/n1', {
    spec: {},
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      nodeInfo: { operatingSystem: 'linux', architecture: 'amd64' },
    },
  });
  put(at.core('registry', 'services', 'internal-registry'), {
    spec: {
      clusterIP: '10.34.0.202',
      selector: { app: 'registry' },
      ports: [
        { name: 'inside', port: 5000 },
        { name: 'outside', port: 5443 },
      ],
    },
  });
  stack.deploy('registry', 'registry', `${REGISTRY}/registry@${step}`);
  put(at.core('registry', 'persistentvolumeclaims', 'registry'), { status: { phase: 'Bound' } });
  disk(stack, 9e9, 20e9);
  for (const name of ['tekton-pipelines-controller', 'tekton-pipelines-webhook', 'slipway-push']) {
    stack.deploy('tekton-pipelines', name, `${REGISTRY}/slipway/step@${step}`);
  }
  put(at.core('tekton-pipelines', 'configmaps', 'feature-flags'), { data: { 'set-security-context': 'true' } });
  for (const name of ['buildkitd-amd64', 'buildkitd-arm64']) {
    stack.deploy('slipway-build', name, `${REGISTRY}/buildkit@${step}`);
  }
  const { server, client } = await certificates();
  const data = (certificate: string) => ({ data: { 'tls.crt': Buffer.from(certificate).toString('base64') } });
  put(at.core('slipway-build', 'secrets', 'buildkitd'), data(server.certificate));
  put(at.core('tekton-pipelines', 'secrets', 'buildkit-client'), data(client.certificate));
  const steps = [{ image: `${REGISTRY}/slipway/step:main@${step}` }];
  const bases = [{ repository: BASE, tag: 'cpu', reference: `${REGISTRY}/${BASE}:cpu@${digests.get('cpu')}` }];
  const env = [{ name: 'SLIPWAY_BASES', value: JSON.stringify(bases) }];
  put(at.tekton('tasks', 'slipway-build'), { spec: { steps, stepTemplate: { env } } });
  put(at.tekton('tasks', 'slipway-rollout'), { spec: { steps } });
  put(at.tekton('pipelines', 'cerebral-microservice-pipeline'), {
    spec: { tasks: [{ taskRef: { name: 'slipway-build' } }, { taskRef: { name: 'slipway-rollout' } }] },
  });
}

const portOf = (service: string) => findService(cerebral, service).port;

let made: ReturnType<typeof makeCertificates> | undefined;
function certificates() {
  made ??= makeCertificates(NOW);
  return made;
}

/** How full the registry's volume is, in bytes. */
export function disk(
  stack: Pick<FakeStack, 'instead'>,
  availableBytes: number,
  capacityBytes: number,
  namespace = 'registry',
): void {
  const volume = [{ pvcRef: { name: 'registry', namespace }, availableBytes, capacityBytes }];
  stack.instead.set(at.disk, () => [200, { pods: [{ volume }] }]);
}

/** The API server's own word. */
export const refusal = (status: number, reason: string, message: string): Answer => [
  status,
  { kind: 'Status', status: 'Failure', code: status, reason, message },
];

async function answer(stack: FakeStack, request: Recorded): Promise<Answer> {
  const { path, method, query, headers } = request;
  const instead = stack.instead.get(path);
  if (instead) return instead();
  if (path.startsWith(`${stack.proxy}/`)) {
    const { accept = '', range } = headers;
    const asked = await fetch(`${stack.inside.url}${path.slice(stack.proxy.length)}`, {
      method,
      headers: { accept, 'x-inside': 'yes', ...(range && { range }) },
    }).catch(() => undefined);
    if (!asked) return 'broken off';
    const { 'content-length': _, ...answered } = Object.fromEntries(asked.headers);
    return [asked.status, Buffer.from(await asked.arrayBuffer()), answered];
  }
  if (path === at.listener) return [200, { message: 'ready' }];
  if (/\/services\/[^/]+:http\/proxy\//.test(path)) return [200, 'well'];
  const found = stack.objects.get(path);
  if (found) return [200, found];
  const app = /^app=(.*)$/.exec(query.labelSelector ?? '')?.[1];
  const items = [...stack.objects]
    .filter(([key]) => key.startsWith(`${path}/`) && !key.slice(path.length + 1).includes('/'))
    .map(([, object]) => object)
    .filter(({ metadata }) => app === undefined || metadata.labels?.app === app);
  return /s$/.test(path) && (query.limit !== undefined || items.length > 0)
    ? [200, { items }]
    : refusal(404, 'NotFound', `${path} not found`);
}
