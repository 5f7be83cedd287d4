// What the sandbox must know of the machine before it starts, read without changing anything.

import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { release } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { SandboxConfig } from '../config.ts';
import { cgroupVersion, missingControllers } from '../supervisor/cgroups.ts';
import { runningSupervisor } from '../supervisor.ts';

const run = promisify(execFile);
const GIB = 2 ** 30;

export interface Machine {
  platform: string;
  uid: number;
  /** As `uname -r` prints it. */
  kernel: string;
  /** Kinds of namespaces that the kernel has, as in /proc/self/ns. */
  namespaces: string[];
  /** Names of /proc/filesystems. */
  filesystems: string[];
  /** Whether bridged traffic passes the firewall, without which a Service can't reach a pod on the same node. */
  bridgeFilter: boolean;
  /** Why a bridge and a pair of veth can't be made; undefined where they can, or where it can't be tried. */
  linksFault?: string;
  cgroups: 'v1' | 'v2' | undefined;
  /** Controllers that kubelet needs and that this machine keeps from children of the root cgroup. */
  missingControllers: string[];
  /** Programs of WANTED_PROGRAMS that are not in the PATH. */
  missingPrograms: string[];
  /** `go1.26.8`, or undefined where there is no Go. */
  go: string | undefined;
  /** Ports of the configuration that another process has. */
  takenPorts: { name: string; port: number }[];
  /** Free space below $SLIPWAY_HOME and $SLIPWAY_CACHE, GiB. */
  free: { home: number; cache: number };
  /** All of the machine's memory, GiB. */
  memory: number;
}

/** Programs of the machine that the sandbox calls, and the package that brings each on Debian and Ubuntu. */
export const WANTED_PROGRAMS: Record<string, string> = {
  bash: 'bash',
  mount: 'mount',
  setpriv: 'util-linux',
  unshare: 'util-linux',
  tar: 'tar',
  git: 'git',
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
};

export async function readMachine(config: SandboxConfig, env: NodeJS.ProcessEnv = process.env): Promise<Machine> {
  const kinds = ['net', 'mnt', 'pid', 'ipc', 'uts', 'user'];
  const [go, linksFault, takenPorts] = await Promise.all([goVersion(), tryLinks(), busyPorts(config)]);
  return {
    platform: process.platform,
    uid: process.getuid?.() ?? -1,
    kernel: release(),
    namespaces: kinds.filter(kind => existsSync(`/proc/self/ns/${kind}`)),
    filesystems: read('/proc/filesystems').split(/\s+/),
    bridgeFilter: existsSync('/proc/sys/net/bridge/bridge-nf-call-iptables'),
    linksFault,
    cgroups: cgroupVersion(),
    missingControllers: missingControllers(),
    missingPrograms: Object.keys(WANTED_PROGRAMS).filter(name => !inPath(name, env.PATH ?? '')),
    go,
    takenPorts,
    free: { home: freeSpace(config.home), cache: freeSpace(config.cache) },
    memory: Number(/^MemTotal:\s+(\d+) kB/m.exec(read('/proc/meminfo'))?.[1] ?? 0) / 2 ** 20,
  };
}

function read(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function inPath(program: string, path: string): boolean {
  return path.split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function goVersion(): Promise<string | undefined> {
  try {
    return (await run('go', ['env', 'GOVERSION'], { cwd: '/' })).stdout.trim();
  } catch {
    return undefined;
  }
}

/** Makes both kinds of links where nobody sees them: in a network namespace that ends with the command. */
async function tryLinks(): Promise<string | undefined> {
  const commands = 'ip link add name bridge0 type bridge && ip link add name veth0 type veth peer name veth1';
  if (process.getuid?.() !== 0 || !inPath('ip', process.env.PATH ?? '')) return undefined;
  try {
    await run('unshare', ['--net', 'sh', '-c', commands]);
    return undefined;
  } catch (error) {
    return (error as { stderr?: string }).stderr?.trim().split('\n')[0] || (error as Error).message;
  }
}

/** A port that this sandbox's own supervisor holds is not taken. */
async function busyPorts(config: SandboxConfig): Promise<Machine['takenPorts']> {
  if (runningSupervisor(config)) return [];
  const ports = Object.entries(config.ports).map(([name, port]: [string, number]) => ({ name, port }));
  const free = await Promise.all(ports.map(({ port }) => canListen(port)));
  return ports.filter((_, index) => !free[index]);
}

function canListen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}

/** Free GiB on the file system that will hold this folder. */
function freeSpace(folder: string): number {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return (bavail * bsize) / GIB;
}
