// What the machine adds to the committed stack file of `local`.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import bcrypt from 'bcryptjs';
import { registryCredentials } from './builder/docker-config.ts';
import { homePaths, type SandboxConfig } from './config.ts';
import { lockPath } from './images/upstream-lock.ts';
import type { MachineValues } from './pulumi.ts';

/** The secret that signs the git server's webhooks; made at the first call, for its owner alone. */
export const webhookSecretFile = (config: SandboxConfig) => join(config.home, 'secrets', 'webhook');

export async function webhookSecret(config: SandboxConfig): Promise<string> {
  const file = webhookSecretFile(config);
  if (!existsSync(file)) {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  }
  return readFile(file, 'utf8');
}

/** `clusterUid`: UID of the namespace kube-system. */
export async function machineValues(config: SandboxConfig, clusterUid: string): Promise<MachineValues> {
  const { pki } = homePaths(config);
  const { ports } = config;
  const { username, password } = await registryCredentials(config);
  const [certificate, key, webhook] = await Promise.all([
    readFile(join(pki, 'registry.crt'), 'utf8'),
    readFile(join(pki, 'registry.key'), 'utf8'),
    webhookSecret(config),
  ]);
  return {
    plain: {
      'slipway:cluster': { uid: clusterUid, server: `https://127.0.0.1:${ports.api}` },
      'slipway:registry': {
        endpoint: `https://127.0.0.1:${ports.registry}`,
        outside: { host: '127.0.0.1', port: ports.registry },
      },
      'slipway:mirror': `127.0.0.1:${ports.mirror}`,
      'slipway:lock': lockPath(config),
    },
    secret: {
      'slipway:registryTls.certificate': certificate,
      'slipway:registryTls.key': key,
      // Hashed once, when the secret is first stored: a new salt at each start would be a new pod.
      'slipway:registryHtpasswd': `${username}:${await bcrypt.hash(password, 10)}`,
      'slipway:webhookSecret': webhook,
    },
  };
}
