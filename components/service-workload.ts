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

export type WorkloadKind = 'Deployment' | 'StatefulSet';

/** A new pod is healthy before an old one goes. */
export function declareDeployment(
  name: string,
  { metadata, replicas, selector, template }: WorkloadArgs,
  transform: Transform<k8s.apps.v1.DeploymentArgs> | undefined,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new k8s.apps.v1.Deployment(
    name,
    transformed(
      {
        metadata,
        spec: {
          ...(replicas !== undefined && { replicas }),
          revisionHistoryLimit: 3,
          strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          selector: { matchLabels: selector },
          template,
        },
      },
      transform,
    ),
    opts,
  );
}

/**
 * One pod after the other in a rollout, the last first. They start together, and one that does not become ready does not
 * hold the others: with `OrderedReady`, a pod that is broken would be waited for even after the template has gone back.
 */
export function declareStatefulSet(
  name: string,
  { metadata, replicas, selector, template }: WorkloadArgs,
  serviceName: pulumi.Input<string>,
  transform: Transform<k8s.apps.v1.StatefulSetArgs> | undefined,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new k8s.apps.v1.StatefulSet(
    name,
    transformed(
      {
        metadata,
        spec: {
          serviceName,
          ...(replicas !== undefined && { replicas }),
          revisionHistoryLimit: 3,
          podManagementPolicy: 'Parallel',
          updateStrategy: { type: 'RollingUpdate' },
          selector: { matchLabels: selector },
          template,
        },
      },
      transform,
    ),
    opts,
  );
}
