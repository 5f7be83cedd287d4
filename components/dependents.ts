// The services that are built on a base: a new digest of it starts a run of the pipeline for each of them.
import { local } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { type Endpoint, printEndpoints } from '../images/endpoints.ts';
import { accounts, pipelineNamespace } from './pipeline-access.ts';
import type { PipelineService, PushSource } from './pipeline-triggers.ts';

export interface Dependent extends PipelineService {
  /** Digest of the base that it is built on. Another one is the reason to build it again. */
  base: pulumi.Input<string>;
}

export interface DependentsArgs {
  /** Context of the kubeconfig that leads to the stack's cluster. */
  context: string;
  /** Name of the Pipeline, and of the system, by which its runs are named. */
  pipeline: string;
  system: string;
  /** Namespace of the workloads. */
  namespace: pulumi.Input<string>;
  source: PushSource;
  /** The stack's registry, as this machine reaches it: a service that was never built is not built for a base. */
  registry: Endpoint;
  services: Dependent[];
}

/**
 * One command a service, so that a preview names each service that follows a base, and an `up` after a failed one takes
 * up those that failed and no other. Declare it after the Pipeline, which must have the new base by then.
 */
export class Dependents extends pulumi.ComponentResource {
  constructor(name: string, args: DependentsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('slipway:pipeline:Dependents', name, {}, opts);
    for (const service of args.services) {
      new local.Command(
        `${name}-${service.name}`,
        {
          create: `node_modules/.bin/node commands/slipway.ts rebuild ${args.registry.name}/${service.image}:${args.source.branch} --context ${args.context}`,
          stdin: pulumi.jsonStringify(runOf(service, args)),
          environment: { SLIPWAY_ENDPOINTS: printEndpoints([args.registry]) },
          triggers: [service.base],
        },
        { parent: this, customTimeouts: { create: '1h' } },
      );
    }
    this.registerOutputs({});
  }
}

/** The run of one service: the head of the branch, with the rights of a push's run. */
function runOf(service: PipelineService, args: DependentsArgs): object {
  const params = {
    'repo-url': args.source.url,
    'image-name': service.image,
    'deployment-name': service.name,
    'deployment-namespace': args.namespace,
    dockerfile: service.dockerfile,
    'build-context': service.context,
    'repo-branch': args.source.branch,
  };
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: {
      generateName: `${args.system}-${service.name}-`,
      namespace: pipelineNamespace,
      labels: { 'slipway.dev/service': service.name, 'slipway.dev/trigger': 'base' },
    },
    spec: {
      pipelineRef: { name: args.pipeline },
      params: Object.entries(params).map(([name, value]) => ({ name, value })),
      taskRunTemplate: { serviceAccountName: accounts.build },
      taskRunSpecs: [{ pipelineTaskName: 'rollout', serviceAccountName: accounts.rollout }],
    },
  };
}
