// What a command that looks at a stack looks at: its settings, lock, cluster and registry. Each is asked for when it is
// first needed, and once.
import { readFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { resolve } from 'node:path';
import { clusterId, fromKubeconfig, type Kube, type KubeObject } from '../cluster/kube.ts';
import { listRuns, type Run } from '../cluster/runs.ts';
import { containerOf, type Deployment, rolledOutImage } from '../cluster/workload.ts';
import { type Credentials, credentialsFor } from '../images/credentials.ts';
import type { Endpoint } from '../images/endpoints.ts';
import { type Lock, parseLock } from '../images/lock.ts';
import { RegistryClient, type RegistryOptions } from '../images/registry.ts';
import { checkCluster } from '../settings/cluster.ts';
import { resolveServices, type ServiceDigest } from '../settings/digests.ts';
import { pipelineNamespace } from '../settings/objects.ts';
import type { Settings } from '../settings/settings.ts';
import type { ServiceEntry } from '../systems/types.ts';
import { checkout } from './checkout.ts';
import { listDeployments } from './rollouts/deployments.ts';
import { within } from './within.ts';

/** Something could not be looked at, for a reason that is told elsewhere or is nobody's fault. */
export class NotAsked extends Error {
  override readonly name = 'NotAsked';
}

/** How the world is reached; the defaults are this machine's. Times in milliseconds. */
export interface Means {
  connect?: (context: string) => Promise<Kube>;
  readText?: (file: string) => Promise<string>;
  credentials?: RegistryOptions['credentials'];
  /** For the first answer of cluster and registry: whoever gives none is not asked again. Default 8000. */
  patience?: number;
  now?: Date;
}

export interface Context {
  readonly settings: Settings;
  readonly now: Date;
  readonly credentials: NonNullable<RegistryOptions['credentials']>;
  lock(): Promise<Lock>;
  /** The cluster that the stack's context leads to, whichever it is. Throws what is wrong with the way there. */
  reached(): Promise<{ kube: Kube; uid: string }>;
  /** The stack's own cluster. Throws NotAsked. */
  kube(): Promise<Kube>;
  /** A client of the registry at `url`, as who the docker config says, nobody, or somebody else. It may not answer. */
  client(url: string, as: 'docker config' | 'nobody' | Credentials): RegistryClient;
  /** The registry at its address outside, once it has answered. Throws NotAsked. */
  outside(): Promise<RegistryClient>;
  /** The registry as the cluster has it, by way of the API server. Throws NotAsked. */
  inside(): Promise<RegistryClient>;
  /** The registry by whichever of the two ways answers. Throws NotAsked. */
  registry(): Promise<RegistryClient>;
  nodes(): Promise<KubeObject[]>;
  /** Of the workloads' namespace, by name. */
  deployments(): Promise<Map<string, Deployment>>;
  runs(): Promise<Run[]>;
  /** What an `up` would declare for a service. */
  wanted(service: ServiceEntry): Promise<ServiceDigest>;
  /** Closes kept connections. */
  close(): void;
}

/** Where the API server leads to the registry's port inside; a registry's own paths follow. */
export function insideProxy({ registry: { namespace, service, name } }: Settings): string {
  return `/api/v1/namespaces/${namespace}/services/${service}:${portOf(name)}/proxy`;
}

/** The port that references name. */
export function portOf(registry: string): string {
  return registry.slice(registry.lastIndexOf(':') + 1);
}

const ANSWER = 5000; // milliseconds for one answer of the registry, which is tried twice

export function makeContext(settings: Settings, means: Means = {}): Context {
  const {
    connect = context => fromKubeconfig(undefined, context),
    readText = file => readFile(file, 'utf8'),
    credentials = credentialsFor,
    patience = 8000,
    now = new Date(),
  } = means;
  const { stack, cluster, registry } = settings;
  const opened: Kube[] = [];
  const names = { name: registry.name, aliases: registry.aliases };
  const clientOf = (endpoint: Endpoint, options: RegistryOptions) =>
    new RegistryClient({ endpoints: [endpoint], retries: 1, timeout: Math.min(ANSWER, patience), ...options });

  const context: Context = {
    settings,
    now,
    credentials,
    lock: once(async () => parseLock(await readText(resolve(checkout, settings.lock)), settings.lock)),
    reached: once(() =>
      within(patience, async () => {
        const kube = await connect(cluster.context);
        opened.push(kube);
        return { kube, uid: await clusterId(kube) };
      }),
    ),
    kube: once(async () => {
      const { kube, uid } = await context.reached().catch(cause => {
        throw new NotAsked('the cluster does not answer (doctor: cluster identity)', { cause });
      });
      try {
        checkCluster(stack, cluster, { uid, server: kube.server });
      } catch (cause) {
        throw new NotAsked("another cluster answers than the stack's own (doctor: cluster identity)", { cause });
      }
      return kube;
    }),
    client: (url, as) => {
      if (as === 'nobody') return clientOf({ ...names, url }, {});
      return clientOf({ ...names, url }, { credentials: as === 'docker config' ? credentials : async () => as });
    },
    outside: once(async () => {
      const client = context.client(registry.endpoint, 'docker config');
      await within(patience, () => client.ping(registry.name)).catch(cause => {
        throw new NotAsked(`${registry.endpoint} does not let us in (doctor: registry outside)`, { cause });
      });
      return client;
    }),
    inside: once(async () => {
      const kube = await context.kube();
      const client = clientOf({ ...names, url: 'http://inside' }, { carry: carriedBy(kube, insideProxy(settings)) });
      await within(patience, () => client.ping(registry.name)).catch(cause => {
        throw new NotAsked('the API server can not show the registry (doctor: registry inside)', { cause });
      });
      return client;
    }),
    registry: once(() =>
      context.outside().catch(() =>
        context.inside().catch(() => {
          throw new NotAsked('the registry does not answer (doctor: registry outside and registry inside)');
        }),
      ),
    ),
    nodes: once(async () => (await context.kube()).list('/api/v1/nodes')),
    deployments: once(async () => listDeployments(await context.kube(), settings)),
    runs: once(async () => listRuns(await context.kube(), pipelineNamespace)),
    wanted: async service => {
      const lock = await context.lock().catch(cause => {
        throw new NotAsked(`${settings.lock} can't be read (doctor: settings lock)`, { cause });
      });
      const client = settings.digests === 'lock' ? undefined : await context.registry();
      const deployments = await context.deployments().catch(() => new Map<string, Deployment>());
      const { services } = await resolveServices(
        { ...settings, services: [service] },
        {
          ...{ lock, client, registryDeclared: true, workloads: true, preview: false },
          running: new Map([...deployments].map(([name, deployment]) => [name, containerOf(deployment).image])),
          rolledOut: new Map([...deployments.values()].flatMap(rolledOutImage)),
          patience: { tries: 0, milliseconds: 0, say: () => {} },
        },
      );
      return services.get(service.name)!;
    },
    close: () => {
      for (const kube of opened) kube.close();
    },
  };
  return context;
}

/** A fetch whose requests a proxy of the API carries; the URL's path is appended to `proxy`. */
function carriedBy(kube: Kube, proxy: string): typeof fetch {
  return async (url, init = {}) => {
    const { pathname, search } = new URL(String(url));
    const headers = Object.fromEntries(new Headers(init.headers));
    const {
      status,
      headers: answered,
      bytes,
    } = await kube.through(`${proxy}${pathname}${search}`, {
      method: init.method,
      headers,
    });
    const fault = faultOfTheWay(bytes);
    if (fault) throw new Error(`the API server says: ${fault}`);
    return new Response(new Uint8Array(bytes), { status, headers: webHeaders(answered) });
  };
}

/** The message where an answer is the API server's own word and not that of what stands behind it. */
export function faultOfTheWay(bytes: Buffer): string | undefined {
  try {
    const { kind, message } = JSON.parse(bytes.toString('utf8')) as { kind?: unknown; message?: unknown };
    return kind === 'Status' ? String(message) : undefined;
  } catch {
    return undefined;
  }
}

function webHeaders(headers: IncomingHttpHeaders): Headers {
  return new Headers(Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().map(one => [name, one])));
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Whether an error, or a cause of it, is of this kind. */
export function causeOf<T>(error: unknown, kind: abstract new (...args: never[]) => T): T | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof kind) return at;
  return undefined;
}
