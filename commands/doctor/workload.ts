// Whether a Deployment or StatefulSet serves, and what is wrong with it where it does not.
import { isHealthy, type Pod, progressOf, troublesOf, whyNotReady } from '../../cluster/health.ts';
import { type Deployment, pathOf, selectorOf, type WorkloadName } from '../../cluster/workload.ts';
import type { Context } from '../context.ts';
import { podsOfDeployment } from '../rollouts/running.ts';
import { withWarning } from './events.ts';
import { type Finding, fault, kubectl, ok, up, warning } from './finding.ts';

/** The finding for a Deployment that the stack can't do without. `absent`: the remedy where there is none. */
export async function serving(context: Context, workload: WorkloadName, absent = up(context)): Promise<Finding> {
  const kube = await context.kube();
  const deployment = await kube.get<Deployment>(pathOf(workload));
  const { namespace, deployment: name } = workload;
  if (!deployment) return fault(`there is no Deployment ${namespace}/${name}`, absent);
  return healthOf(context, deployment, await podsOfDeployment(context, deployment));
}

/** Whether all that a workload wants is there. `pods`: those of its selector. */
export async function healthOf(context: Context, workload: Deployment, pods: readonly Pod[]): Promise<Finding> {
  const { name, namespace } = workload.metadata;
  const { kind = 'Deployment' } = workload;
  const label = `${kind} ${namespace}/${name}`;
  const object = `${kind.toLowerCase()} ${name}`;
  if (workload.spec.replicas === 0) {
    return fault(
      `${label} is scaled to 0 replicas`,
      kubectl(context, `--namespace ${namespace} scale ${object} --replicas=1`),
    );
  }
  if (isHealthy(workload)) return ok(`${namespace}/${name}: ${progressOf(workload)}`);
  const look = kubectl(context, `--namespace ${namespace} describe pods --selector ${selectorOf(workload)}`);
  const [trouble] = troublesOf(workload, pods);
  if (trouble) {
    const pod = pods.find(({ metadata }) => trouble.key.startsWith(`${metadata.name}/`))?.metadata.name;
    return fault(
      `${label}: ${progressOf(workload)}; ${await withWarning(context, namespace, { ...trouble, pod })}`,
      look,
    );
  }
  const why = `${label}: ${progressOf(workload)}; ${await withWarning(context, namespace, whyNotReady(pods))}`;
  // What serves meanwhile is what served before: a rollout is no fault as long as nothing tells of one.
  return (workload.status?.availableReplicas ?? 0) > 0
    ? warning(why, kubectl(context, `--namespace ${namespace} rollout status ${object}`))
    : fault(why, look);
}
