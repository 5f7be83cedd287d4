// The Deployments and StatefulSets of a stack's services, from the cluster that the stack names.
import type { Kube } from '../../cluster/kube.ts';
import { type Deployment, listWorkloads } from '../../cluster/workload.ts';
import type { Settings } from '../../settings/settings.ts';
import { clusterOf } from '../cluster.ts';

/** By name. Throws one line where the context leads to another cluster than the stack's. */
export async function deploymentsOf(
  settings: Settings,
  connect?: (context: string) => Promise<Kube>,
): Promise<Map<string, Deployment>> {
  const kube = await clusterOf(settings, connect);
  try {
    return await listDeployments(kube, settings);
  } finally {
    kube.close();
  }
}

/** The same, from a cluster that is known to be the stack's. */
export async function listDeployments(
  kube: Kube,
  { namespace }: Pick<Settings, 'namespace'>,
): Promise<Map<string, Deployment>> {
  const deployments = await listWorkloads(kube, namespace);
  return new Map(deployments.map(deployment => [deployment.metadata.name, deployment]));
}
