// What the services of every system can't keep of the linters' rules, and why.
import type { Exception } from './types.ts';

/** The arguments for the Deployments in `namespace`; with `stateful`, for its StatefulSets as well. */
export function serviceExceptions(namespace: string, { stateful = false } = {}): Exception[] {
  const kinds = ['Deployment', ...(stateful ? ['StatefulSet'] : [])];
  return [
    {
      rule: 'kube-score/deployment-replicas',
      resource: `Deployment ${namespace}/*`,
      reason:
        'One replica is the choice of a development stack, and more are spread and kept through drains. A rolling update ' +
        'makes the new pod before it ends the old one.',
    },
    ...kinds.map(kind => ({
      rule: `kube-score/${kind.toLowerCase()}-has-host-podantiaffinity`,
      resource: `${kind} ${namespace}/*`,
      reason:
        'Several replicas are spread over the nodes by a topology spread constraint, which Kubernetes made in the place of ' +
        'such an anti-affinity: it keeps the numbers even where there are more pods than nodes.',
    })),
    ...kinds.map(kind => ({
      rule: 'kube-score/pod-probes-identical',
      resource: `${kind} ${namespace}/*`,
      reason:
        'The services have one health path. Readiness asks every 5 s and takes a pod out after 15, liveness every 10 s and ' +
        'ends it after a minute: it gets no traffic long before it is started again.',
    })),
  ];
}

/** The arguments where images bring users and take secrets of their own, as their teams made them. */
export function ownUserExceptions(namespace: string): Exception[] {
  return ['Deployment', 'StatefulSet'].flatMap(kind => [
    ...['kube-score/container-security-context-user-group-id', 'checkov/CKV_K8S_40'].map(rule => ({
      rule,
      resource: `${kind} ${namespace}/*`,
      reason:
        "The images' own users are 1000 and 1001, which own what they write to. No path of the node is mounted that a user " +
        'of the same number could own there.',
    })),
    {
      rule: 'checkov/CKV_K8S_35',
      resource: `${kind} ${namespace}/*`,
      reason:
        'The programs take their signing key from a variable and put it into a file in /tmp that only they can read; that ' +
        'variable is a reference to a Secret.',
    },
  ]);
}
