// From a signed push to a run: which push builds which service, and with which parameters.
import type * as pulumi from '@pulumi/pulumi';
import { accounts } from './pipeline-access.ts';
import { interceptorName } from './pipeline-interceptor.ts';

/** One service as the pipeline builds it; paths and prefixes are those of the system's repository. */
export interface PipelineService {
  name: string;
  image: string;
  dockerfile: string;
  context: string;
  /** Prefix of the files that belong to the service. */
  changes: string;
}

export interface PushSource {
  /** `owner/name` as the payload spells it, and the address to fetch from: never the payload's own. */
  fullName: string;
  url: string;
  branch: string;
}

/** The CEL filter of all triggers: pushes to the branch that is built. What a push builds is for the interceptor. */
function pushFilter(source: PushSource): string {
  return [
    `body.repository.full_name == ${text(source.fullName)}`,
    `body.ref == ${text(`refs/heads/${source.branch}`)}`,
    '!body.deleted',
  ].join(' && ');
}

/** The parameters that one trigger passes to the template. */
const templateParams = ['image-name', 'deployment-name', 'dockerfile', 'build-context', 'commit', 'changes', 'because'];

/** What a push is bound to beyond its service. */
export const bindingSpec = {
  params: [
    { name: 'commit', value: '$(body.after)' },
    { name: 'because', value: '$(extensions.because)' },
  ],
};

export interface TemplateArgs {
  system: string;
  pipeline: { name: string; uid: pulumi.Input<string> };
  /** Namespace of the workloads. */
  namespace: pulumi.Input<string>;
  source: PushSource;
}

/** The run of a push; it belongs to the Pipeline, so that it goes when the Pipeline goes. */
export function templateSpec(args: TemplateArgs): object {
  const given = (name: string) => ({ name, value: `$(tt.params.${name})` });
  return {
    params: templateParams.map(name => ({ name })),
    resourcetemplates: [
      {
        apiVersion: 'tekton.dev/v1',
        kind: 'PipelineRun',
        metadata: {
          generateName: `${args.system}-$(tt.params.deployment-name)-`,
          annotations: { 'slipway.dev/because': '$(tt.params.because)' },
          labels: { 'slipway.dev/service': '$(tt.params.deployment-name)', 'slipway.dev/trigger': 'push' },
          ownerReferences: [
            { apiVersion: 'tekton.dev/v1', kind: 'Pipeline', name: args.pipeline.name, uid: args.pipeline.uid },
          ],
        },
        spec: {
          pipelineRef: { name: args.pipeline.name },
          params: [
            { name: 'repo-url', value: args.source.url },
            given('image-name'),
            given('deployment-name'),
            { name: 'deployment-namespace', value: args.namespace },
            given('dockerfile'),
            given('build-context'),
            { name: 'repo-branch', value: args.source.branch },
            given('commit'),
            given('changes'),
          ],
          taskRunTemplate: { serviceAccountName: accounts.build },
          taskRunSpecs: [{ pipelineTaskName: 'rollout', serviceAccountName: accounts.rollout }],
        },
      },
    ],
  };
}

/** One trigger of the listener. The signature is checked before anything else of a call is read. */
export function trigger(
  service: PipelineService,
  names: { binding: string; template: string; secret: string; secretKey: string },
  source: PushSource,
): object {
  const interceptor = (name: string, params: Record<string, unknown>, kind = 'ClusterInterceptor') => ({
    name,
    ref: { kind, name },
    params: Object.entries(params).map(([key, value]) => ({ name: key, value })),
  });
  const { name, image, changes } = service;
  return {
    name: service.name,
    interceptors: [
      interceptor('github', {
        secretRef: { secretName: names.secret, secretKey: names.secretKey },
        eventTypes: ['push'],
      }),
      interceptor('cel', { filter: pushFilter(source) }),
      interceptor(interceptorName, { service: name, image, changes }, 'NamespacedInterceptor'),
    ],
    bindings: [
      { kind: 'TriggerBinding', ref: names.binding },
      { name: 'image-name', value: service.image },
      { name: 'deployment-name', value: service.name },
      { name: 'dockerfile', value: service.dockerfile },
      { name: 'build-context', value: service.context },
      { name: 'changes', value: service.changes || './' },
    ],
    template: { ref: names.template },
  };
}

// A CEL text is quoted like a JSON text.
function text(value: string): string {
  return JSON.stringify(value);
}
