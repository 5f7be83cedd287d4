// The right cluster: a context is a name on one machine, so a stack also says which cluster must answer to it.

export interface ClusterIdentity {
  /** UID of namespace kube-system. */
  uid: string;
  /** Address of the API server. */
  server: string;
}

/** Throws one line unless the cluster that answers is the one that the stack names. */
export function checkCluster(
  stack: string,
  wanted: { context: string; uid?: string; server?: string },
  found: ClusterIdentity,
): void {
  for (const key of ['uid', 'server'] as const) {
    if (wanted[key] === undefined || wanted[key] === found[key]) continue;
    throw new Error(
      `stack ${stack} may only touch the cluster with ${key} ${wanted[key]}; context ${wanted.context} leads to ${found[key]}. Nothing was changed: choose the right kubeconfig, or correct slipway:cluster.${key} in Pulumi.${stack}.yaml`,
    );
  }
}
