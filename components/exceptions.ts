// What the components' own objects can't keep of the rules (docs/policy.md), whatever the system.
import type { Exception } from '../systems/types.ts';

/** One argument for several rules. */
function from(rules: string[], resources: string | string[], reason: string): Exception[] {
  return [resources].flat().flatMap(resource => rules.map(rule => ({ rule, resource, reason })));
}

const everyWorkload = ['Deployment */*', 'StatefulSet */*'];
const registry = 'Deployment */registry';
const daemons = 'Deployment slipway-build/buildkitd-*';
const listener = 'Deployment tekton-pipelines/slipway-push';

export const componentExceptions: readonly Exception[] = [
  ...from(
    ['kube-score/container-resources', 'checkov/CKV_K8S_11'],
    everyWorkload,
    'A limit of cpu makes a container wait while its node idles, and a service that starts slowly fail its probes. The ' +
      'request gives each its share where processors are short. Memory has a limit, by a rule of our own.',
  ),
  ...from(
    ['kube-score/container-ephemeral-storage-request-and-limit'],
    everyWorkload,
    'Roots are read-only, and images and layers lie in volumes; what is left is /tmp and the log, which the kubelet ' +
      'rotates. A limit counts both, and would end a service for its log. Where a node runs short, the kubelet ends who uses most.',
  ),
  ...from(
    ['kube-score/container-image-pull-policy'],
    everyWorkload,
    'Images are named by digest, so what a node has is what the registry would give. Always would make every restart, ' +
      "the registry's own too, wait for a registry.",
  ),
  ...from(
    ['kube-score/deployment-replicas', 'kube-score/deployment-strategy'],
    registry,
    'Its images lie on a volume that one node mounts at a time: a second pod could not start, nor a new one before the ' +
      'old one is gone. Pods run on without it, and programs wait for it for a minute.',
  ),
  ...from(
    ['kube-score/pod-probes-identical'],
    registry,
    'That it answers is all that can be asked of it; the liveness probe gives it a minute, the readiness probe fifteen ' +
      'seconds, so it gets no traffic long before it is started again.',
  ),
  ...from(
    ['kube-score/deployment-replicas', 'kube-score/pod-probes-identical', 'kube-score/pod-networkpolicy'],
    listener,
    'It holds nothing, starts within seconds, and the git host shows a call that it missed; a rolling update keeps the ' +
      "old pod until the new one answers. It calls the API server alone, whose address is the cluster's affair.",
  ),
  ...from(
    ['checkov/CKV_K8S_38'],
    listener,
    'It creates the runs of a push, lets them begin and deletes old ones; its service account may list, create, patch and ' +
      'delete PipelineRuns, and nothing else.',
  ),
  ...from(
    ['checkov/CKV_K8S_42'],
    'RoleBinding */slipway-*',
    "The teams' own runs name no service account (seed 000), so their tasks have the namespace's default one. It may do " +
      'what a rollout of the system does, and no more.',
  ),
  ...from(
    [
      ...['privileged', 'non-root', 'read-only-root'],
      ...['privileged', 'readonlyrootfilesystem', 'user-group-id'].map(
        part => `kube-score/container-security-context-${part}`,
      ),
      ...[16, 20, 22, 23, 28, 29, 31, 37, 40].map(number => `checkov/CKV_K8S_${number}`),
    ],
    daemons,
    'BuildKit makes the mounts and namespaces of what it builds, which takes a privileged root; a read-only root would ' +
      "hold nothing back from one. The daemons have a namespace of their own, no service account's token, and let in " +
      'only clients of the pipeline with a certificate.',
  ),
  ...from(
    ['limits', 'checkov/CKV_K8S_13'],
    daemons,
    'What a build takes is the affair of its Dockerfile, and the kernel would end the daemon with every build in flight. ' +
      'Its request, serviceBuilds.memory of the stack, keeps its place on the node.',
  ),
  ...from(
    ['liveness', 'kube-score/pod-probes', 'checkov/CKV_K8S_8'],
    daemons,
    'A probe that comes late while builds take every processor would end them all. A daemon that ends is started again, ' +
      'and one that does not answer is out of its Service by its readiness.',
  ),
  ...from(
    ['kube-score/deployment-replicas', 'kube-score/deployment-strategy'],
    daemons,
    'A daemon holds the lock of its layer cache: a second one would need a cache of its own, and a new one waits for the ' +
      'old one to let go. A run that meets none fails and says so.',
  ),
  ...from(
    ['kube-score/pod-networkpolicy'],
    daemons,
    'Builds fetch packages from wherever their Dockerfiles say; what they may not reach is for a policy of the cluster.',
  ),
  ...from(
    ['limits'],
    'Task tekton-pipelines/slipway-build',
    'How much memory a clone takes is the affair of the repository, and one that needs more could never be built. The ' +
      'run ends with its timeout, and its requests keep its place on the node.',
  ),
];
