// What the machine adds to the committed stack file of `local`.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { buildSecrets } from './builder/build-secrets.ts';
import { registryCredentials } from './builder/docker-config.ts';
import { homePaths, type SandboxConfig } from './config.ts';
import { webhookSecret } from './git-script.ts';
import { lockPath } from './images/upstream-lock.ts';
import type { MachineValues } from './pulumi.ts';
import type { Root } from './rootfs/root.ts';

/** `root`: a Debian tree. `clusterUid`: UID of the namespace kube-system. */
export async function machineValues(config: SandboxConfig, root: Root, clusterUid: string): Promise<MachineValues> {
  const { pki } = homePaths(config);
  const { ports } = config;
  const { username, password } = await registryCredentials(config);
  const [certificate, key, webhook, build] = await Promise.all([
    readFile(join(pki, 'registry.crt'), 'utf8'),
    readFile(join(pki, 'registry.key'), 'utf8'),
    webhookSecret(config),
    buildSecrets(config, root),
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
      ...Object.fromEntries(Object.entries(build).map(([id, text]) => [`slipway:buildSecrets.${id}`, text])),
    },
  };
}
