// The programs of the node, as data: what runs, with which arguments, and what each waits for.

import { NETWORK } from '../config.ts';
import type { ChildSpec } from '../supervisor/children.ts';
import type { Probe } from './inside/probe.ts';
import { CONTAINERD_SOCKET, INSIDE, INSIDE_ENV, NODE_FLAGS } from './layout.ts';

/** A process of the sandbox; it is started once its probe answers, and anew when a file that it waited for changes. */
export interface InsideProcess extends ChildSpec {
  after?: Probe;
}

const apiReady: Probe = { url: `https://127.0.0.1:${NETWORK.apiPort}/readyz` };
const containerdReady: Probe = { socket: CONTAINERD_SOCKET };
const etcdReady: Probe = { url: 'http://127.0.0.1:2379/health' };

export function inside(name: string, argv: string[], after?: Probe): InsideProcess {
  return { name, argv, env: INSIDE_ENV, log: `${INSIDE.logs}/${name}.log`, ...(after ? { after } : {}) };
}

function kube(program: string, flags: Record<string, string>, after?: Probe): InsideProcess {
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  return inside(program, [`${INSIDE.bin}/kube`, program, ...args], after);
}

const pki = (file: string) => `${INSIDE.pki}/${file}`;
const conf = (file: string) => `${INSIDE.etc}/${file}`;

/** One of the sandbox's own scripts, run by Node. `fds` are handed on as 3, 4, … */
export function script(name: string, args: string[] = [], after?: Probe, fds: number[] = []): InsideProcess {
  const argv = [`${INSIDE.bin}/node`, ...NODE_FLAGS, `${INSIDE.scripts}/${name}.mjs`, ...args];
  return { ...inside(name, argv, after), fds };
}

/** Kubernetes and what it stands on, in the order in which they are started. */
export const NODE_PROCESSES: InsideProcess[] = [
  inside('etcd', [
    'etcd',
    '--name=slipway',
    `--data-dir=${INSIDE.state.etcd}`,
    '--listen-client-urls=http://127.0.0.1:2379',
    '--advertise-client-urls=http://127.0.0.1:2379',
    '--listen-peer-urls=http://127.0.0.1:2380',
    '--initial-advertise-peer-urls=http://127.0.0.1:2380',
    '--initial-cluster=slipway=http://127.0.0.1:2380',
    // A lone member needs no second of patience before it elects itself.
    '--heartbeat-interval=20',
    '--election-timeout=200',
  ]),
  inside('containerd', ['containerd', '--config', conf('containerd.toml')]),
  kube(
    'kube-apiserver',
    {
      'advertise-address': NETWORK.nodeIP,
      'allow-privileged': 'true',
      'authorization-mode': 'Node,RBAC',
      'cert-dir': '/run/kube-apiserver',
      'client-ca-file': pki('ca.crt'),
      'enable-admission-plugins': 'NodeRestriction',
      'etcd-servers': 'http://127.0.0.1:2379',
      'kubelet-client-certificate': pki('apiserver-kubelet.crt'),
      'kubelet-client-key': pki('apiserver-kubelet.key'),
      'kubelet-preferred-address-types': 'InternalIP',
      'secure-port': String(NETWORK.apiPort),
      'service-account-issuer': `https://kubernetes.default.svc.${NETWORK.clusterDomain}`,
      'service-account-key-file': pki('service-accounts.pub'),
      'service-account-signing-key-file': pki('service-accounts.key'),
      'service-cluster-ip-range': NETWORK.serviceCidr,
      'tls-cert-file': pki('apiserver.crt'),
      'tls-private-key-file': pki('apiserver.key'),
    },
    etcdReady,
  ),
  kube(
    'kube-controller-manager',
    {
      'allocate-node-cidrs': 'false',
      'authentication-kubeconfig': conf('controller-manager.kubeconfig'),
      'authorization-kubeconfig': conf('controller-manager.kubeconfig'),
      'bind-address': '127.0.0.1',
      'cert-dir': '/run/kube-controller-manager',
      'cluster-cidr': NETWORK.podCidr,
      'cluster-signing-cert-file': pki('ca.crt'),
      'cluster-signing-key-file': pki('ca.key'),
      'kube-api-burst': '600',
      'kube-api-qps': '300',
      kubeconfig: conf('controller-manager.kubeconfig'),
      'leader-elect': 'false',
      'root-ca-file': pki('ca.crt'),
      'service-account-private-key-file': pki('service-accounts.key'),
      'use-service-account-credentials': 'true',
    },
    apiReady,
  ),
  kube(
    'kube-scheduler',
    {
      'authentication-kubeconfig': conf('scheduler.kubeconfig'),
      'authorization-kubeconfig': conf('scheduler.kubeconfig'),
      'bind-address': '127.0.0.1',
      'cert-dir': '/run/kube-scheduler',
      kubeconfig: conf('scheduler.kubeconfig'),
      'leader-elect': 'false',
    },
    apiReady,
  ),
  kube(
    'kubelet',
    {
      config: conf('kubelet.yaml'),
      'hostname-override': NETWORK.nodeName,
      kubeconfig: conf('kubelet.kubeconfig'),
      'node-ip': NETWORK.nodeIP,
    },
    { all: [containerdReady, apiReady] },
  ),
  kube('kube-proxy', { config: conf('kube-proxy.yaml'), 'hostname-override': NETWORK.nodeName }, apiReady),
];
