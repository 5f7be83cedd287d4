// The cluster before anything is declared: whether it is the stack's own, and what it has already.
import type { KubeObject } from '../cluster/kube.ts';
import { deployedImage, listWorkloads, rolledOutImage } from '../cluster/workload.ts';
import { checkCluster } from '../settings/cluster.ts';
import type { Settings } from '../settings/settings.ts';
import { checkNeeds } from './needs.ts';
import type { World } from './world.ts';

export interface OpenedCluster {
  /** UID of namespace kube-system; `not-connected` where no cluster is asked and the stack names none. */
  uid: string;
  /** Whether there is a registry to ask; its Service, where it is one of the cluster's. */
  registryDeclared: boolean;
  registryService: KubeObject | undefined;
  /** Whether any workload of the system is there. */
  workloads: boolean;
  /** The image of each of them, by name. */
  running: Map<string, string>;
  /** Those that a rollout wrote last. */
  rolledOut: Map<string, string>;
  /** What a reader must know of what could not be looked at. */
  notes: string[];
}

/** Throws one line where the context leads to another cluster than the stack's, or where the cluster lacks what services need. */
export async function openCluster(world: World, settings: Settings): Promise<OpenedCluster> {
  const { stack, cluster, namespace, registry } = settings;
  const nothing = {
    registryDeclared: false,
    registryService: undefined,
    workloads: false,
    running: new Map(),
    rolledOut: new Map(),
    notes: [],
  };
  if (!world.cluster) return { uid: cluster.uid ?? 'not-connected', ...nothing };
  const [{ clusterId }, kube] = await Promise.all([
    import('../cluster/kube.ts'),
    world.cluster.connect(cluster.context),
  ]);
  try {
    const uid = await clusterId(kube);
    checkCluster(stack, cluster, { uid, server: kube.server });
    const [registryService, deployments, notes] = await Promise.all([
      registry.external ? undefined : kube.get(`/api/v1/namespaces/${registry.namespace}/services/${registry.service}`),
      listWorkloads(kube, namespace),
      checkNeeds(kube, settings),
    ]);
    const rolledOut = new Map(deployments.flatMap(rolledOutImage));
    const running = new Map(deployments.flatMap(runningImage));
    const registryDeclared = registry.external || registryService !== undefined;
    return { uid, registryDeclared, registryService, workloads: deployments.length > 0, running, rolledOut, notes };
  } finally {
    kube.close();
  }
}

function runningImage(deployment: KubeObject): [string, string][] {
  const image = deployedImage(deployment);
  return image === undefined ? [] : [[deployment.metadata.name, image]];
}
