// The Deployments of a stack's system, from the cluster that the stack names.
import type { Kube } from '../cluster/kube.ts';
import type { Deployment } from '../cluster/workload.ts';
import type { Settings } from '../settings/settings.ts';
import { clusterOf } from './cluster.ts';

/** By name. Throws one line where the context leads to another cluster than the stack's. */
export async function deploymentsOf(
  settings: Settings,
  connect?: (context: string) => Promise<Kube>,
): Promise<Map<string, Deployment>> {
  const kube = await clusterOf(settings, connect);
  try {
    const path = `/apis/apps/v1/namespaces/${settings.namespace}/deployments`;
    const deployments = await kube.list<Deployment>(path);
    return new Map(deployments.map(deployment => [deployment.metadata.name, deployment]));
  } finally {
    kube.close();
  }
}
