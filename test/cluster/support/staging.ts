// A second environment on the sandbox's cluster: the stack `staging` with a namespace, a registry and a lock of its own.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Lock, parseLock, printLock } from '../../../images/lock.ts';
import { registryCredentials } from '../../../sandbox/builder/docker-config.ts';
import { checkout } from '../../../sandbox/checkout.ts';
import { CONTEXT, NETWORK } from '../../../sandbox/config.ts';
import { lockPath } from '../../../sandbox/images/upstream-lock.ts';
import { registrySecrets } from '../../../sandbox/machine-values.ts';
import { pulumiEnv } from '../../../sandbox/pulumi.ts';
import { type Ended, execute, type Fixture } from './fixture.ts';
import { services } from './service.ts';

export const staging = {
  namespace: 'cerebral-staging',
  registryNamespace: 'registry-staging',
  registry: `${NETWORK.stagingRegistryIP}:5000`,
};

export interface Staging {
  pulumi: (...args: string[]) => Promise<Ended>;
  /** `slipway` with the stack files of the sandbox. */
  slipway: (...args: string[]) => Promise<Ended>;
  git: (...args: string[]) => Promise<Ended>;
  lock: () => Promise<Lock>;
  writeLock: (images: Lock['images']) => Promise<void>;
}

/** The stack, with every service waiting; nothing is declared yet. The lock is committed in a repository of its own. */
export async function makeStaging(f: Fixture): Promise<Staging> {
  const folder = join(f.config.home, 'pulumi');
  const locks = join(f.config.home, 'scratch', 'locks');
  const lockFile = join(locks, 'staging.yaml');
  const stackFile = join(folder, 'Pulumi.staging.yaml');
  const tools = await f.tools();
  const env = pulumiEnv(f.config, tools);
  const run = async (args: string[], cwd: string) => execute(tools.path('pulumi'), args, { cwd, env });
  await mkdir(locks, { recursive: true });
  const made = await run(['stack', 'init', 'staging'], folder);
  assert.equal(made.status, 0, made.output);
  const local = parse(await readFile(join(folder, 'Pulumi.local.yaml'), 'utf8')).config;
  const { encryptionsalt } = parse(await readFile(stackFile, 'utf8'));
  const { username, password } = await registryCredentials(f.config);
  const config = {
    'slipway:system': 'cerebral',
    'slipway:digests': 'lock',
    'slipway:lock': lockFile,
    'slipway:cluster': { context: CONTEXT, uid: local['slipway:cluster'].uid },
    'slipway:namespace': staging.namespace,
    'slipway:services': services,
    'slipway:nodePlatforms': ['linux/amd64'],
    'slipway:registry': {
      name: staging.registry,
      namespace: staging.registryNamespace,
      clusterIP: NETWORK.stagingRegistryIP,
      endpoint: `https://127.0.0.1:${f.config.ports.staging}`,
      storage: { size: '5Gi', protect: false },
      inside: { auth: 'password' },
      outside: { host: '127.0.0.1', port: f.config.ports.staging },
    },
    // In the open: Pulumi would blot the word out of all that it prints.
    'slipway:registryCredentials': { username },
  };
  await writeFile(stackFile, stringify({ encryptionsalt, config }));
  const secrets = {
    ...(await registrySecrets(f.config)),
    'slipway:registryCredentials.password': password,
  };
  const words = Object.entries(secrets).flatMap(([path, text]) => ['--secret', `${path}=${text}`]);
  const set = await run(['config', 'set-all', '--path', ...words, '--stack', 'staging'], folder);
  assert.equal(set.status, 0, set.output);

  const { upstream } = parseLock(await readFile(lockPath(f.config, 'local'), 'utf8'), 'local');
  const writeLock = (images: Lock['images']) => writeFile(lockFile, printLock({ version: 1, images, upstream }));
  const git = (...args: string[]) =>
    execute('git', ['-C', locks, '-c', 'user.name=suite', '-c', 'user.email=suite@example.com', ...args], {});
  await writeLock(Object.fromEntries(services.map(name => [`cerebral/${name}`, 'waiting' as const])));
  for (const args of [
    ['init', '--quiet', '--initial-branch=main'],
    ['add', '.'],
    ['commit', '--quiet', '-m', 'Wait'],
  ]) {
    const ended = await git(...args);
    assert.equal(ended.status, 0, ended.output);
  }
  return {
    pulumi: (...args) => run([...args, '--stack', 'staging', '--config-file', stackFile], checkout),
    slipway: (...args) => f.npm(['run', '--silent', 'sandbox:slipway', '--', ...args]),
    git,
    lock: async () => parseLock(await readFile(lockFile, 'utf8'), lockFile),
    writeLock,
  };
}

/** Forgets the stack, whatever it has come to. */
export async function removeStaging(f: Fixture, { pulumi }: Staging): Promise<void> {
  const destroyed = await pulumi('destroy', '--yes', '--skip-preview', '--color', 'never');
  assert.equal(destroyed.status, 0, destroyed.output);
  const tools = await f.tools();
  const folder = join(f.config.home, 'pulumi');
  await execute(tools.path('pulumi'), ['stack', 'rm', 'staging', '--yes', '--preserve-config'], {
    cwd: folder,
    env: pulumiEnv(f.config, tools),
  });
  await rm(join(folder, 'Pulumi.staging.yaml'), { force: true });
}
