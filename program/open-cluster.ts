// The cluster before anything is declared: whether it is the stack's own, and what it has already.
import type { KubeObject } from '../cluster/kube.ts';
import { deployedImage, rolledOutImage } from '../cluster/workload.ts';
import { checkCluster } from '../settings/cluster.ts';
import type { Settings } from '../settings/settings.ts';
import type { World } from './world.ts';

export interface OpenedCluster {
  /** UID of namespace kube-system; `not-connected` where no cluster is asked and the stack names none. */
  uid: string;
  /** Whether the registry's Service is there, and what it is. */
  registryDeclared: boolean;
  registryService: KubeObject | undefined;
  /** Whether any workload of the system is there. */
  workloads: boolean;
  /** The image of each of them, by name. */
  running: Map<string, string>;
  /** Those that a rollout wrote last. */
  rolledOut: Map<string, string>;
}

/** Throws one line where the context leads to another cluster than the stack's. */
export async function openCluster(
  world: World,
  { stack, cluster, namespace, registry }: Settings,
): Promise<OpenedCluster> {
  const nothing = {
    registryDeclared: false,
    registryService: undefined,
    workloads: false,
    running: new Map(),
    rolledOut: new Map(),
  };
  if (!world.cluster) return { uid: cluster.uid ?? 'not-connected', ...nothing };
  const [{ clusterId }, kube] = await Promise.all([
    import('../cluster/kube.ts'),
    world.cluster.connect(cluster.context),
  ]);
  try {
    const uid = await clusterId(kube);
    checkCluster(stack, cluster, { uid, server: kube.server });
    const [registryService, deployments] = await Promise.all([
      kube.get(`/api/v1/namespaces/${registry.namespace}/services/${registry.service}`),
      kube.list(`/apis/apps/v1/namespaces/${namespace}/deployments`),
    ]);
    const rolledOut = new Map(deployments.flatMap(rolledOutImage));
    const running = new Map(deployments.flatMap(runningImage));
    const registryDeclared = registryService !== undefined;
    return { uid, registryDeclared, registryService, workloads: deployments.length > 0, running, rolledOut };
  } finally {
    kube.close();
  }
}

function runningImage(deployment: KubeObject): [string, string][] {
  const image = deployedImage(deployment);
  return image === undefined ? [] : [[deployment.metadata.name, image]];
}
