// The registry itself: from outside, inside the cluster, its certificate and its disk.
import { messageOf } from '../../cluster/one-line.ts';
import { type Deployment, pathOf } from '../../cluster/workload.ts';
import { RegistryError } from '../../images/registry-errors.ts';
import { registryWorkload } from '../../settings/objects.ts';
import type { Settings } from '../../settings/settings.ts';
import { type Context, faultOfTheWay, insideProxy, NotAsked } from '../context.ts';
import { podsOfDeployment } from '../rollouts/running.ts';
import { lifeOf, shownBy } from './certificate.ts';
import { type Check, type Finding, fault, kubectl, ok, up, warning } from './finding.ts';
import { serving } from './workload.ts';

export function registryChecks({ registry }: Settings): Check[] {
  return [
    { group: 'registry', name: 'outside', ask: outside },
    { group: 'registry', name: 'certificate', ask: certificate },
    // Of one outside of the cluster, nothing is in it.
    ...(registry.external
      ? []
      : ([
          { group: 'registry', name: 'inside', ask: inside },
          { group: 'registry', name: 'volume', ask: volume },
        ] satisfies Check[])),
  ];
}

async function outside(context: Context): Promise<Finding> {
  const { stack, registry } = context.settings;
  const { endpoint } = registry;
  const host = new URL(endpoint).host;
  const signedIn = await signInOf(context, host);
  try {
    await context.client(endpoint, 'docker config').ping(registry.name);
  } catch (error) {
    const message = messageOf(error);
    const refused = error instanceof RegistryError && (error.status === 401 || error.status === 403);
    if (!refused) {
      const elsewhere = `; where its host (region) is another: slipway:registry.name in Pulumi.${stack}.yaml`;
      return fault(message, `curl --verbose ${endpoint}/v2/${registry.external ? elsewhere : ''}`);
    }
    const who = signedIn === undefined ? `the docker config has nobody for ${host}` : `it refuses ${signedIn}`;
    return fault(`${endpoint} asks for a password, and ${who}: ${message}`, `docker login ${host}`);
  }
  const open = await context
    .client(endpoint, 'nobody')
    .ping(registry.name)
    .then(
      () => true,
      () => false,
    );
  if (open) {
    return warning(
      `${endpoint} lets everybody in without a password, and whoever reaches it may overwrite a base`,
      registry.external
        ? `have its owner ask for a password at ${host}`
        : `lead ${host} to port 5443 of Service ${serviceName(registry)}`,
    );
  }
  return ok(`${endpoint} lets ${signedIn ?? 'us'} in, and nobody without a password`);
}

/** As kubectl is told it: `namespace/name`. */
export function serviceName({ namespace, service }: Settings['registry']): string {
  return `${namespace}/${service}`;
}

async function signInOf(context: Context, host: string): Promise<string | undefined> {
  const { name, aliases } = context.settings.registry;
  for (const known of [host, name, ...aliases]) {
    const found = await context.credentials(known);
    if (found) return found.username;
  }
  return undefined;
}

async function certificate(context: Context): Promise<Finding> {
  const { stack, registry } = context.settings;
  const set = `pulumi config set --stack ${stack}`;
  if (!registry.endpoint.startsWith('https:')) {
    return warning(
      `${registry.endpoint} has no TLS: passwords go there in plain, and docker-build reads over HTTPS alone`,
      `${set} --path slipway:registry.endpoint https://…`,
    );
  }
  const shown = await shownBy(registry.endpoint).catch(cause => {
    throw new NotAsked(`${messageOf(cause)} (doctor: registry outside)`, { cause });
  });
  return lifeOf(
    context,
    `the certificate of ${registry.endpoint}`,
    shown,
    `${set} --secret --path slipway:registryTls.certificate < tls.crt`,
  );
}

async function inside(context: Context): Promise<Finding> {
  const { settings } = context;
  const { registry } = settings;
  const kube = await context.kube();
  const service = await kube.get(`/api/v1/namespaces/${registry.namespace}/services/${registry.service}`);
  if (!service) return fault(`there is no Service ${serviceName(registry)}`, up(context));
  const ports: { port: number }[] = service.spec?.ports ?? [];
  const addresses = ports.map(({ port }) => `${service.spec?.clusterIP}:${port}`);
  if (!addresses.includes(registry.name)) {
    return fault(`Service ${serviceName(registry)} is ${addresses[0]}, not ${registry.name}`, up(context));
  }
  if (!registry.external && !registry.adopt) {
    const workload = await serving(context, { namespace: registry.namespace, deployment: registryWorkload });
    if (workload.verdict === 'fault') return workload;
  }
  const { status, bytes } = await kube.through(`${insideProxy(settings)}/v2/`);
  const way = faultOfTheWay(bytes);
  // The kubelet's probe has seen it serve, so what is in the way lies between the API server and the pod.
  if (way !== undefined) {
    throw new NotAsked(
      `${registry.name} serves, and the API server may not show it (${way}); where the network enforces policies, name the API server's addresses in slipway:registry.nodes`,
    );
  }
  if (status === 200 || (status === 401 && registry.inside.auth === 'password')) {
    return ok(`${registry.name} answers in the cluster${status === 401 ? ', and asks for a password' : ''}`);
  }
  return fault(
    `${registry.name} answers in the cluster with status ${status}`,
    kubectl(context, `--namespace ${registry.namespace} logs --selector app=registry --container registry`),
  );
}

interface Measured {
  pods?: {
    volume?: {
      pvcRef?: { name: string; namespace: string };
      availableBytes?: number;
      capacityBytes?: number;
    }[];
  }[];
}

/** Parts of a volume that are left: below the first it is a warning, below the second a fault. */
const [LITTLE, NONE] = [0.1, 0.01];

// To try a write would tell more, and leave something behind.
async function volume(context: Context): Promise<Finding> {
  const { stack, registry } = context.settings;
  const { namespace } = registry;
  const { size } = registry.storage ?? {};
  if (size === undefined) {
    const declared = !registry.external && !registry.adopt;
    throw new NotAsked(declared ? 'its images are in a bucket' : 'the stack does not declare the registry');
  }
  const kube = await context.kube();
  const workload = { namespace, deployment: registryWorkload };
  const path = `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${registryWorkload}`;
  const [claim, deployment] = await Promise.all([kube.get(path), kube.get<Deployment>(pathOf(workload))]);
  if (!claim || !deployment) {
    return fault(`namespace ${namespace} has no ${claim ? 'Deployment' : 'claim'} of the registry`, up(context));
  }
  const describe = kubectl(context, `--namespace ${namespace} describe pvc ${registryWorkload}`);
  if (claim.status?.phase !== 'Bound') {
    return fault(`the registry's volume is ${claim.status?.phase ?? 'not seen yet'}, not Bound`, describe);
  }
  const pods = await podsOfDeployment(context, deployment);
  const node = pods.find(({ spec }) => spec.nodeName)?.spec.nodeName;
  if (node === undefined) throw new NotAsked('it is bound; how full it is nothing measures while no pod uses it');
  const { status, bytes } = await kube.through(`/api/v1/nodes/${node}/proxy/stats/summary`);
  if (status !== 200) throw new NotAsked(`it is bound; node ${node} does not tell how full it is (status ${status})`);
  const measured = (JSON.parse(bytes.toString('utf8')) as Measured).pods
    ?.flatMap(pod => pod.volume ?? [])
    .find(({ pvcRef }) => pvcRef?.name === registryWorkload && pvcRef.namespace === namespace);
  if (!measured?.capacityBytes || measured.availableBytes === undefined) {
    throw new NotAsked(`it is bound; how full it is, node ${node} does not measure for volumes of its kind`);
  }
  const { availableBytes, capacityBytes } = measured;
  const left = `the registry's volume has ${gigabytes(availableBytes)} left of ${gigabytes(capacityBytes)}`;
  const grow = `pulumi config set --stack ${stack} --path slipway:registry.storage.size <more than ${size}>`;
  if (availableBytes < NONE * capacityBytes) return fault(`${left}; pushes will fail`, grow);
  if (availableBytes < LITTLE * capacityBytes) return warning(left, grow);
  return ok(left);
}

export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e9 ? 2 : 1)} GB`;
}
