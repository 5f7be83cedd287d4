// One registry under several names: whichever of them a Dockerfile, a node or a person uses, a tag is the same digest.

import { isDeepStrictEqual } from 'node:util';
import pMap from 'p-map';
import type { Kube } from '../../cluster/kube.ts';
import { messageOf } from '../../cluster/one-line.ts';
import type { Digest } from '../../images/digest.ts';
import { brief } from '../../images/inspect.ts';
import type { RegistryClient } from '../../images/registry.ts';
import type { InCluster, Settings } from '../../settings/settings.ts';
import type { Context } from '../context.ts';
import { type Check, type Finding, fault, kubectl, ok } from './finding.ts';
import { serviceName } from './registry.ts';

const PARALLEL = 8;

export function namesChecks({ registry }: Settings): Check[] {
  if (registry.external) return [];
  return [{ group: 'registry', name: 'names', ask: context => names(context, registry) }];
}

interface Face {
  /** The names that lead to it. */
  names: string[];
  client: RegistryClient;
}

async function names(context: Context, registry: InCluster): Promise<Finding> {
  const { bases, tag: built, services } = context.settings;
  const [outside, inside, kube] = await Promise.all([context.outside(), context.inside(), context.kube()]);
  const sorted = sortNames(registry);
  for (const { alias, service, namespace, port } of sorted.inCluster) {
    if (await isRegistry(kube, registry, { namespace, service, port })) continue;
    return fault(
      `${alias} is no name of the registry: Service ${namespace}/${service} does not lead to it`,
      kubectl(context, `--namespace ${namespace} get service ${service} --output yaml`),
    );
  }
  const faces: Face[] = [
    { names: [registry.name, ...sorted.inCluster.map(({ alias }) => alias)], client: inside },
    { names: [registry.endpoint], client: outside },
  ];
  const address = `https://${registry.outside.host}${registry.outside.port === 443 ? '' : `:${registry.outside.port}`}`;
  if (new URL(address).host !== new URL(registry.endpoint).host) {
    const client = context.client(address, 'docker config');
    try {
      await client.ping(registry.name);
    } catch (error) {
      return fault(messageOf(error), `curl --verbose ${address}/v2/`);
    }
    faces.push({ names: [address], client });
  }

  const tags = [
    ...bases.map(({ repository, tag }) => ({ repository, tag })),
    ...services.map(({ image }) => ({ repository: image, tag: built })),
  ];
  const look = (tag: (typeof tags)[number]) =>
    Promise.all(faces.map(({ client }) => client.head({ registry: registry.name, ...tag })));
  const different = await pMap(
    tags,
    async tag => {
      // A tag may move between two looks; it does not do so each time.
      const digests = isOne(await look(tag)) ? undefined : await look(tag);
      return digests && !isOne(digests) ? [{ ...tag, digests }] : [];
    },
    { concurrency: PARALLEL },
  );
  const [first] = different.flat();
  if (first) {
    const seen = faces.map(({ names: [name] }, i) => `${name}: ${shown(first.digests[i])}`).join(', ');
    return fault(
      `${different.flat().length} of ${tags.length} tags differ by name: ${first.repository}:${first.tag} is at ${seen}; the names lead to different registries`,
      `lead ${new URL(registry.endpoint).host} to Service ${serviceName(registry)}`,
    );
  }
  const unseen = sorted.elsewhere.length > 0 ? `; not looked up: ${sorted.elsewhere.join(', ')}` : '';
  return ok(`${tags.length} tags are the same under ${faces.flatMap(face => face.names).join(', ')}${unseen}`);
}

interface ServiceName {
  alias: string;
  service: string;
  namespace: string;
  port: number;
}

/** Aliases that name a Service, and those that are names of neither the cluster nor the address outside. */
function sortNames(registry: InCluster): { inCluster: ServiceName[]; elsewhere: string[] } {
  const outside = [new URL(registry.endpoint).hostname, registry.outside.host];
  const inCluster: ServiceName[] = [];
  const elsewhere: string[] = [];
  for (const alias of registry.aliases) {
    const [, service, namespace, port = '80'] = /^([^.:]+)\.([^.:]+)\.svc(?:\.[^:]+)?(?::(\d+))?$/.exec(alias) ?? [];
    if (service && namespace) inCluster.push({ alias, service, namespace, port: Number(port) });
    else if (!outside.includes(alias.replace(/:\d+$/, ''))) elsewhere.push(alias);
  }
  return { inCluster, elsewhere };
}

// A Service of another name may lead to the same pods.
async function isRegistry(
  kube: Kube,
  registry: Settings['registry'],
  { namespace, service, port }: Omit<ServiceName, 'alias'>,
): Promise<boolean> {
  const path = (ns: string, name: string) => `/api/v1/namespaces/${ns}/services/${name}`;
  const [found, own] = await Promise.all([
    kube.get(path(namespace, service)),
    kube.get(path(registry.namespace, registry.service)),
  ]);
  const ports: { port: number }[] = found?.spec?.ports ?? [];
  return (
    namespace === registry.namespace &&
    isDeepStrictEqual(found?.spec?.selector, own?.spec?.selector) &&
    ports.some(one => one.port === port)
  );
}

function isOne(digests: readonly (Digest | undefined)[]): boolean {
  return new Set(digests).size === 1;
}

function shown(digest: Digest | undefined): string {
  return digest ? brief(digest) : 'not there';
}
