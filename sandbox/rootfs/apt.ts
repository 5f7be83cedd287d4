// Debian packages by the machine's own apt, in folders of ours: nothing of the machine's package state is read or
// changed, and no package is installed, only fetched and checked.
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunError, type RunOptions, run } from '../tools/run.ts';
import { debianSources, keyring, printSources, release } from './sources.ts';

export type Architecture = 'amd64' | 'arm64';

export interface Package {
  name: string;
  version: string;
  /** Absolute path of the fetched archive. */
  file: string;
}

/** Package lists older than this are read again: Debian removes an archive when it publishes its successor. */
const listsAge = 6 * 3600 * 1000;

/**
 * Fetches `packages` and everything they depend on for `arch` into `state` and returns them sorted by name. The caller
 * holds a lock on `state`. Throws with the remedy where apt, Debian's keys or a package are missing.
 */
export async function fetchPackages(
  state: string,
  arch: Architecture,
  packages: readonly string[],
  options: Pick<RunOptions, 'log' | 'signal'> = {},
): Promise<Package[]> {
  const apt = await prepare(state, arch, options);
  const lists = join(state, 'updated');
  const fresh = await stat(lists).then(
    found => Date.now() - found.mtimeMs < listsAge,
    () => false,
  );
  const update = async () => {
    await apt('apt-get', ['update']);
    await writeFile(lists, '');
  };
  if (!fresh) await update();
  const plan = ['-y', '--no-install-recommends', 'install', ...packages];
  try {
    await apt('apt-get', ['--download-only', ...plan]);
  } catch (error) {
    if (!(error instanceof RunError) || !fresh) throw error;
    await update();
    await apt('apt-get', ['--download-only', ...plan]);
  }
  const { stdout } = await apt('apt-get', ['--simulate', ...plan]);
  return readPlan(stdout).map(entry => ({ name: entry.name, version: entry.version, file: archive(state, entry) }));
}

interface Planned {
  name: string;
  version: string;
  /** The package's own architecture, which may be `all`. */
  arch: string;
}

/** The packages that a simulated install names, sorted by name. */
export function readPlan(text: string): Planned[] {
  return [...text.matchAll(/^Inst (\S+?)(?::\w+)? \((\S+) .*\[(\w+)\]\)/gm)]
    .map(([, name, version, arch]) => ({ name: name!, version: version!, arch: arch! }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Where apt keeps an archive: an epoch's colon is escaped in its name. */
function archive(state: string, { name, version, arch }: Planned): string {
  return join(state, 'cache/archives', `${name}_${version.replaceAll(':', '%3a')}_${arch}.deb`);
}

async function prepare(state: string, arch: Architecture, options: Pick<RunOptions, 'log' | 'signal'>) {
  await stat(keyring).catch(() => {
    throw new Error(`Debian's archive keys are not at ${keyring}: apt-get install debian-archive-keyring`);
  });
  for (const folder of ['lists/partial', 'cache/archives/partial', 'etc/empty', 'log', 'dpkg']) {
    await mkdir(join(state, folder), { recursive: true });
  }
  await writeFile(join(state, 'dpkg/status'), '');
  await writeFile(join(state, `etc/${release}.sources`), printSources(await debianSources()));
  const env = { ...process.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  const { stdout } = await run('apt-config', ['dump', '--format', '%f "%v";%n'], { env, ...options }).catch(error => {
    throw new Error('apt is not on the PATH: the sandbox takes its system programs from Debian packages', {
      cause: error,
    });
  });
  const config = join(state, 'etc/apt.conf');
  await writeFile(config, aptConfig(state, arch, stdout));
  return (command: string, args: string[]) =>
    run(command, ['--quiet=2', ...args], { ...options, env: { ...env, APT_CONFIG: config } });
}

/**
 * apt's settings: how to reach a mirror is the machine's affair (`machine` is its dumped configuration), everything
 * else is ours. The machine's own hooks would empty its package cache.
 */
export function aptConfig(state: string, arch: Architecture, machine: string): string {
  const reach = machine.split('\n').filter(line => /^Acquire::(http|https|ftp|proxy|retries|check)/i.test(line));
  return `${[
    ...reach,
    `APT::Architecture "${arch}";`,
    `APT::Architectures { "${arch}"; };`,
    'APT::Sandbox::User "";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    `Dir::State "${state}";`,
    `Dir::State::lists "${state}/lists";`,
    `Dir::State::status "${state}/dpkg/status";`,
    `Dir::Cache "${state}/cache";`,
    `Dir::Log "${state}/log";`,
    `Dir::Etc::sourcelist "${state}/etc/${release}.sources";`,
    'Dir::Etc::preferences "/dev/null";',
    'Dir::Etc::main "/dev/null";',
    ...['sourceparts', 'preferencesparts', 'trustedparts', 'parts'].map(
      name => `Dir::Etc::${name} "${state}/etc/empty";`,
    ),
  ].join('\n')}\n`;
}
