// The outer BuildKit: builds on the machine's side what needs a package index, for docker-build. It runs in the sandbox's
// Debian tree, in a pid and a mount namespace that end with it, and there in a user namespace with an emulator of arm64 of
// its own: the machine's mounts and registrations stay as they are, and its control groups lie below the sandbox's, which
// the supervisor removes. Network, names and authorities are the machine's.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GO_GARBAGE } from '../cluster/layout.ts';
import { cgroupName, homePaths, type SandboxConfig } from '../config.ts';
import type { ToolPaths } from '../images/recipes/recipe.ts';
import type { Root } from '../rootfs/root.ts';
import { until } from '../until.ts';
import type { ReadyChild } from './child.ts';

/** Bytes in a unix socket's path that Linux takes. */
const longestSocketPath = 107;

/** Folders of the machine, as the daemon sees them. */
const inside = {
  state: '/run/slipway/state',
  run: '/run/slipway/run',
  pki: '/run/slipway/pki',
  bin: '/run/slipway/bin',
};

/** The socket's path; throws where it is longer than a socket's may be. */
export function builderSocket(config: SandboxConfig): string {
  const path = join(homePaths(config).run, 'builder', 'b.sock');
  const bytes = Buffer.byteLength(path);
  if (bytes <= longestSocketPath) return path;
  throw new Error(
    `BuildKit's socket ${path} has ${bytes} bytes, and a socket's path may have ${longestSocketPath}: ` +
      'set SLIPWAY_HOME to a shorter path',
  );
}

/**
 * Writes the daemon's configuration and returns the process for the supervisor. `root` is the node's Debian tree (runc,
 * qemu, git). What it keeps is in state/buildkit, 10 GB at most.
 */
export async function builderProcess(config: SandboxConfig, tools: ToolPaths, root: Root): Promise<ReadyChild> {
  const { state, run, logs, pki } = homePaths(config);
  const socket = builderSocket(config);
  const folders = { state: join(state, 'buildkit'), run: join(run, 'builder') };
  for (const folder of [...Object.values(folders), logs]) await mkdir(folder, { recursive: true });
  const text = printBuilderConfig(config);
  // Named by its content: a changed configuration is another process, which the supervisor then starts.
  const file = `buildkitd-${createHash('sha256').update(text).digest('hex').slice(0, 8)}.toml`;
  await writeFile(join(folders.run, file), text);
  const daemon = tools.path('buildkitd');
  const binds = [
    `${folders.state}:${inside.state}`,
    `${folders.run}:${inside.run}`,
    `${pki}:${inside.pki}`,
    `${daemon}:${inside.bin}/buildkitd`,
    ...(await machineFiles()).map(file => `${file}:${file}`),
  ];
  const log = join(logs, 'builder.log');
  return {
    name: 'builder',
    argv: [
      // Ends with its parent, for its credentials don't change, and its child is process 1: nothing outlives it.
      ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--'],
      ...[tools.path('emulate'), '--root', root.path, '--cgroup', `${cgroupName(config)}/builder`],
      ...[...binds.flatMap(bind => ['--bind', bind]), '--'],
      ...[`${inside.bin}/buildkitd`, '--config', `${inside.run}/${file}`],
    ],
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      GOGC: GO_GARBAGE,
      SSL_CERT_FILE: `${inside.pki}/bundle.crt`,
      ...proxyOf(process.env),
    },
    log,
    ready: signal => until('the builder', () => answers(tools, socket), { limit: 30_000, hint: `see ${log}`, signal }),
  };
}

export function printBuilderConfig({ ports }: SandboxConfig): string {
  return `root = "${inside.state}"

[grpc]
  address = ["unix://${inside.run}/b.sock"]

[worker.oci]
  enabled = true
  snapshotter = "overlayfs"
  gc = true
  maxUsedSpace = "10GB"
  # The newest half of what was built survives a collection.
  reservedSpace = "5GB"

[worker.containerd]
  enabled = false

# The stand-ins, over plain HTTP on the machine's loopback.
[registry."127.0.0.1:${ports.mirror}"]
  http = true

# The stacks' registries, as the machine reaches them. BuildKit takes an address of the loopback for plain HTTP unless told.
${[ports.registry, ports.external, ports.aiStack].map(overTls).join('')}`;
}

const overTls = (port: number) => `[registry."127.0.0.1:${port}"]
  http = false
  ca = ["${inside.pki}/ca.crt"]
`;

/** What name look-ups read. */
async function machineFiles(): Promise<string[]> {
  const wanted = ['/etc/resolv.conf', '/etc/hosts'];
  const found = await Promise.all(
    wanted.map(file =>
      stat(file).then(
        () => true,
        () => false,
      ),
    ),
  );
  return wanted.filter((_, at) => found[at]);
}

/** The machine's proxy settings: what lies behind a proxy for people lies behind it for builds. */
function proxyOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
  return Object.fromEntries(names.flatMap(name => (env[name] ? [[name, env[name]]] : [])));
}

async function answers(tools: ToolPaths, socket: string): Promise<true | string> {
  const { stdout } = await promisify(execFile)(
    tools.path('buildctl'),
    ['--addr', `unix://${socket}`, 'debug', 'workers', '--format', '{{range .}}{{json .Platforms}}{{end}}'],
    { timeout: 5000 },
  );
  return stdout.includes('arm64') || `it builds for ${stdout.trim()} and not for arm64`;
}
