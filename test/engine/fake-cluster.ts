// An API server that has a namespace kube-system, so that it is recognised, and the objects that a test gives it. It can
// be read, and asked what a change would make of an object; nothing changes it.
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';

export const clusterUid = '11111111-2222-4333-8444-555555555555';

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string>; [field: string]: unknown };
  [field: string]: unknown;
}

export interface FakeCluster {
  server: string;
  /** `METHOD path` of every request. */
  requests: string[];
  /** Makes it an API server with a schema, that has these objects. Without, providers take it for out of reach. */
  has(objects: readonly KubeObject[]): void;
  stop(): void;
}

/**
 * Starts it on a free port, and writes a kubeconfig for it to `kubeconfig`, its context called `context`. `also`: further
 * objects by path, which make no API server of it.
 */
export async function startFakeCluster(
  kubeconfig: string,
  context: string,
  also: Readonly<Record<string, object>> = {},
): Promise<FakeCluster> {
  const requests: string[] = [];
  let objects: Map<string, KubeObject> | undefined;
  const listener = http.createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    requests.push(`${request.method} ${pathname}`);
    if (objects && pathname === '/openapi/v2') return void response.end();
    const written = await text(request);
    const known =
      answers[pathname] ??
      also[pathname] ??
      (objects && (discovery[pathname] ?? objects.get(pathname) ?? listOf(pathname, objects)));
    const tried =
      request.method === 'PATCH' && searchParams.has('dryRun') ? { ...known, ...parse(written) } : undefined;
    const answer = request.method === 'GET' ? known : tried;
    response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 }));
  });
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
  const server = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'fake', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'nobody', user: {} }],
    contexts: [{ name: context, context: { cluster: 'fake', user: 'nobody' } }],
    'current-context': context,
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const has = (some: readonly KubeObject[]) => {
    objects = new Map(some.map(object => [pathOf(object), object]));
  };
  const stop = () => {
    listener.closeAllConnections();
    listener.close();
  };
  return { server, requests, has, stop };
}

const answers: Record<string, object | undefined> = {
  '/api/v1/namespaces/kube-system': {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'kube-system', uid: clusterUid },
  },
  '/version': { major: '1', minor: '34', gitVersion: 'v1.34.2' },
};

/** What it can have, by API version: plural by kind. */
const resources: Record<string, Record<string, string>> = {
  v1: {
    ConfigMap: 'configmaps',
    Endpoints: 'endpoints',
    PersistentVolumeClaim: 'persistentvolumeclaims',
    Pod: 'pods',
    Secret: 'secrets',
    Service: 'services',
    ServiceAccount: 'serviceaccounts',
  },
  'apps/v1': { Deployment: 'deployments', ReplicaSet: 'replicasets' },
  'networking.k8s.io/v1': { NetworkPolicy: 'networkpolicies' },
};

const root = (version: string) => (version === 'v1' ? '/api/v1' : `/apis/${version}`);

function pathOf({ apiVersion, kind, metadata }: KubeObject): string {
  return `${root(apiVersion)}/namespaces/${metadata.namespace}/${resources[apiVersion]![kind]}/${metadata.name}`;
}

function listOf(pathname: string, objects: ReadonlyMap<string, KubeObject>): object | undefined {
  const plurals = Object.values(resources).flatMap(kinds => Object.values(kinds));
  if (!plurals.includes(pathname.split('/').at(-1) ?? '')) return undefined;
  const items = [...objects].flatMap(([path, object]) => (path.startsWith(`${pathname}/`) ? [object] : []));
  return { kind: 'List', apiVersion: 'v1', items };
}

const discovery: Record<string, object | undefined> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: Object.keys(resources)
      .filter(version => version !== 'v1')
      .map(groupVersion => {
        const [name, version] = groupVersion.split('/');
        return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
      }),
  },
  ...Object.fromEntries(
    Object.entries(resources).map(([groupVersion, kinds]) => [
      root(groupVersion),
      {
        kind: 'APIResourceList',
        apiVersion: 'v1',
        groupVersion,
        resources: Object.entries(kinds).map(([kind, name]) => ({
          name,
          kind,
          namespaced: true,
          verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
        })),
      },
    ]),
  ),
};
