// Who nodes are at a registry that asks them for a password: the pull secret that the services' accounts name is there, is
// for this registry, and is let in to each image.
import pMap from 'p-map';
import type { KubeObject } from '../../cluster/kube.ts';
import { containerOf } from '../../cluster/workload.ts';
import { type Credentials, dockerConfigOf, entryFor } from '../../images/credentials.ts';
import { formatReference, parseReference, type Reference } from '../../images/reference.ts';
import { RegistryError, UnreachableError } from '../../images/registry-errors.ts';
import type { Settings } from '../../settings/settings.ts';
import type { ServiceEntry } from '../../systems/types.ts';
import { type Context, NotAsked } from '../context.ts';
import { type Check, type Finding, fault, ok, up } from './finding.ts';

export function pullSecretChecks({ registry }: Settings): Check[] {
  if (!registry.external && registry.inside.auth !== 'password') return [];
  return [{ group: 'registry', name: 'pull secret', ask: pullSecret }];
}

/** How nodes sign in for some services. */
interface Way {
  services: ServiceEntry[];
  /** Names of Secrets; none is nobody. */
  secrets: string[];
}

async function pullSecret(context: Context): Promise<Finding> {
  const ways = await waysOf(context);
  if (ways.length === 0) throw new NotAsked('no service of the stack is declared yet');
  const found = await pMap(ways, way => examined(context, way), { concurrency: 1 });
  return found.find(({ verdict }) => verdict === 'fault') ?? ok(found.map(({ seen }) => seen).join('; '));
}

/** The services that have an account in the cluster, together with those that sign in alike. */
async function waysOf({ kube, settings }: Context): Promise<Way[]> {
  const api = await kube();
  const ways = new Map<string, Way>();
  const accounts = await pMap(
    settings.services,
    ({ name }) => api.get<KubeObject>(`/api/v1/namespaces/${settings.namespace}/serviceaccounts/${name}`),
    { concurrency: 8 },
  );
  for (const [i, account] of accounts.entries()) {
    if (!account) continue;
    const named = (account.imagePullSecrets ?? []) as { name: string }[];
    const secrets = named.map(({ name }) => name).sort();
    const way = ways.get(secrets.join()) ?? { services: [], secrets };
    way.services.push(settings.services[i]!);
    ways.set(secrets.join(), way);
  }
  return [...ways.values()];
}

async function examined(context: Context, { services, secrets }: Way): Promise<Finding> {
  const { stack, namespace, registry } = context.settings;
  const set = `pulumi config set --stack ${stack} --secret --path slipway:registryCredentials`;
  const other = `${set}.username <user>; ${set}.password <password>; ${up(context)}`;
  const faults: Finding[] = [];
  let who: Credentials | undefined;
  // A kubelet takes the first that has an entry for the registry.
  for (const name of secrets) {
    const secret = await (await context.kube()).get(`/api/v1/namespaces/${namespace}/secrets/${name}`);
    const label = `Secret ${namespace}/${name}`;
    const read = secret && signInOf(secret, [registry.name, ...registry.aliases]);
    if (!read) faults.push(fault(`there is no ${label}, by which nodes pull from ${registry.name}`, up(context)));
    else if ('fault' in read) faults.push(fault(`${label}, by which nodes pull, ${read.fault}`, up(context)));
    else who ??= read;
  }
  if (!who && faults.length > 0) return faults[0]!;
  const name = who === undefined ? 'nobody' : `${who.username} (Secret ${namespace}/${secrets.join(', ')})`;
  const client = context.client(registry.endpoint, who ?? 'nobody');
  const images = (await pMap(services, entry => imageOf(context, entry), { concurrency: 8 })).flatMap(one => one ?? []);
  try {
    // Before there is an image, the registry itself is asked.
    if (images.length === 0) await client.ping(registry.name);
    for (const image of images) {
      if (await client.head(image)) continue;
      // Some registries show what one may not see as what is not there.
      if (!(await (await context.registry()).head(image))) continue;
      return fault(`${registry.name} does not show ${formatReference(image)} to ${name}: no node can pull it`, other);
    }
  } catch (error) {
    if (error instanceof UnreachableError) throw new NotAsked(`${error.message} (doctor: registry outside)`);
    if (!(error instanceof RegistryError) || ![401, 403].includes(error.status)) throw error;
    return fault(
      who === undefined
        ? `${registry.name} asks for a password, and nodes have none: ServiceAccount ${namespace}/${services[0]!.name} names no pull secret`
        : `${registry.name} refuses ${name}: no node can pull; ${error.message}`,
      other,
    );
  }
  return ok(`nodes pull from ${registry.name} as ${name}: ${images.length} images are shown to them`);
}

function signInOf({ data }: KubeObject, names: string[]): Credentials | { fault: string } {
  const text = Buffer.from(String(data?.['.dockerconfigjson'] ?? ''), 'base64').toString('utf8');
  const config = dockerConfigOf(text);
  if (!config) return { fault: 'holds no docker config' };
  for (const name of names) {
    try {
      const found = entryFor(config, name, 'it');
      if (found) return found;
    } catch {
      return { fault: `has an entry for ${name} that is no user and password` };
    }
  }
  const known = Object.keys(config.auths ?? {});
  return { fault: `has no password for ${names[0]}; it is for ${known.join(', ') || 'no registry'}` };
}

/** What nodes must pull for a service: what its workload says, else what an `up` would. */
async function imageOf(context: Context, entry: ServiceEntry): Promise<Reference | undefined> {
  const { registry } = context.settings;
  const deployment = (await context.deployments()).get(entry.name);
  const image = deployment
    ? containerOf(deployment).image
    : (await context.wanted(entry).catch(() => undefined))?.image;
  const reference = image === undefined ? undefined : parseReference(image);
  return reference && [registry.name, ...registry.aliases].includes(reference.registry) ? reference : undefined;
}
