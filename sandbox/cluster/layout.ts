// Where things are inside the sandbox's own root. Nothing of the machine's folders shows in these paths.

export const INSIDE = {
  /** Programs that were built or came with npm: kube, node. */
  bin: '/opt/slipway/bin',
  /** The bundled JavaScript of the sandbox's own processes. */
  scripts: '/opt/slipway/scripts',
  /** Generated configuration of containerd, kubelet and the others. */
  etc: '/etc/slipway',
  pki: '/etc/slipway-pki',
  logs: '/var/log/slipway',
  state: {
    etcd: '/var/lib/etcd',
    containerd: '/var/lib/containerd',
    kubelet: '/var/lib/kubelet',
    volumes: '/var/lib/slipway/volumes',
    git: '/var/lib/slipway/git',
    outside: '/var/lib/slipway/outside',
    log: '/var/log',
  },
} as const;

export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';

/** The PATH of every process in the sandbox: Debian's folders, and Debian's place for CNI's helpers. */
const INSIDE_PATH = `${INSIDE.bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;

/** Garbage that programs in Go may keep, in percent of what they use: half of their default. The machine is a person's. */
export const GO_GARBAGE = '50';

/** Of the sandbox's own scripts: they live long and do little, and young garbage would take 16 MiB and more of each. */
export const NODE_FLAGS = ['--max-semi-space-size=1'];

/** The environment of every process in the sandbox: nothing of the machine's. */
export const INSIDE_ENV: Record<string, string> = {
  GOGC: GO_GARBAGE,
  PATH: INSIDE_PATH,
  HOME: '/root',
  LANG: 'C.UTF-8',
  NODE_EXTRA_CA_CERTS: `${INSIDE.pki}/ca.crt`,
};
