// A second environment on the sandbox's cluster: the stack `staging` with a namespace, a registry and a lock of its own.
import { registryCredentials } from '../../../sandbox/builder/docker-config.ts';
import { NETWORK } from '../../../sandbox/config.ts';
import { registrySecrets } from '../../../sandbox/machine-values.ts';
import { type Environment, makeEnvironment } from './environment.ts';
import type { Fixture } from './fixture.ts';
import { services } from './service.ts';

export const staging = {
  namespace: 'cerebral-staging',
  registryNamespace: 'registry-staging',
  registry: `${NETWORK.stagingRegistryIP}:5000`,
};

/** The stack, with every service waiting; nothing is declared yet. */
export async function makeStaging(f: Fixture): Promise<Environment> {
  const values = {
    ...(await secondRegistry(f, staging.registryNamespace)),
    'slipway:promotedFrom': 'local',
    'slipway:namespace': staging.namespace,
    'slipway:services': services,
    // Pods as the catalogue says, and no controller that an Ingress could wait for.
    'slipway:replicas': null,
    'slipway:ingress': null,
  };
  return makeEnvironment(f, 'staging', values, await secondRegistrySecrets(f));
}

/** Values of a stack whose registry is the sandbox's second one, in the cluster, and asks for a password. */
export async function secondRegistry(f: Fixture, namespace: string): Promise<Record<string, unknown>> {
  const { username } = await registryCredentials(f.config);
  return {
    'slipway:registry': {
      external: null,
      name: staging.registry,
      aliases: null,
      namespace,
      clusterIP: NETWORK.stagingRegistryIP,
      endpoint: `https://127.0.0.1:${f.config.ports.staging}`,
      storage: { size: '5Gi', protect: false },
      inside: { auth: 'password' },
      outside: { host: '127.0.0.1', port: f.config.ports.staging },
    },
    // In the open: Pulumi would blot the word out of all that it prints.
    'slipway:registryCredentials': { username },
  };
}

export async function secondRegistrySecrets(f: Fixture): Promise<Record<string, string>> {
  const { password } = await registryCredentials(f.config);
  return { ...(await registrySecrets(f.config)), 'slipway:registryCredentials.password': password };
}
