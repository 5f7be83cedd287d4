// What a service's pods need of the cluster before they start: ConfigMaps, Secrets with their keys, claims, drivers of volumes;
// and that the workload still takes each variable and each folder of data as the catalogue says.
import pMap from 'p-map';
import type { KubeObject } from '../../cluster/kube.ts';
import { KubeError } from '../../cluster/kube-error.ts';
import type { Deployment } from '../../cluster/workload.ts';
import { bucketKeysSecret } from '../../settings/objects.ts';
import type { Settings } from '../../settings/settings.ts';
import type { ServiceEntry } from '../../systems/types.ts';
import { type Context, NotAsked } from '../context.ts';
import { environmentOf } from './environment.ts';
import { type Check, type Finding, fault, kubectl, ok, up } from './finding.ts';
import { type Needs, needsOf, undeclaredNeeds } from './pod-needs.ts';

export function needsChecks({ services }: Settings): Check[] {
  return services.map(entry => ({
    ...{ group: 'rollouts', name: 'needs', subject: entry.name },
    ask: context => needs(context, entry),
  }));
}

async function needs(context: Context, entry: ServiceEntry): Promise<Finding> {
  const deployment = (await context.deployments()).get(entry.name);
  const wanted = deployment ? needsOf(deployment) : undeclaredNeeds(context.settings, entry);
  const looks: (() => Promise<Finding | undefined>)[] = [
    ...[...wanted.secrets].map(
      ([name, keys]) =>
        () =>
          secret(context, name, keys),
    ),
    ...[...wanted.configMaps].map(
      ([name, keys]) =>
        () =>
          configMap(context, name, keys),
    ),
    ...[...wanted.claims].map(name => () => claim(context, name)),
    ...[...wanted.drivers].map(name => () => driver(context, name)),
    ...(deployment ? [() => asCatalogued(context, entry, deployment, wanted)] : []),
  ];
  const unseen: string[] = [];
  const found = await pMap(looks, look => look().catch(error => void unseen.push(refusalOf(error))), {
    concurrency: 4,
  });
  const faults = found.flatMap(one => one ?? []);
  if (faults.length > 0) return fault(faults.map(({ seen }) => seen).join('; '), faults[0]!.remedy!);
  if (unseen.length > 0) throw new NotAsked(`your account in the cluster may not look: ${unseen.join('; ')}`);
  const named = [
    ...[...wanted.configMaps.keys()].map(name => `ConfigMap ${name}`),
    ...[...wanted.secrets.keys()].map(name => `Secret ${name}`),
    ...[...wanted.claims].map(name => `PersistentVolumeClaim ${name}`),
    ...[...wanted.drivers].map(name => `driver ${name}`),
  ];
  return ok(named.length > 0 ? `all is there: ${named.join(', ')}` : 'it needs nothing of the cluster');
}

// What one may not see hides nothing else.
function refusalOf(error: unknown): string {
  if (error instanceof KubeError && error.status === 403) return error.message;
  throw error;
}

const textOf = (value: string) => Buffer.from(value, 'base64').toString('utf8').trim();

// Of a value, only whether there is one is looked at.
async function secret(context: Context, name: string, keys: ReadonlySet<string>): Promise<Finding | undefined> {
  const { namespace, secrets, volumeKeys } = context.settings;
  const kube = await context.kube();
  const found = await kube.get(`/api/v1/namespaces/${namespace}/secrets/${name}`);
  const label = `Secret ${namespace}/${name}`;
  const data: Record<string, string> = found?.data ?? {};
  const missing = [...keys].filter(key => data[key] === undefined);
  const empty = [...keys].filter(key => data[key] !== undefined && textOf(data[key]) === '');
  if (found && missing.length === 0 && empty.length === 0) return undefined;
  const declared = name in secrets || Object.keys(volumeKeys).some(volume => name === bucketKeysSecret(volume));
  const literals = [...missing, ...empty].map(key => ` --from-file=${key}=<file>`).join('');
  const make = `--namespace ${namespace} create secret generic ${name}${literals} --dry-run=client --output yaml`;
  const remedy = declared
    ? up(context)
    : `${kubectl(context, make)} | ${kubectl(context, 'apply --server-side --filename -')}`;
  if (!found) {
    const elsewhere = await namespacesWith(context, name);
    const other = elsewhere.length > 0 ? `; namespace ${elsewhere.join(', ')} has one of that name` : '';
    const wanted = missing.length > 0 ? ` (${missing.join(', ')})` : '';
    return fault(`there is no ${label}${wanted}${other}`, remedy);
  }
  const what = [
    ...(missing.length > 0 ? [`has no key ${missing.join(', ')}`] : []),
    ...(empty.length > 0 ? [`has nothing under ${empty.join(', ')}`] : []),
  ];
  return fault(`${label} ${what.join(' and ')}`, remedy);
}

/** Where Secrets of that name are; none where nobody may look. No value is asked for. */
async function namespacesWith(context: Context, name: string): Promise<string[]> {
  const kube = await context.kube();
  const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
  const query = new URLSearchParams({ fieldSelector: `metadata.name=${name}` });
  try {
    const { status, bytes } = await kube.through(`/api/v1/secrets?${query}`, { headers: { accept } });
    if (status !== 200) return [];
    const { items = [] } = JSON.parse(bytes.toString('utf8')) as { items?: KubeObject[] };
    return items.map(({ metadata }) => metadata.namespace!);
  } catch {
    return [];
  }
}

async function configMap(context: Context, name: string, keys: ReadonlySet<string>): Promise<Finding | undefined> {
  const { namespace } = context.settings;
  const found = await (await context.kube()).get(`/api/v1/namespaces/${namespace}/configmaps/${name}`);
  if (!found) return fault(`there is no ConfigMap ${namespace}/${name}`, up(context));
  const missing = [...keys].filter(key => found.data?.[key] === undefined && found.binaryData?.[key] === undefined);
  if (missing.length === 0) return undefined;
  return fault(`ConfigMap ${namespace}/${name} has no key ${missing.join(', ')}`, up(context));
}

async function claim(context: Context, name: string): Promise<Finding | undefined> {
  const { stack, namespace } = context.settings;
  const found = await (await context.kube()).get(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`);
  const label = `PersistentVolumeClaim ${namespace}/${name}`;
  if (!found) return fault(`there is no ${label}`, `make it, or change slipway:volumes in Pulumi.${stack}.yaml`);
  const phase = found.status?.phase ?? 'not seen yet';
  if (phase === 'Bound') return undefined;
  return fault(`${label} is ${phase}, not Bound`, kubectl(context, `--namespace ${namespace} describe pvc ${name}`));
}

async function driver(context: Context, name: string): Promise<Finding | undefined> {
  const kube = await context.kube();
  const nodes = await kube.list('/apis/storage.k8s.io/v1/csinodes');
  const has = ({ spec }: KubeObject) => (spec?.drivers ?? []).some((one: { name: string }) => one.name === name);
  if (nodes.some(has)) return undefined;
  return fault(
    `no node has the driver ${name}, by which a volume is mounted`,
    `install ${name}, or change slipway:volumes in Pulumi.${context.settings.stack}.yaml`,
  );
}

// Somebody may have taken a reference out, or a value: the service would not start without it.
async function asCatalogued(
  context: Context,
  { name, required = [], secretEnv = {}, secretFiles = {}, data = {} }: ServiceEntry,
  deployment: Deployment,
  { variables, mounts, environments }: Needs,
): Promise<Finding | undefined> {
  const { namespace } = context.settings;
  const given = await environmentOf(context, { environments });
  const label = `${deployment.kind} ${namespace}/${name}`;
  const unset = required.filter(variable => !variables.has(variable) && !given[variable]?.trim());
  const unread = Object.keys(secretEnv).filter(variable => !variables.get(variable)?.secret);
  const unmounted = [...Object.keys(secretFiles), ...Object.values(data)].filter(path => !mounts.includes(path));
  const seen = [
    ...(unset.length > 0 ? [`the environment of ${label} has no ${unset.join(', ')}`] : []),
    ...(unread.length > 0 ? [`${label} takes ${unread.join(', ')} from no Secret`] : []),
    ...(unmounted.length > 0 ? [`${label} mounts nothing at ${unmounted.join(', ')}`] : []),
  ];
  return seen.length > 0 ? fault(seen.join('; '), up(context)) : undefined;
}
