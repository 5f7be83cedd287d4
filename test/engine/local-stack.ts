// The stack `local` as the engine's tests run it: its committed file with secrets made up here, encrypted once.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Engine } from './engine.ts';
import type { FakeCluster } from './fake-cluster.ts';

// Not what pulumi would print by accident: a test can look for 4711 in whatever was written.
const secrets = {
  'slipway:registryTls.certificate': 'certificate-4711',
  'slipway:registryTls.key': 'key-4711',
  'slipway:registryHtpasswd': 'joe:$2y$05$hash-4711',
  'slipway:webhookSecret': 'webhook-4711',
};

/** The secrets as a stack file has them, by full key. */
export const encryptedSecrets = (engine: Engine): Promise<Record<string, unknown>> => engine.encrypt(secrets);

/** The committed configuration of `stack` on the tests' cluster, with `encrypted` and then `changes` over it. */
export function configuration(
  stack: string,
  cluster: FakeCluster,
  encrypted: Record<string, unknown>,
  changes: Record<string, unknown> = {},
): Record<string, unknown> {
  const { config } = parse(readFileSync(`Pulumi.${stack}.yaml`, 'utf8')) as { config: Record<string, unknown> };
  const values = {
    lock: `test/fixtures/locks/${stack}.yaml`,
    cluster: { context: 'slipway-sandbox', server: cluster.server },
    ...changes,
  };
  Object.assign(config, encrypted);
  for (const [key, value] of Object.entries(values)) config[`slipway:${key}`] = value;
  return config;
}
