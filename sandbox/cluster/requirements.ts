// Whether this machine can run the sandbox: everything is looked at before anything is built, and every fault is
// told at once, a line each, with what mends it.

import type { SandboxConfig } from '../config.ts';
import { type Machine, readMachine, WANTED_PROGRAMS } from './machine.ts';

/** GiB. The cluster rests at one and a half; the linkers of the first start take the most. */
const MEMORY = 6;
/** GiB below $SLIPWAY_HOME: images, volumes, layers of builds. */
const HOME_SPACE = 8;
/** GiB below $SLIPWAY_CACHE once everything is built; what a build needs is checked where it is known. */
const CACHE_SPACE = 5;
const GO = [1, 26] as const;
/** From this version on a user namespace has a binfmt_misc of its own. */
const KERNEL = [6, 7] as const;

/** The faults of this machine, one line each; empty where the sandbox can run. */
export async function checkMachine(config: SandboxConfig): Promise<string[]> {
  return faultsOf(await readMachine(config), config);
}

/** Judges what was read. */
export function faultsOf(machine: Machine, config: SandboxConfig): string[] {
  if (machine.platform !== 'linux') {
    return [
      `this is ${machine.platform}, and the sandbox needs Linux; use a Linux machine, or your own cluster: pulumi up --stack dev`,
    ];
  }
  return [
    ...userFaults(machine),
    ...kernelFaults(machine),
    ...programFaults(machine),
    ...portFaults(machine, config),
    ...spaceFaults(machine, config),
  ];
}

function userFaults({ uid }: Machine): string[] {
  return uid === 0 ? [] : [`this is user ${uid}, and namespaces and mounts need root; run: sudo -E npm start`];
}

function kernelFaults(machine: Machine): string[] {
  const faults: string[] = [];
  const { kernel, namespaces, filesystems, cgroups, missingControllers } = machine;
  const missing = ['net', 'mnt', 'pid', 'ipc', 'uts', 'user'].filter(kind => !namespaces.includes(kind));
  if (missing.length > 0) faults.push(`the kernel has no namespaces of kind ${missing.join(', ')}; boot one that has`);
  if (!atLeast(kernel, KERNEL)) {
    faults.push(
      `the kernel is ${kernel}, and building for another platform needs ${KERNEL.join('.')} or newer; update it`,
    );
  }
  for (const [name, module] of [
    ['overlay', 'overlay'],
    ['binfmt_misc', 'binfmt_misc'],
  ] as const) {
    if (!filesystems.includes(name)) faults.push(`the kernel has no file system ${name}; run: modprobe ${module}`);
  }
  if (!machine.bridgeFilter) faults.push('bridged traffic does not pass the firewall; run: modprobe br_netfilter');
  if (machine.linksFault)
    faults.push(`no bridge or veth can be made (${machine.linksFault}); run: modprobe -a bridge veth`);
  if (!cgroups) faults.push('no cgroups are mounted on /sys/fs/cgroup; run: mount -t cgroup2 cgroup2 /sys/fs/cgroup');
  if (missingControllers.length > 0) {
    const enable = missingControllers.map(name => `+${name}`).join(' ');
    faults.push(
      `cgroup controllers ${missingControllers.join(', ')} are off; run: echo '${enable}' > /sys/fs/cgroup/cgroup.subtree_control`,
    );
  }
  return faults;
}

function programFaults({ missingPrograms, go }: Machine): string[] {
  const faults = missingPrograms.map(
    name => `${name} is not in the PATH; run: apt-get install ${WANTED_PROGRAMS[name]} (or your system's like)`,
  );
  const wanted = `the sandbox's programs are built with Go ${GO.join('.')} or newer; get it from https://go.dev/dl/`;
  if (!go) faults.push(`there is no go in the PATH, and ${wanted}`);
  else if (!atLeast(go.replace(/^go/, ''), GO)) faults.push(`go is ${go}, and ${wanted}`);
  return faults;
}

function portFaults({ takenPorts }: Machine, { home }: SandboxConfig): string[] {
  return takenPorts.map(
    ({ name, port }) =>
      `port 127.0.0.1:${port} (${name}) is taken; free it, or set ports.${name} in ${home}/config.json`,
  );
}

function spaceFaults({ free, memory }: Machine, { home, cache }: SandboxConfig): string[] {
  const faults: string[] = [];
  const short = (folder: string, has: number, needs: number, name: string) => {
    if (has < needs) faults.push(`${folder} has ${has.toFixed(1)} GiB free of ${needs} GiB; free some, or set ${name}`);
  };
  short(home, free.home, HOME_SPACE, 'SLIPWAY_HOME');
  short(cache, free.cache, CACHE_SPACE, 'SLIPWAY_CACHE');
  if (memory < MEMORY) faults.push(`the machine has ${memory.toFixed(1)} GiB of memory; ${MEMORY} GiB are needed`);
  return faults;
}

/** Whether a version text begins with this major.minor or a later one. */
function atLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, a, b] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  return Number(a) > major || (Number(a) === major && Number(b) >= minor);
}
