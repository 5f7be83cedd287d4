// The runs that the stack itself starts: for a push, and for a new base.
import type * as pulumi from '@pulumi/pulumi';
import { pipelineNamespace } from '../settings/objects.ts';
import { accounts } from './pipeline-access.ts';

/** One service as the pipeline builds it; paths are those of the system's repository. */
export interface PipelineService {
  name: string;
  image: string;
  dockerfile: string;
  context: string;
  /** Folders and files that belong to the service (systems/types.ts). */
  changes: readonly string[];
  /** Whether its layers are kept in the registry (systems/types.ts). */
  cache?: boolean;
}

/** Where a system's services come from. */
export interface PushSource {
  /** `owner/name`, as the webhook's payload spells it. */
  fullName: string;
  url: string;
  branch: string;
}

export interface RunArgs {
  /** Name of the system, by which its runs are named, and of its Pipeline. */
  system: string;
  pipeline: string;
  /** Namespace of the workloads. */
  namespace: pulumi.Input<string>;
  source: PushSource;
}

/** What all runs of a system have in common: the repository, its branch, the rights of a push's run. */
export function commonRun({ system, pipeline, namespace, source }: RunArgs) {
  const params: Record<string, pulumi.Input<string>> = {
    'repo-url': source.url,
    'deployment-namespace': namespace,
    'repo-branch': source.branch,
  };
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    // In the queue of those that build, until it is released (steps/queue.ts).
    metadata: { generateName: `${system}-`, namespace: pipelineNamespace, labels: { 'slipway.dev/queue': 'build' } },
    spec: {
      status: 'PipelineRunPending',
      pipelineRef: { name: pipeline },
      params: Object.entries(params).map(([name, value]) => ({ name, value })),
      taskRunTemplate: { serviceAccountName: accounts.build },
      taskRunSpecs: [{ pipelineTaskName: 'rollout', serviceAccountName: accounts.rollout }],
    },
  };
}
