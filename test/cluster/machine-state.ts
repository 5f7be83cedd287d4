// The state of the machine that the sandbox must leave as it was, as texts that can be compared line by line.

import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Aspect =
  | 'interfaces'
  | 'addresses'
  | 'routes'
  | 'firewall'
  | 'mounts'
  | 'sysctls'
  | 'binfmt'
  | 'cgroups'
  | 'processes';

/** Lines of each aspect. */
export type MachineState = Record<Aspect, string[]>;

export interface StateOptions {
  /**
   * A text that the environment or arguments of the sandbox's processes hold, e.g. its home; `processes` lists only
   * those, as the machine's own come and go.
   */
  owner: string;
  /** A Debian root with iptables-save in it, for a machine that has none: its rules must be read all the same. */
  root?: string;
}

/** Reads everything. Needs root, to see all mounts, sysctls and processes. */
export async function readMachineState(options: StateOptions): Promise<MachineState> {
  const ip = async (...args: string[]) => lines((await run('ip', args)).stdout);
  const families = ['-4', '-6'];
  const routes = await Promise.all(families.map(family => ip(family, 'route', 'show', 'table', 'all')));
  const rules = await Promise.all(families.map(family => ip(family, 'rule')));
  return {
    interfaces: (await ip('-o', 'link')).map(line => line.replace(/^\d+: /, '')),
    // Lifetimes run down by themselves.
    addresses: (await ip('-o', 'address')).map(line => line.replace(/^\d+: |valid_lft.*$/g, '')),
    routes: [...routes.flat(), ...rules.flat()].map(line => line.replace(/ expires \S+/, '')),
    firewall: await firewall(options.root),
    mounts: mounts(),
    sysctls: sysctls('/proc/sys'),
    binfmt: folder('/proc/sys/fs/binfmt_misc'),
    cgroups: cgroups('/sys/fs/cgroup', 2),
    processes: processes(options.owner),
  };
}

/** What differs, as `<aspect>: - line` and `<aspect>: + line`; empty where nothing does. */
export function compareStates(before: MachineState, after: MachineState): string[] {
  return (Object.keys(before) as Aspect[]).flatMap(aspect => [
    ...without(before[aspect], after[aspect]).map(line => `${aspect}: - ${line}`),
    ...without(after[aspect], before[aspect]).map(line => `${aspect}: + ${line}`),
  ]);
}

function without(lines: string[], others: string[]): string[] {
  const known = new Set(others);
  return lines.filter(line => !known.has(line));
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean);
}

/** Rules by whichever tool the machine has, and the tables that the kernel itself lists. */
async function firewall(root: string | undefined): Promise<string[]> {
  const tools: [string, string[]][] = [
    ['nft', ['list', 'ruleset']],
    ['iptables-save', []],
    ['ip6tables-save', []],
  ];
  if (root) {
    for (const name of ['iptables-save', 'ip6tables-save']) tools.push(['chroot', [root, `/usr/sbin/${name}`]]);
  }
  const outputs = await Promise.all(
    tools.map(async ([tool, args]) => {
      try {
        // Comments hold the time, and counters count.
        return lines((await run(tool, args)).stdout.replace(/^#.*$/gm, '').replace(/\[\d+:\d+\]/g, ''));
      } catch {
        return [];
      }
    }),
  );
  const tables = ['/proc/net/ip_tables_names', '/proc/net/ip6_tables_names'].map(read);
  return [...outputs.flat(), ...tables.flatMap(lines)];
}

function mounts(): string[] {
  // Parent and mount ids are given anew; point, root, options and source say what is mounted where.
  return lines(read('/proc/self/mountinfo')).map(line => line.split(' ').slice(2).join(' '));
}

/** Values that the kernel itself keeps changing. */
const RESTLESS =
  /^(fs\/(dentry-state|file-nr|inode-nr|inode-state|aio-nr|quota)|kernel\/(random|ns_last_pid|pty\/nr|tainted|perf_event|sched_domain|keys\/gc_delay)|fs\/binfmt_misc|net\/(netfilter\/nf_conntrack_count|ipv4\/tcp_mem|.*nf_conntrack_buckets))/;

function sysctls(root: string, path = ''): string[] {
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap(entry => {
    const name = path ? `${path}/${entry.name}` : entry.name;
    if (RESTLESS.test(name)) return [];
    if (entry.isDirectory()) return sysctls(root, name);
    const value = read(join(root, name)).trim().replace(/\s+/g, ' ');
    return [`${name} = ${value}`];
  });
}

function folder(path: string): string[] {
  return existsSync(path) ? readdirSync(path).flatMap(name => [`${name}: ${read(join(path, name)).trim()}`]) : [];
}

/** Groups down to this depth; the machine's own services make and remove theirs below. */
function cgroups(root: string, depth: number): string[] {
  if (depth === 0 || !existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(({ name }) => [join(root, name), ...cgroups(join(root, name), depth - 1)]);
}

/**
 * Processes with the owner's mark, and all that live in another network or pid namespace than this process: a pod's
 * carry no mark. So a comparison wants a machine on which nothing else starts containers meanwhile.
 */
function processes(owner: string): string[] {
  const own = ['net', 'pid'].map(kind => link(`/proc/self/ns/${kind}`));
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && name !== String(process.pid))
    .filter(pid => {
      const marked = [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`].some(file => read(file).includes(owner));
      const namespaces = ['net', 'pid'].map(kind => link(`/proc/${pid}/ns/${kind}`));
      const elsewhere = namespaces.some((name, index) => name !== '' && name !== own[index]);
      return marked || elsewhere;
    })
    .map(pid => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
