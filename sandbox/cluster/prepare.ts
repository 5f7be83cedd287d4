// Everything that the namespaces' processes will read, written before they start: certificates, configuration,
// scripts, and the list of folders that they see.

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cgroupName, homePaths, NETWORK, type SandboxConfig } from '../config.ts';
import type { SupervisorPlan } from '../supervisor/plan.ts';
import { writeWhole } from '../supervisor/record.ts';
import { bundleScripts } from './bundle.ts';
import { nodeConfigs } from './configs.ts';
import type { ManagerPlan } from './inside/plan.ts';
import type { Probe } from './inside/probe.ts';
import { kubeconfig } from './kubeconfig.ts';
import { INSIDE, NODE_FLAGS } from './layout.ts';
import { layStore, type NodeImages } from './node-store.ts';
import { ensurePki } from './pki.ts';
import { inside, NODE_PROCESSES, script } from './processes.ts';
import { systemImages } from './system-image.ts';

/** What a cluster is made of. */
export interface ClusterParts {
  /** Path of the multi-call Kubernetes binary. */
  kube: string;
  /** Path of the extracted Debian root. */
  root: string;
  images: NodeImages;
  /** Further processes inside: the git server, what lies outside a cluster. */
  processes: (InsideScript | InsideProgram)[];
}

export interface InsideScript {
  name: string;
  /** TypeScript entry point on the machine; it is bundled. */
  entry: string;
  args?: string[];
  after?: Probe;
}

export interface InsideProgram {
  name: string;
  /** As inside. */
  argv: string[];
  after?: Probe;
}

export interface Prepared {
  plan: Pick<SupervisorPlan, 'listeners' | 'namespace'>;
  /** Hash of all that the processes are told: where it differs, a running sandbox is of another making. */
  key: string;
  /** Writes what the processes read. Never while a sandbox runs: it has these very folders in its root. */
  write: () => Promise<void>;
}

const KUBECONFIG_USERS = ['controller-manager', 'scheduler', 'proxy', 'kubelet'];
const FIRST_FD = 3;

/** Works out what the namespaces' processes are to be told; certificates and the user's kubeconfig are written. */
export async function prepareCluster(config: SandboxConfig, parts: ClusterParts): Promise<Prepared> {
  const paths = homePaths(config);
  await ensurePki(paths.pki);
  writeWhole(paths.kubeconfig, kubeconfig(paths.pki, 'admin', `https://127.0.0.1:${config.ports.api}`), 0o600);
  const doors = listeners(config);
  const etc = nodeConfigs({ cgroup: cgroupName(config), pauseImage: systemImages(parts.images.names).system });
  for (const user of KUBECONFIG_USERS) {
    etc[`${user}.kubeconfig`] = kubeconfig(paths.pki, user, `https://127.0.0.1:${NETWORK.apiPort}`);
  }
  etc['plan.json'] = JSON.stringify(managerPlan(parts, doors));
  const entries = parts.processes.flatMap(process => ('entry' in process ? [[process.name, process.entry]] : []));
  const scripts = await bundleScripts(Object.fromEntries(entries));
  for (const file of ['./enter.sh', '../rootfs/stage-root.sh']) {
    scripts[basename(file)] = readFileSync(fileURLToPath(new URL(file, import.meta.url)), 'utf8');
  }
  const binds = bindList(config, parts);
  const plan = {
    listeners: doors.map(({ name, port }) => ({ name, port })),
    namespace: namespaceProcess(config, parts),
  };
  // Two checkouts share a sandbox: which copy of the same Node it runs is not a difference.
  const told = [plan, etc, scripts, binds, parts.images.names, process.version];
  const key = createHash('sha256').update(JSON.stringify(told)).digest('hex').slice(0, 16);
  const node: Bind = ['ro', process.execPath, `${INSIDE.bin}/node`];
  return {
    plan,
    key,
    write: async () => {
      await layStore(parts.images, join(paths.state, 'containerd'));
      writeFiles(config, etc, scripts, [...binds, node]);
    },
  };
}

function writeFiles(
  config: SandboxConfig,
  etc: Record<string, string>,
  scripts: Record<string, string>,
  binds: Bind[],
): void {
  const { clusterRun, clusterLogs, state } = homePaths(config);
  rmSync(clusterRun, { recursive: true, force: true });
  // Keys of the cluster are among these files.
  mkdirSync(clusterRun, { recursive: true, mode: 0o700 });
  mkdirSync(join(clusterRun, 'stage'));
  for (const [name, text] of Object.entries(etc)) writeWhole(join(clusterRun, 'etc', name), text);
  for (const [name, text] of Object.entries(scripts)) writeWhole(join(clusterRun, 'scripts', name), text);
  writeWhole(join(clusterRun, 'binds'), binds.map(line => `${line.join('\t')}\n`).join(''));
  mkdirSync(clusterLogs, { recursive: true });
  for (const name of Object.keys(INSIDE.state)) mkdirSync(join(state, name), { recursive: true });
  // etcd wants its folder to itself.
  chmodSync(join(state, 'etcd'), 0o700);
}

/** The machine's ports and where each leads, in the order of their file descriptors. */
function listeners({ ports }: SandboxConfig) {
  return [
    { name: 'api', port: ports.api, target: `127.0.0.1:${NETWORK.apiPort}` },
    { name: 'registry', port: ports.registry, target: `${NETWORK.registryIP}:${NETWORK.registryTlsPort}` },
    { name: 'staging', port: ports.staging, target: `${NETWORK.stagingRegistryIP}:${NETWORK.registryTlsPort}` },
    { name: 'external', port: ports.external, target: `${NETWORK.nodeIP}:${NETWORK.externalPort}` },
    { name: 'aiStack', port: ports.aiStack, target: `${NETWORK.aiStackRegistryIP}:${NETWORK.registryTlsPort}` },
    { name: 's3', port: ports.s3, target: `${NETWORK.nodeIP}:${NETWORK.storePort}` },
    { name: 'git', port: ports.git, target: `${NETWORK.nodeIP}:${NETWORK.gitPort}` },
    { name: 'door', port: ports.door, target: 'door' },
  ];
}

function managerPlan(parts: ClusterParts, doors: { target: string }[]): ManagerPlan {
  const fds = doors.map((_, index) => FIRST_FD + index);
  const targets = doors.map(({ target }, index) => `${FIRST_FD + index}=${target}`);
  const own = [
    script('gate', targets, undefined, fds),
    script('provisioner', [], { url: `https://127.0.0.1:${NETWORK.apiPort}/readyz` }),
    ...parts.processes.map(process =>
      'entry' in process
        ? script(process.name, process.args, process.after)
        : inside(process.name, process.argv, process.after),
    ),
  ];
  return { processes: [...NODE_PROCESSES, ...own] };
}

/** Mode, folder or file of the machine, path inside. */
type Bind = [mode: 'ro' | 'rw', from: string, to: string];

/** In the order in which they are mounted: a folder comes before what is mounted into it. */
function bindList(config: SandboxConfig, parts: ClusterParts): Bind[] {
  const { state, clusterLogs, clusterRun, pki } = homePaths(config);
  return [
    ...Object.entries(INSIDE.state).map(([name, to]): Bind => ['rw', join(state, name), to]),
    ['rw', clusterLogs, INSIDE.logs],
    ['ro', join(clusterRun, 'etc'), INSIDE.etc],
    ['ro', join(clusterRun, 'scripts'), INSIDE.scripts],
    ['ro', pki, INSIDE.pki],
    ['ro', parts.kube, `${INSIDE.bin}/kube`],
  ];
}

function namespaceProcess(config: SandboxConfig, { root }: ClusterParts): SupervisorPlan['namespace'] {
  const paths = homePaths(config);
  return {
    argv: [
      'bash',
      join(paths.clusterRun, 'scripts', 'enter.sh'),
      `${INSIDE.bin}/node`,
      ...NODE_FLAGS,
      `${INSIDE.scripts}/manager.mjs`,
    ],
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      LANG: 'C.UTF-8',
      NODE_EXTRA_CA_CERTS: `${INSIDE.pki}/ca.crt`,
      DEBIAN_ROOT: root,
      STAGE: join(paths.clusterRun, 'stage'),
      BINDS: join(paths.clusterRun, 'binds'),
      NODE_NAME: NETWORK.nodeName,
      NODE_CIDR: NETWORK.nodeCidr,
      SERVICE_CIDR: NETWORK.serviceCidr,
      DNS_IP: NETWORK.dnsIP,
    },
    log: join(paths.clusterLogs, 'sandbox.log'),
  };
}
