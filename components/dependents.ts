// The services that are built on a base: a new digest of it starts a run of the pipeline for each of them.
import { local } from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { type Endpoint, printEndpoints } from '../images/endpoints.ts';
import { branchTag } from '../images/tags.ts';
import { commonRun, type PipelineService, type RunArgs } from './pipeline-runs.ts';

export interface Dependent extends PipelineService {
  /** The base that it is built on, as `repository:tag`, and its digest. Another one is the reason to build it again. */
  baseName: string;
  base: pulumi.Input<string>;
}

export interface DependentsArgs extends RunArgs {
  /** Context of the kubeconfig that leads to the stack's cluster. */
  context: string;
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
    // For a preview, which names those that follow a base.
    const bases = Object.fromEntries(args.services.map(service => [service.name, service.baseName]));
    super('slipway:pipeline:Dependents', name, { bases }, opts);
    for (const service of args.services) {
      new local.Command(
        `${name}-${service.name}`,
        {
          create: `node_modules/.bin/node commands/slipway.ts rebuild ${args.registry.name}/${service.image}:${branchTag(args.source.branch)} --context ${args.context}`,
          stdin: pulumi.jsonStringify(runOf(service, args)),
          environment: { SLIPWAY_ENDPOINTS: printEndpoints([args.registry]) },
          triggers: [service.base],
        },
        { parent: this, customTimeouts: { create: '2h' } },
      );
    }
    this.registerOutputs({});
  }
}

/** The run of one service: the head of the branch. */
function runOf({ name, image, dockerfile, context }: PipelineService, args: DependentsArgs): object {
  const { metadata, spec, ...rest } = commonRun(args);
  const params = { 'image-name': image, 'deployment-name': name, dockerfile, 'build-context': context };
  return {
    ...rest,
    metadata: {
      ...metadata,
      generateName: `${metadata.generateName}${name}-`,
      labels: { ...metadata.labels, 'slipway.dev/service': name, 'slipway.dev/trigger': 'base' },
    },
    spec: {
      ...spec,
      params: [...spec.params, ...Object.entries(params).map(([param, value]) => ({ name: param, value }))],
    },
  };
}
