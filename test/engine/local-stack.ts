// The stack `local` on the real engine: its committed configuration, with a lock, a cluster and secrets of the tests.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Engine, startEngine } from './engine.ts';
import { type FakeCluster, startFakeCluster } from './fake-cluster.ts';

const context = 'slipway-sandbox';

/** By path. Not what pulumi would print by accident: a test can look for 4711 in whatever was written. */
export const secrets = {
  'slipway:registryTls.certificate': 'certificate-4711',
  'slipway:registryTls.key': 'key-4711',
  'slipway:registryHtpasswd': 'joe:$2y$05$hash-4711',
  'slipway:webhookSecret': 'webhook-4711',
};

export interface LocalStack {
  engine: Engine;
  cluster: FakeCluster;
  /** What leads pulumi to the cluster. */
  env: { KUBECONFIG: string };
  /** Writes the stack file; `changes` by key without namespace. */
  configure(changes?: Record<string, unknown>): void;
  end(): void;
}

export async function startLocal(): Promise<LocalStack> {
  const engine = await startEngine('.', 'local');
  const encrypted = await engine.encrypt(secrets);
  const env = { KUBECONFIG: join(engine.folder, 'kubeconfig') };
  const cluster = await startFakeCluster(env.KUBECONFIG, context);
  return {
    engine,
    cluster,
    env,
    configure: (changes = {}) => engine.configure(configuration('local', cluster, changes, encrypted)),
    end: () => {
      cluster.stop();
      engine.end();
    },
  };
}

/** The committed configuration of a stack with the tests' lock and cluster, `changes`, and secrets as they are encrypted. */
export function configuration(
  stack: string,
  { server }: FakeCluster,
  changes: Record<string, unknown>,
  encrypted: Record<string, unknown>,
): Record<string, unknown> {
  const { config } = parse(readFileSync(`Pulumi.${stack}.yaml`, 'utf8')) as { config: Record<string, unknown> };
  const values = { lock: `test/fixtures/locks/${stack}.yaml`, cluster: { context, server }, ...changes };
  const plain = Object.entries(values).map(([key, value]) => [`slipway:${key}`, value]);
  return { ...config, ...encrypted, ...Object.fromEntries(plain) };
}
