// The stack's registry: declared, or adopted as the cluster has it.
import * as pulumi from '@pulumi/pulumi';
import type { KubeObject } from '../cluster/kube.ts';
import type { RegistryLogin } from '../components/pull-secret.ts';
import { Registry, type RegistryArgs } from '../components/registry.ts';
import type { RegistryClient } from '../images/registry.ts';
import type { InCluster, Settings } from '../settings/settings.ts';

/** The registry's component; undefined where the stack declares none. The settings' checks have seen to what each needs. */
export function declareRegistry(
  settings: Settings,
  { image, allowFrom }: { image: () => pulumi.Input<string>; allowFrom: string[] },
  options: pulumi.ComponentResourceOptions,
): Registry | undefined {
  const { registry, registryTls, registryHtpasswd } = settings;
  if (registry.external || registry.adopt) return undefined;
  const { expose, port, nodePort, annotations } = registry.outside;
  return new Registry(
    'registry',
    {
      namespace: registry.namespace,
      service: registry.service,
      image: image(),
      clusterIP: registry.clusterIP,
      storage: storageOf(settings),
      tls: { certificate: pulumi.secret(registryTls!.certificate), key: pulumi.secret(registryTls!.key) },
      htpasswd: pulumi.secret(registryHtpasswd!),
      insideAuth: registry.inside.auth,
      allowFrom,
      nodes: registry.nodes,
      ...(expose !== 'none' && { expose: { by: expose, port, nodePort, annotations } }),
    },
    options,
  );
}

function storageOf({ registry, registryS3 }: Settings): RegistryArgs['storage'] {
  const { size, s3, ...volume } = registry.storage!;
  if (!s3) return { size: size!, ...volume };
  return { s3, accessKey: pulumi.secret(registryS3!.accessKey), secretKey: pulumi.secret(registryS3!.secretKey) };
}

/** Who nodes and builds are at the registry; undefined where it asks them for no password. */
export function loginOf({ registry, registryCredentials }: Settings): RegistryLogin | undefined {
  if (!registryCredentials || (!registry.external && registry.inside.auth !== 'password')) return undefined;
  const { username, password } = registryCredentials;
  return { registries: [registry.name, ...registry.aliases], username, password: pulumi.secret(password) };
}

/**
 * Throws, before anything is declared, unless the world fits: the registry that the stack adopts is there, is what the
 * stack file tells of and answers; one outside of the cluster answers; or where it declares one, there is none of somebody else's. `service`: the Service that
 * the stack file names, as the cluster has it.
 */
export async function checkRegistry(
  settings: Settings,
  service: KubeObject | undefined,
  client: RegistryClient,
): Promise<void> {
  const { stack, registry } = settings;
  if (!registry.external && !registry.adopt) return checkNobodys(settings, service);
  const answered = client.ping(registry.name).then(
    () => [],
    (error: Error) => [`${error.message}; slipway:registry.endpoint must lead to it, and let you in`],
  );
  const faults = [...(registry.external ? [] : serviceFaults(registry, service)), ...(await answered)];
  if (faults.length === 0) return;
  const how = registry.external ? 'uses' : 'adopts';
  const head = `stack ${stack} ${how} a registry that is not as Pulumi.${stack}.yaml tells. Nothing was changed:`;
  throw new Error([head, ...faults].join('\n  '));
}

// Server-side apply would write over what is there.
function checkNobodys({ stack, registry }: Settings, service: KubeObject | undefined): void {
  if (!service || service.metadata?.labels?.['app.kubernetes.io/managed-by'] === 'slipway') return;
  throw new Error(
    `stack ${stack} declares a registry where the cluster has another: Service ${registry.namespace}/${registry.service} is not Slipway's. Nothing was changed: use it as it is by slipway:registry.adopt, or choose another slipway:registry.namespace`,
  );
}

function serviceFaults(registry: InCluster, service: KubeObject | undefined): string[] {
  const name = `Service ${registry.namespace}/${registry.service}`;
  const remedy = 'correct slipway:registry.namespace and .service, or leave out slipway:registry.adopt to declare one';
  if (!service) return [`the cluster has no ${name}; ${remedy}`];
  const faults: string[] = [];
  const { clusterIP, ports = [] } = service.spec ?? {};
  if (clusterIP !== registry.clusterIP) {
    faults.push(`${name} has the ClusterIP ${clusterIP}; slipway:registry.clusterIP is ${registry.clusterIP}`);
  }
  const port = Number(registry.name.split(':').at(-1));
  const found = (ports as { port: number }[]).map(one => one.port);
  if (!found.includes(port)) {
    faults.push(`${name} has the ports ${found.join(', ') || 'none'}; slipway:registry.name says ${port}`);
  }
  return faults;
}
