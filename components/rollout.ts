// The judge of a rollout that an `up` has begun: it waits until the new pods serve, and takes the workload back where they
// do not. Where a pipeline rolls out, its own step does that.
import { local } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { pulumiForce } from './kubernetes.ts';

export interface RolloutArgs {
  /** Context of the kubeconfig that leads to the stack's cluster. */
  context: string;
  kind: 'Deployment' | 'StatefulSet';
  namespace: pulumi.Input<string>;
  workload: string;
  /** Another one is the reason to look again: what the pods are made from. */
  template: pulumi.Input<string>;
  /** Seconds for the new pods to become healthy; as many again for those that it goes back to. */
  timeout: number;
}

/**
 * Annotations of the workload: the provider does not wait for it, the command does; and it writes over what the command
 * has gone back to.
 */
export const judged = { 'pulumi.com/skipAwait': 'true', ...pulumiForce };

/** Fails the `up` where the workload did not become healthy, once it has what ran before. */
export function declareRollout(name: string, args: RolloutArgs, opts: pulumi.CustomResourceOptions): void {
  const { context, kind, namespace, workload, template, timeout } = args;
  const create = pulumi.interpolate`node_modules/.bin/node commands/slipway.ts rolled-out ${kind} ${workload} --namespace ${namespace} --context ${context} --timeout ${timeout}`;
  new local.Command(
    name,
    { create, triggers: [template] },
    { ...opts, customTimeouts: { create: `${2 * timeout + 120}s`, update: `${2 * timeout + 120}s` } },
  );
}
