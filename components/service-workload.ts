// What runs a service's pods: a Deployment, or a StatefulSet where each pod has a name and an address of its own.
import k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import { type Transform, transformed } from './kubernetes.ts';

export interface WorkloadArgs {
  metadata: k8s.types.input.meta.v1.ObjectMeta;
  /** Absent where somebody else says how many. */
  replicas?: number;
  selector: Record<string, string>;
  template: k8s.types.input.core.v1.PodTemplateSpec;
}

/** A new pod is healthy before an old one goes. */
export function declareDeployment(
  name: string,
  args: WorkloadArgs,
  transform: Transform<k8s.apps.v1.DeploymentArgs> | undefined,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  const { metadata } = args;
  return new k8s.apps.v1.Deployment(
    name,
    transformed({ metadata, spec: { ...specOf(args), strategy } }, transform),
    opts,
  );
}

/**
 * One pod after the other in a rollout, the last first. They start together, and one that does not become ready does not
 * hold the others: with `OrderedReady`, a pod that is broken would be waited for even after the template has gone back.
 */
export function declareStatefulSet(
  name: string,
  args: WorkloadArgs,
  serviceName: pulumi.Input<string>,
  transform: Transform<k8s.apps.v1.StatefulSetArgs> | undefined,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const order = { podManagementPolicy: 'Parallel', updateStrategy: { type: 'RollingUpdate' } };
  const { metadata } = args;
  return new k8s.apps.v1.StatefulSet(
    name,
    transformed({ metadata, spec: { serviceName, ...specOf(args), ...order } }, transform),
    opts,
  );
}

function specOf({ replicas, selector, template }: WorkloadArgs) {
  return {
    ...(replicas !== undefined && { replicas }),
    revisionHistoryLimit: 3,
    selector: { matchLabels: selector },
    template,
  };
}
