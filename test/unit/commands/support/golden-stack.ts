// A stack as its golden file declares it, in a cluster where all of it serves and a registry that holds its images; a test
// spoils a part of it.
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { repositoryIn } from '../../../../settings/settings.ts';
import type { System } from '../../../../systems/types.ts';
import { at, emptyStack, type FakeStack, PLATFORMS, serving, UID } from './stack.ts';

// biome-ignore lint/suspicious/noExplicitAny: the API's objects have no shape in common
type Declared = any;

const collections: Record<string, string> = {
  ...{ Deployment: '/apis/apps/v1', StatefulSet: '/apis/apps/v1', NetworkPolicy: '/apis/networking.k8s.io/v1' },
  ...{ Service: '/api/v1', ServiceAccount: '/api/v1', ConfigMap: '/api/v1', Secret: '/api/v1' },
  ...{ PersistentVolumeClaim: '/api/v1' },
};
const plural = (kind: string) => kind.toLowerCase().replace(/y$/, 'ie').concat('s');

export interface GoldenStack extends FakeStack {
  /** The API's path of an object of the workloads' namespace. */
  path(kind: string, name: string): string;
  /** The object itself. */
  object(kind: string, name: string): Declared;
  /** The pod of a service, that with number 0 unless said otherwise. */
  pod(service: string, number?: number): Declared;
}

/** `registry`: what the stack's file says of it, but for its address. */
export async function goldenStack(
  t: TestContext,
  name: string,
  system: System,
  registry: Record<string, unknown> & { name: string; prefix?: string },
): Promise<GoldenStack> {
  const fake = await emptyStack(t, name, url => ({
    ...registry,
    endpoint: url,
    ...(!registry.external && { outside: { host: '127.0.0.1', port: Number(new URL(url).port) } }),
  }));
  const { namespace } = system;
  const path = (kind: string, of: string, there = namespace) =>
    `${collections[kind]}/namespaces/${there}/${plural(kind)}/${of}`;
  const stack: GoldenStack = Object.assign(fake, {
    path: (kind: string, of: string) => path(kind, of),
    object: (kind: string, of: string) => fake.objects.get(path(kind, of)),
    pod: (service: string, number = 0) => fake.objects.get(at.core(namespace, 'pods', `${service}-${number}`)),
  });
  const images = new Map(
    system.services.map(service => {
      const repository = repositoryIn(registry, service.image);
      const digest = fake.registry.index(
        repository,
        system.builtBy === 'pipeline' ? 'main' : system.tag,
        PLATFORMS,
        {},
        service.name,
      );
      stack.digests.set(service.name, digest);
      return [`${registry.name}/${repository}:`, digest];
    }),
  );
  const text = readFileSync(`test/golden/${name}.yaml`, 'utf8').replace(
    /image: (\S+:)([\w.-]+)@sha256:[0-9a-f]{64}/g,
    (line, repository: string, tag: string) => {
      const digest = images.get(repository);
      return digest ? `image: ${repository}${tag}@${digest}` : line;
    },
  );
  for (const document of parseAllDocuments(text)) declare(document.toJS());
  fake.objects.set('/api/v1/namespaces/kube-system', { metadata: { name: 'kube-system', uid: UID } });
  fake.objects.set('/api/v1/nodes/n1', {
    metadata: { name: 'n1' },
    spec: {},
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      nodeInfo: { operatingSystem: 'linux', architecture: 'amd64' },
    },
  });
  return stack;

  function declare(object: Declared): void {
    const { kind, metadata, spec } = object;
    if (!collections[kind]) return;
    const data = Object.entries((object.stringData ?? {}) as Record<string, string>).map(([key, value]) => [
      key,
      base64(value),
    ]);
    fake.objects.set(path(kind, metadata.name, metadata.namespace), {
      ...object,
      ...(object.stringData && { data: Object.fromEntries(data) }),
      ...(kind === 'PersistentVolumeClaim' && { status: { phase: 'Bound' } }),
      ...(spec?.template && { metadata: { ...metadata, generation: 1 }, status: serving(spec.replicas) }),
    });
    for (let i = 0; spec?.template && i < spec.replicas; i++) {
      const pod = `${metadata.name}-${i}`;
      fake.objects.set(at.core(metadata.namespace, 'pods', pod), {
        metadata: { name: pod, namespace: metadata.namespace, labels: spec.template.metadata.labels },
        spec: { ...spec.template.spec, nodeName: 'n1' },
        status: {
          phase: 'Running',
          startTime: '2026-03-01T10:00:00Z',
          conditions: [{ type: 'Ready', status: 'True' }],
          containerStatuses: spec.template.spec.containers.map(
            ({ name: own, image }: { name: string; image: string }) => ({
              ...{ name: own, ready: true, imageID: image.replace(/:[^/@]*@/, '@'), state: { running: {} } },
            }),
          ),
        },
      });
    }
  }
}

export const base64 = (text: string) => Buffer.from(text).toString('base64');

/** The content of a pull secret. */
export const dockerConfig = (registry: string, user = 'teams', password = 'known') => ({
  '.dockerconfigjson': base64(JSON.stringify({ auths: { [registry]: { auth: base64(`${user}:${password}`) } } })),
});
