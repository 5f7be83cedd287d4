// Another environment on the sandbox's cluster: a committed stack as it is on this machine, with a namespace of its own, and
// a lock that is committed in a repository of its own.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Lock, parseLock, printLock } from '../../../images/lock.ts';
import { checkout } from '../../../sandbox/checkout.ts';
import { CONTEXT } from '../../../sandbox/config.ts';
import { lockPath } from '../../../sandbox/images/upstream-lock.ts';
import { prepareStack, pulumiEnv, stackArgs, stackFolder, writeStackFile } from '../../../sandbox/pulumi.ts';
import { type Ended, execute, type Fixture } from './fixture.ts';

export interface Environment {
  pulumi: (...args: string[]) => Promise<Ended>;
  /** What a `pulumi up` prints; asserts that it succeeds. */
  up: () => Promise<string>;
  /** `slipway` with the stack files of the sandbox. */
  slipway: (...args: string[]) => Promise<Ended>;
  /** Commits the lock as it is. */
  commit: (message: string) => Promise<void>;
  lock: () => Promise<Lock>;
  writeLock: (images: Lock['images']) => Promise<void>;
  /** Destroys the stack and forgets it. */
  remove: () => Promise<void>;
}

/** What a command printed; asserts that it succeeded. */
export function ok({ status, output }: Ended): string {
  assert.equal(status, 0, output);
  return output;
}

/** What a command printed; asserts that it failed. */
export function failed({ status, output }: Ended): string {
  assert.notEqual(status, 0, output);
  return output;
}

/**
 * The stack `name` of the checkout, of which nothing is declared yet and every service waits. `values`: what its file says
 * here in place of what is committed, by key; null takes a key away. `secrets`: by path in it.
 */
export async function makeEnvironment(
  f: Fixture,
  name: string,
  values: Record<string, unknown>,
  secrets: Record<string, string>,
): Promise<Environment> {
  const tools = await f.tools();
  const env = pulumiEnv(f.config, tools);
  const folder = stackFolder(f.config);
  const locks = join(f.config.home, 'scratch', 'locks', name);
  const lockFile = join(locks, `${name}.yaml`);
  const run = (args: string[], cwd: string) => execute(tools.path('pulumi'), args, { cwd, env });
  const pulumi = (...args: string[]) => run([...args, ...stackArgs(f.config, name, args[0]!)], checkout);
  const git = async (...args: string[]) => {
    const who = ['-c', 'user.name=suite', '-c', 'user.email=suite@example.com'];
    ok(await execute('git', ['-C', locks, ...who, ...args], {}));
  };

  const { config } = parse(await readFile(join(folder, 'Pulumi.local.yaml'), 'utf8'));
  const server = `https://127.0.0.1:${f.config.ports.api}`;
  await prepareStack(f.config, tools, name, secrets);
  await writeStackFile(f.config, name, {
    'slipway:cluster': { context: CONTEXT, uid: config['slipway:cluster'].uid, server },
    'slipway:lock': lockFile,
    ...values,
  });

  const committed = parseLock(await readFile(join(checkout, 'locks', `${name}.yaml`), 'utf8'), name);
  // What a registry is made of has no digest in a committed lock; here it has that of a stand-in.
  const { upstream } = parseLock(await readFile(lockPath(f.config, 'local'), 'utf8'), 'local');
  const writeLock = (images: Lock['images']) => writeFile(lockFile, printLock({ version: 1, images, upstream }));
  await mkdir(locks, { recursive: true });
  await writeLock(committed.images);
  await git('init', '--quiet', '--initial-branch=main');
  await git('add', '.');
  const commit = (message: string) => git('commit', '--quiet', '--all', '-m', message);
  await commit('Wait');
  return {
    pulumi,
    up: async () => ok(await pulumi('up', '--yes', '--skip-preview', '--color', 'never')),
    slipway: (...args) => f.npm(['run', '--silent', 'sandbox:slipway', '--', ...args]),
    commit,
    lock: async () => parseLock(await readFile(lockFile, 'utf8'), lockFile),
    writeLock,
    remove: async () => {
      ok(await pulumi('destroy', '--yes', '--skip-preview', '--color', 'never'));
      ok(await run(['stack', 'rm', name, '--yes', '--preserve-config'], folder));
      for (const file of [`Pulumi.${name}.yaml`, `machine-values.${name}.json`]) await rm(join(folder, file));
      await rm(locks, { recursive: true });
    },
  };
}
