// What the machine adds to the committed stack file of `local`.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { buildSecrets } from './builder/build-secrets.ts';
import { registryCredentials } from './builder/docker-config.ts';
import { homePaths, type SandboxConfig } from './config.ts';
import { webhookSecret } from './git-script.ts';
import { lockPath } from './images/upstream-lock.ts';
import type { Root } from './rootfs/root.ts';

/** Plain values by key of the stack file. `clusterUid`: UID of the namespace kube-system. */
export function machineValues(config: SandboxConfig, clusterUid: string): Record<string, unknown> {
  const { ports } = config;
  return {
    'slipway:cluster': { uid: clusterUid, server: `https://127.0.0.1:${ports.api}` },
    'slipway:registry': {
      endpoint: `https://127.0.0.1:${ports.registry}`,
      outside: { host: '127.0.0.1', port: ports.registry },
    },
    'slipway:mirror': `127.0.0.1:${ports.mirror}`,
    'slipway:lock': lockPath(config),
  };
}

/** Secrets by path in the stack file. `root`: a Debian tree. */
export async function machineSecrets(config: SandboxConfig, root: Root): Promise<Record<string, string>> {
  const [registry, webhook, build] = await Promise.all([
    registrySecrets(config),
    webhookSecret(config),
    buildSecrets(config, root),
  ]);
  return {
    ...registry,
    'slipway:webhookSecret': webhook,
    ...Object.fromEntries(Object.entries(build).map(([id, text]) => [`slipway:buildSecrets.${id}`, text])),
  };
}

/** Those of a registry: its certificate and its password, by path in the stack file. */
export async function registrySecrets(config: SandboxConfig): Promise<Record<string, string>> {
  const { pki } = homePaths(config);
  const { username, password } = await registryCredentials(config);
  const [certificate, key] = await Promise.all(
    ['registry.crt', 'registry.key'].map(file => readFile(join(pki, file), 'utf8')),
  );
  return {
    'slipway:registryTls.certificate': certificate!,
    'slipway:registryTls.key': key!,
    // Hashed once, when the secret is first stored: a new salt at each start would be a new pod. The registry does this work
    // again for every request; a password that is nobody's choice is not guessed, however cheap a try is.
    'slipway:registryHtpasswd': `${username}:${await bcrypt.hash(password, 5)}`,
  };
}
