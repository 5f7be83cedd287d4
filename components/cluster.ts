// The provider of a stack's cluster, with an identity that outlives kubeconfigs.
import k8s from '@pulumi/kubernetes';

/** `context`: of the kubeconfig in use. `uid`: of namespace kube-system; a renewed kubeconfig then replaces nothing. */
export function clusterProvider(context: string, uid: string): k8s.Provider {
  // The SDK would copy $KUBECONFIG, a path of this machine, into the stack's state, and another machine's path would
  // show as a change. The plugin reads the variable from its own environment.
  const { KUBECONFIG: path } = process.env;
  delete process.env.KUBECONFIG;
  try {
    return new k8s.Provider('cluster', {
      context,
      clusterIdentifier: uid,
      enableConfigMapMutable: true,
      enableSecretMutable: true,
    });
  } finally {
    if (path !== undefined) process.env.KUBECONFIG = path;
  }
}
