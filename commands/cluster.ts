// The cluster of a stack, for the commands that ask or change what runs.
import { clusterId, fromKubeconfig, type Kube } from '../cluster/kube.ts';
import { checkCluster } from '../settings/cluster.ts';
import type { Settings } from '../settings/settings.ts';

/** A client of the stack's cluster. Throws one line where the context leads to another cluster. */
export async function clusterOf(
  { stack, cluster }: Settings,
  connect: (context: string) => Promise<Kube> = context => fromKubeconfig(undefined, context),
): Promise<Kube> {
  const kube = await connect(cluster.context);
  try {
    checkCluster(stack, cluster, { uid: await clusterId(kube), server: kube.server });
    return kube;
  } catch (error) {
    kube.close();
    throw error;
  }
}
