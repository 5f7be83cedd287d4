// DOCKER_CONFIG of the sandbox: where docker-build finds the builder, and how it signs in at the stacks' registries.
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SandboxConfig } from '../config.ts';
import { builderSocket } from './builder.ts';

/** The builder's name in buildx; the stack file's `builder` says the same. */
export const builderName = 'slipway';

export interface Credentials {
  username: string;
  password: string;
}

const dockerFolder = (config: SandboxConfig): string => join(config.home, 'docker');

/** User and password of the registries in the cluster. */
export const registryCredentials = (config: SandboxConfig): Promise<Credentials> =>
  credentialsIn(config, 'registry-credentials.json', 'slipway');

/** User and password of the registry outside the cluster. */
export const externalCredentials = (config: SandboxConfig): Promise<Credentials> =>
  credentialsIn(config, 'external-credentials.json', 'external');

/** Who may read and write the store of objects: access key id, no word, as it is kept secret, and secret access key. */
export const storeCredentials = (config: SandboxConfig): Promise<Credentials> =>
  credentialsIn(config, 'store-credentials.json', randomBytes(10).toString('hex').toUpperCase());

/** Made at the first call, and kept in $SLIPWAY_HOME for its owner alone. Several parts of a start ask at once. */
async function credentialsIn(config: SandboxConfig, name: string, username: string): Promise<Credentials> {
  const file = join(dockerFolder(config), name);
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Credentials;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new Error(`${file} can't be read (${(error as Error).message}); npm run reset makes a new one`);
    }
  }
  await writeFirst(file, { username, password: randomBytes(24).toString('base64url') });
  return credentialsIn(config, name, username);
}

/** Writes `$SLIPWAY_HOME/docker/config.json`: the sign-in for the registries' ports on the loopback. */
export async function writeDockerConfig(config: SandboxConfig): Promise<void> {
  const { ports } = config;
  const [own, external] = await Promise.all([registryCredentials(config), externalCredentials(config)]);
  const signIn = (port: number, { username, password }: Credentials) => [
    `127.0.0.1:${port}`,
    { auth: Buffer.from(`${username}:${password}`).toString('base64') },
  ];
  await write(join(dockerFolder(config), 'config.json'), {
    auths: Object.fromEntries([
      ...[ports.registry, ports.staging, ports.aiStack].map(port => signIn(port, own)),
      signIn(ports.external, external),
    ]),
  });
}

/** Writes the buildx instance `slipway`: the remote driver on the builder's socket. */
export async function writeBuildxInstance(config: SandboxConfig): Promise<void> {
  const node = { Name: `${builderName}0`, Endpoint: `unix://${builderSocket(config)}` };
  const instance = { Name: builderName, Driver: 'remote', Nodes: [node], Dynamic: false };
  await write(join(dockerFolder(config), 'buildx', 'instances', builderName), instance);
}

/** Whole or not at all, for its owner alone. */
async function write(file: string, value: unknown): Promise<void> {
  await rename(await besides(file, value), file);
}

/** The same, where there is no such file: of several that write at once, the first one's stays. */
async function writeFirst(file: string, value: unknown): Promise<void> {
  const partial = await besides(file, value);
  try {
    await link(partial, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(partial);
  }
}

/** Writes a file of a name of its own beside `file`; gives its path. */
async function besides(file: string, value: unknown): Promise<string> {
  const partial = `${file}.${randomBytes(6).toString('hex')}.partial`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(partial, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  return partial;
}
