// The root that the sandbox's node and both of its BuildKits live in: the system programs of a Kubernetes node, git's
// server side, and the emulator of the other platform.
import type { Architecture } from './apt.ts';
import { ensureRoot, type Root, type RootOptions } from './root.ts';

const packages = [
  ...['base-files', 'base-passwd', 'bash', 'ca-certificates', 'coreutils', 'dash', 'grep', 'libc-bin', 'sed', 'tar'],
  ...['mount', 'procps', 'util-linux', 'kmod', 'libstdc++6', 'tini'],
  ...['conntrack', 'ethtool', 'iproute2', 'ipset', 'iptables', 'socat'],
  ...['containerd', 'containernetworking-plugins', 'etcd-server', 'runc'],
  ...['fuse-overlayfs', 'git', 'qemu-user-static'],
];

/** Emulators of platforms that no image is built for, and what git and its dependencies bring for perl. */
const exclude = [
  './usr/bin/qemu-[!ax]*',
  './usr/bin/qemu-a[!a]*',
  './usr/bin/qemu-aarch64_be*',
  './usr/bin/qemu-x[!8]*',
  './usr/share/perl*',
  './usr/lib/*/perl*',
];

/** The node's root for this machine's architecture. */
export async function ensureNodeRoot(options: Pick<RootOptions, 'cache' | 'report' | 'signal'>): Promise<Root> {
  return ensureRoot({ ...options, arch: machineArchitecture(), packages, exclude, name: 'debian packages' });
}

/** Debian's name of this machine's architecture; throws where it is not one that the sandbox knows. */
export function machineArchitecture(): Architecture {
  if (process.arch === 'x64') return 'amd64';
  if (process.arch === 'arm64') return 'arm64';
  throw new Error(`this machine is ${process.arch}; the sandbox runs on x64 (amd64) and arm64`);
}
