// The configuration files of the node's programs, as text. What differs from their defaults says why.

import { stringify } from 'yaml';
import { NETWORK } from '../config.ts';
import { CONTAINERD_SOCKET, INSIDE } from './layout.ts';

/** Where containerd finds a registry, by the name that references have. */
const registries: Record<string, string> = {
  ...Object.fromEntries([NETWORK.registryIP, NETWORK.stagingRegistryIP, NETWORK.aiStackRegistryIP].map(plainHost)),
  [NETWORK.aiStackRegistryName]: plainHost(NETWORK.aiStackRegistryIP)[1],
  [NETWORK.externalName]: hosts(`https://${NETWORK.nodeIP}:${NETWORK.externalPort}`, `  ca = "${INSIDE.pki}/ca.crt"\n`),
};

/** All files by path below INSIDE.etc. `pauseImage` is what containerd holds a pod's namespaces with. */
export function nodeConfigs(options: { cgroup: string; pauseImage: string }): Record<string, string> {
  return {
    'containerd.toml': containerd(options.pauseImage),
    ...Object.fromEntries(Object.entries(registries).map(([host, text]) => [`certs.d/${host}/hosts.toml`, text])),
    'cni/10-slipway.conflist': `${JSON.stringify(cni, null, 2)}\n`,
    'kubelet.yaml': stringify(kubelet(options.cgroup)),
    'kube-proxy.yaml': stringify(kubeProxy),
  };
}

/**
 * restrict_oom_score_adj: a machine that is itself a container may not lower it.
 * netns_mounts_under_state_dir: pods' network namespaces end with /run instead of staying on a disk.
 */
const containerd = (pauseImage: string) => `version = 2
root = "${INSIDE.state.containerd}"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
  address = "${CONTAINERD_SOCKET}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  disable_apparmor = true

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${INSIDE.etc}/cni"

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${INSIDE.etc}/certs.d"
`;

/** A cluster's own registry is plain HTTP inside. */
function plainHost(ip: string): [host: string, hosts: string] {
  const host = `${ip}:${NETWORK.registryPort}`;
  return [host, hosts(`http://${host}`)];
}

function hosts(url: string, more = ''): string {
  return `server = "${url}"

[host."${url}"]
  capabilities = ["pull", "resolve"]
${more}`;
}

const cni = {
  cniVersion: '1.0.0',
  name: 'slipway',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: NETWORK.podCidr }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};

const kubelet = (cgroup: string) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: `${INSIDE.pki}/ca.crt` },
  },
  authorization: { mode: 'Webhook' },
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${cgroup}`,
  failCgroupV1: false,
  clusterDNS: [NETWORK.dnsIP],
  clusterDomain: NETWORK.clusterDomain,
  containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
  enforceNodeAllocatable: ['none'],
  // The disk is the machine's: how full it is, is not the sandbox's to judge or to mend.
  evictionHard: {
    'memory.available': '0%',
    'nodefs.available': '0%',
    'nodefs.inodesFree': '0%',
    'imagefs.available': '0%',
  },
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
  failSwapOn: false,
  serializeImagePulls: false,
  resolvConf: '',
  volumePluginDir: `${INSIDE.state.kubelet}/volumeplugins`,
  // A rollout is seen when the next status goes out.
  nodeStatusUpdateFrequency: '10s',
});

const kubeProxy = {
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'iptables',
  bindAddress: '0.0.0.0',
  healthzBindAddress: '127.0.0.1:10256',
  metricsBindAddress: '127.0.0.1:10249',
  clientConnection: { kubeconfig: `${INSIDE.etc}/proxy.kubeconfig` },
  clusterCIDR: NETWORK.podCidr,
  // A pod that has become ready is to be reached at once.
  iptables: { minSyncPeriod: '100ms' },
  // These sysctls would be the machine's.
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
};
