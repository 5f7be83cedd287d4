// Whether a Deployment serves, and what is wrong with it where it does not.
import { isHealthy, type Pod, progressOf, troublesOf, whyNotReady } from '../../cluster/health.ts';
import { type Deployment, pathOf, selectorOf, type WorkloadName } from '../../cluster/workload.ts';
import type { Context } from '../context.ts';
import { podsOfDeployment } from '../running.ts';
import { type Finding, fault, kubectl, ok, up, warning } from './finding.ts';

/** The finding for a Deployment that the stack can't do without. `absent`: the remedy where there is none. */
export async function serving(context: Context, workload: WorkloadName, absent = up(context)): Promise<Finding> {
  const kube = await context.kube();
  const deployment = await kube.get<Deployment>(pathOf(workload));
  const { namespace, deployment: name } = workload;
  if (!deployment) return fault(`there is no Deployment ${namespace}/${name}`, absent);
  return healthOf(context, deployment, await podsOfDeployment(context, deployment));
}

/** Whether all that a Deployment wants is there. `pods`: those of its selector. */
export function healthOf(context: Context, deployment: Deployment, pods: readonly Pod[]): Finding {
  const { name, namespace } = deployment.metadata;
  const label = `${namespace}/${name}`;
  if (deployment.spec.replicas === 0) {
    return fault(
      `Deployment ${label} is scaled to 0 replicas`,
      kubectl(context, `--namespace ${namespace} scale deployment ${name} --replicas=1`),
    );
  }
  if (isHealthy(deployment)) return ok(`${label}: ${progressOf(deployment)}`);
  const look = kubectl(context, `--namespace ${namespace} describe pods --selector ${selectorOf(deployment)}`);
  const [trouble] = troublesOf(deployment, pods);
  if (trouble) return fault(`Deployment ${label}: ${progressOf(deployment)}; ${trouble.text}`, look);
  const why = `Deployment ${label}: ${progressOf(deployment)}; ${whyNotReady(pods).text}`;
  // What serves meanwhile is what served before: a rollout is no fault as long as nothing tells of one.
  return (deployment.status?.availableReplicas ?? 0) > 0
    ? warning(why, kubectl(context, `--namespace ${namespace} rollout status deployment ${name}`))
    : fault(why, look);
}
