// The Deployments of a stack's system, from the cluster that the stack names.
import { clusterId, fromKubeconfig, type Kube, type KubeObject } from '../cluster/kube.ts';
import { checkCluster } from '../settings/cluster.ts';
import type { Settings } from '../settings/settings.ts';

/** By name. Throws one line where the context leads to another cluster than the stack's. */
export async function deploymentsOf(
  { stack, cluster, system }: Settings,
  connect: (context: string) => Promise<Kube> = context => fromKubeconfig(undefined, context),
): Promise<Map<string, KubeObject>> {
  const kube = await connect(cluster.context);
  try {
    checkCluster(stack, cluster, { uid: await clusterId(kube), server: kube.server });
    const deployments = await kube.list(`/apis/apps/v1/namespaces/${system.namespace}/deployments`);
    return new Map(deployments.map(deployment => [deployment.metadata.name, deployment]));
  } finally {
    kube.close();
  }
}
