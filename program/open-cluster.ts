// The cluster before anything is declared: whether it is the stack's own, and what it has already.
import { rolledOutImage } from '../cluster/workload.ts';
import { checkCluster } from '../settings/cluster.ts';
import { registryNamespace, registryService } from '../settings/objects.ts';
import type { Settings } from '../settings/settings.ts';
import type { World } from './world.ts';

export interface OpenedCluster {
  /** UID of namespace kube-system; `not-connected` where no cluster is asked and the stack names none. */
  uid: string;
  /** Whether the registry's Service is there. */
  registryDeclared: boolean;
  /** Whether any workload of the system is there. */
  workloads: boolean;
  /** The image of each of them that a rollout wrote last, by name. */
  rolledOut: Map<string, string>;
}

/** Throws one line where the context leads to another cluster than the stack's. */
export async function openCluster(world: World, { stack, cluster, system }: Settings): Promise<OpenedCluster> {
  const nothing = { registryDeclared: false, workloads: false, rolledOut: new Map() };
  if (!world.cluster) return { uid: cluster.uid ?? 'not-connected', ...nothing };
  const [{ clusterId }, kube] = await Promise.all([
    import('../cluster/kube.ts'),
    world.cluster.connect(cluster.context),
  ]);
  try {
    const uid = await clusterId(kube);
    checkCluster(stack, cluster, { uid, server: kube.server });
    const [service, deployments] = await Promise.all([
      kube.get(`/api/v1/namespaces/${registryNamespace}/services/${registryService}`),
      kube.list(`/apis/apps/v1/namespaces/${system.namespace}/deployments`),
    ]);
    const rolledOut = new Map(deployments.flatMap(rolledOutImage));
    return { uid, registryDeclared: service !== undefined, workloads: deployments.length > 0, rolledOut };
  } finally {
    kube.close();
  }
}
