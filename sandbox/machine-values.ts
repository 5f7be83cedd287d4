// What the machine adds to the committed stack files.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import bcrypt from 'bcryptjs';
import { buildSecrets } from './builder/build-secrets.ts';
import { builderName, externalCredentials, registryCredentials, storeCredentials } from './builder/docker-config.ts';
import { mirrorAddress } from './builder/mirror.ts';
import { CONTEXT, homePaths, type SandboxConfig } from './config.ts';
import { webhookSecret } from './git-script.ts';
import { lockPath } from './images/upstream-lock.ts';
import { outsideValues } from './outside/values.ts';
import type { Root } from './rootfs/root.ts';
import type { Stack } from './stacks.ts';

/** Plain values by key of the stack file. `clusterUid`: UID of the namespace kube-system. */
export async function machineValues(
  config: SandboxConfig,
  stack: Stack,
  clusterUid: string,
): Promise<Record<string, unknown>> {
  const { ports } = config;
  const port = ports[stack.registry];
  return {
    'slipway:cluster': { context: CONTEXT, uid: clusterUid, server: `https://127.0.0.1:${ports.api}` },
    'slipway:registry': {
      endpoint: `https://127.0.0.1:${port}`,
      ...(!stack.outside && { outside: { host: '127.0.0.1', port } }),
    },
    'slipway:lock': lockPath(config, stack.name),
    ...(stack.builds && { 'slipway:mirror': mirrorAddress(config), 'slipway:builder': builderName }),
    // In the open: Pulumi blots a secret out of all that it prints, and this is a word.
    ...(stack.outside && {
      'slipway:registryCredentials': { username: (await externalCredentials(config)).username },
      ...outsideValues(config, stack.volumes),
    }),
  };
}

/** Secrets by path in the stack file. `root`: a Debian tree. */
export async function machineSecrets(config: SandboxConfig, stack: Stack, root: Root): Promise<Record<string, string>> {
  const [registry, build] = await Promise.all([
    stack.outside ? externalSecrets(config, stack) : registrySecrets(config),
    stack.builds ? buildSecrets(config, root) : {},
  ]);
  return {
    ...registry,
    ...serviceSecrets(config, stack),
    ...(stack.pushes && { 'slipway:webhookSecret': await webhookSecret(config) }),
    ...Object.fromEntries(Object.entries(build).map(([id, text]) => [`slipway:buildSecrets.${id}`, text])),
  };
}

/** Who nodes are at the registry outside the cluster, and who may read the buckets. */
async function externalSecrets(config: SandboxConfig, { volumes }: Stack): Promise<Record<string, string>> {
  const [registry, store] = await Promise.all([externalCredentials(config), storeCredentials(config)]);
  const keys = Object.keys(volumes).flatMap(volume => [
    [`slipway:volumeKeys.${volume}.accessKey`, store.username],
    [`slipway:volumeKeys.${volume}.secretKey`, store.password],
  ]);
  return { 'slipway:registryCredentials.password': registry.password, ...Object.fromEntries(keys) };
}

/** A key that is made anew at each start matters at the first alone: what the stack has already stays. */
function serviceSecrets(config: SandboxConfig, { secrets }: Stack): Record<string, string> {
  const make = {
    'signing key': () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    authority: () => readFileSync(join(homePaths(config).pki, 'ca.crt'), 'utf8'),
  };
  return Object.fromEntries(
    Object.entries(secrets).flatMap(([name, keys]) =>
      Object.entries(keys).map(([key, kind]) => [`slipway:secrets["${name}"]["${key}"]`, make[kind]()]),
    ),
  );
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
