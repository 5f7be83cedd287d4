// Everything that the namespaces' processes will read, written before they start: certificates, configuration,
// scripts, and the list of folders that they see.

import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cgroupName, homePaths, NETWORK, type SandboxConfig } from '../config.ts';
import type { SupervisorPlan } from '../supervisor/plan.ts';
import { writeWhole } from '../supervisor/record.ts';
import { bundleScripts } from './bundle.ts';
import { nodeConfigs } from './configs.ts';
import type { NodeImage } from './inside/images.ts';
import { kubeconfig } from './kubeconfig.ts';
import { INSIDE } from './layout.ts';
import { ensurePki } from './pki.ts';
import { type InsideProcess, NODE_PROCESSES, script } from './processes.ts';
import { systemImages } from './system-image.ts';

/** What a cluster is made of. */
export interface ClusterParts {
  /** Path of the multi-call Kubernetes binary. */
  kube: string;
  /** Path of the extracted Debian root. */
  root: string;
  images: NodeImage[];
  /** Further processes inside, by script: the git server. */
  processes: InsideScript[];
}

export interface InsideScript {
  name: string;
  /** TypeScript entry point on the machine; it is bundled. */
  entry: string;
  args?: string[];
}

export interface Prepared {
  plan: Pick<SupervisorPlan, 'listeners' | 'namespace'>;
  /** Hash of all that the processes were told: where it differs, a running sandbox is of another making. */
  key: string;
}

const KUBECONFIG_USERS = ['controller-manager', 'scheduler', 'proxy', 'kubelet'];
const FIRST_FD = 3;

export async function prepareCluster(config: SandboxConfig, parts: ClusterParts): Promise<Prepared> {
  const paths = homePaths(config);
  const at = (...names: string[]) => join(paths.clusterRun, ...names);
  for (const folder of ['etc', 'scripts', 'shared']) rmSync(at(folder), { recursive: true, force: true });
  for (const folder of ['etc', 'scripts', 'shared', 'stage']) mkdirSync(at(folder), { recursive: true });
  // Keys of the cluster are among these files.
  chmodSync(paths.clusterRun, 0o700);

  await ensurePki(paths.pki);
  writeWhole(paths.kubeconfig, kubeconfig(paths.pki, 'admin', `https://127.0.0.1:${config.ports.api}`), 0o600);
  const files = nodeConfigs({ cgroup: cgroupName(config), pauseImage: systemImages(parts.images).system });
  for (const user of KUBECONFIG_USERS) {
    files[`${user}.kubeconfig`] = kubeconfig(paths.pki, user, `https://127.0.0.1:${NETWORK.apiPort}`);
  }
  const doors = listeners(config);
  files['plan.json'] = JSON.stringify({
    processes: [...NODE_PROCESSES, ...ownProcesses(doors, parts.processes)],
    images: parts.images.map(({ archive, names }) => ({
      names,
      archive: insideArchive(archives(parts).indexOf(archive)),
    })),
  });
  for (const [name, text] of Object.entries(files)) writeWhole(at('etc', name), text, 0o600);
  const entries = Object.fromEntries(parts.processes.map(({ name, entry }) => [name, entry]));
  await bundleScripts(at('scripts'), entries);
  const binds = bindList(config, parts);
  writeWhole(at('binds'), binds.map(line => `${line.join('\t')}\n`).join(''));
  const plan = {
    listeners: doors.map(({ name, port }) => ({ name, port })),
    namespace: namespaceProcess(config, parts),
  };
  const scripts = [...Object.keys(entries), 'manager', 'gate', 'provisioner'].map(name => at('scripts', `${name}.mjs`));
  const read = [fileURLToPath(new URL('./enter.sh', import.meta.url)), ...scripts].map(file =>
    readFileSync(file, 'utf8'),
  );
  const key = createHash('sha256')
    .update(JSON.stringify([plan, files, binds, read]))
    .digest('hex')
    .slice(0, 16);
  return { plan, key };
}

/** The machine's ports and where each leads, in the order of their file descriptors. */
function listeners({ ports }: SandboxConfig) {
  return [
    { name: 'api', port: ports.api, target: `127.0.0.1:${NETWORK.apiPort}` },
    { name: 'registry', port: ports.registry, target: `${NETWORK.registryIP}:${NETWORK.registryTlsPort}` },
    { name: 'git', port: ports.git, target: `${NETWORK.nodeIP}:${NETWORK.gitPort}` },
    { name: 'door', port: ports.door, target: 'door' },
  ];
}

function ownProcesses(doors: { target: string }[], more: InsideScript[]): InsideProcess[] {
  const fds = doors.map((_, index) => FIRST_FD + index);
  const targets = doors.map(({ target }, index) => `${FIRST_FD + index}=${target}`);
  return [
    script('gate', targets, undefined, fds),
    script('provisioner', [], { url: `https://127.0.0.1:${NETWORK.apiPort}/readyz` }),
    ...more.map(({ name, args }) => script(name, args)),
  ];
}

const archives = ({ images }: Pick<ClusterParts, 'images'>) => [...new Set(images.map(({ archive }) => archive))];
const insideArchive = (index: number) => `${INSIDE.images}/${index}.tar`;

/** Lines of mode, folder or file of the machine, path inside. A folder comes before what is mounted into it. */
function bindList(
  config: SandboxConfig,
  { kube, images }: ClusterParts,
): [mode: 'ro' | 'rw', from: string, to: string][] {
  const paths = homePaths(config);
  const state = Object.entries(INSIDE.state).map(([name, to]) => ['rw', join(paths.state, name), to] as const);
  mkdirSync(paths.clusterLogs, { recursive: true });
  for (const [, from] of state) mkdirSync(from, { recursive: true });
  // etcd refuses to warn about nothing: it wants its folder to itself.
  chmodSync(join(paths.state, 'etcd'), 0o700);
  return [
    ...state.map(([mode, from, to]) => [mode, from, to] as ['rw', string, string]),
    ['rw', paths.clusterLogs, INSIDE.logs],
    ['rw', join(paths.clusterRun, 'shared'), INSIDE.run],
    ['ro', join(paths.clusterRun, 'etc'), INSIDE.etc],
    ['ro', join(paths.clusterRun, 'scripts'), INSIDE.scripts],
    ['ro', paths.pki, INSIDE.pki],
    ['ro', kube, `${INSIDE.bin}/kube`],
    ['ro', process.execPath, `${INSIDE.bin}/node`],
    ...archives({ images }).map((archive, index) => ['ro', archive, insideArchive(index)] as ['ro', string, string]),
  ];
}

function namespaceProcess(config: SandboxConfig, { root }: ClusterParts): SupervisorPlan['namespace'] {
  const paths = homePaths(config);
  const enter = fileURLToPath(new URL('./enter.sh', import.meta.url));
  return {
    argv: ['bash', enter, `${INSIDE.bin}/node`, `${INSIDE.scripts}/manager.mjs`],
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
