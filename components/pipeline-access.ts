// Who may do what in the pipeline: each Task's service account just what its steps do, and no more.
import k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import { pipelineNamespace } from '../settings/objects.ts';
import { metadata } from './kubernetes.ts';
import { pullsWith } from './pull-secret.ts';

export const accounts = { build: 'slipway-build', rollout: 'slipway-rollout' };

// A run made by hand names no account, so its tasks have this one.
const handMade = 'default';
/** Whom the step that builds runs as. */
export const buildAccounts = [accounts.build, handMade];
const api = 'rbac.authorization.k8s.io';

type Rules = k8s.types.input.rbac.v1.PolicyRule[];

/** A run reports to its PipelineRun and becomes the Pipeline's own. */
const runRules = (pipeline: string): Rules => [
  { apiGroups: ['tekton.dev'], resources: ['pipelineruns'], verbs: ['get', 'patch'] },
  { apiGroups: ['tekton.dev'], resources: ['pipelines'], resourceNames: [pipeline], verbs: ['get'] },
];

/** A rollout changes a Deployment that is there, and reads why its pods don't come up. */
const rolloutRules: Rules = [
  { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'patch'] },
  { apiGroups: [''], resources: ['pods', 'events'], verbs: ['get', 'list'] },
];

/** The Lease of a service, as steps/order.ts looks for it. */
export const leaseOf = (service: string) => `slipway-${service}`;

/** A run takes its turn by the Lease of its service; `patch` also for the step that builds. */
const orderRules = (services: string[], verbs: string[]): Rules => [
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: services.map(leaseOf), verbs },
];

/**
 * Service accounts, Roles, bindings and the services' Leases of a pipeline that rolls out in `namespace`. `pullSecret`:
 * what the nodes pull the step image with, for every account that a run may have.
 */
export function declareAccess(
  name: string,
  pipeline: string,
  namespace: pulumi.Input<string>,
  services: string[],
  pullSecret: pulumi.Input<string> | undefined,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const account = (name: string) => ({ metadata: metadata(name, pipelineNamespace), ...pullsWith(pullSecret) });
  const own: pulumi.Resource[] = [accounts.build, accounts.rollout].map(
    one => new k8s.core.v1.ServiceAccount(`${name}-${one}`, account(one), opts),
  );
  // Not ours, so no more of it than this field; a destroy takes it away again.
  if (pullSecret !== undefined) {
    const { metadata: meta, ...pulls } = account(handMade);
    const { labels: _, ...plain } = meta;
    own.push(new k8s.core.v1.ServiceAccountPatch(`${name}-${handMade}`, { metadata: plain, ...pulls }, opts));
  }
  const grant = (role: string, where: pulumi.Input<string>, rules: Rules, subjects: string[]) => {
    const meta = { ...metadata(role, undefined), namespace: where };
    return [
      new k8s.rbac.v1.Role(`${name}-${role}`, { metadata: meta, rules }, opts),
      new k8s.rbac.v1.RoleBinding(
        `${name}-${role}`,
        { metadata: meta, roleRef: { apiGroup: api, kind: 'Role', name: role }, subjects: subjects.map(subject) },
        opts,
      ),
    ];
  };
  return [
    ...own,
    ...grant('slipway-runs', pipelineNamespace, runRules(pipeline), [accounts.build, accounts.rollout, handMade]),
    ...grant(
      'slipway-rollout',
      namespace,
      [...rolloutRules, ...orderRules(services, ['get'])],
      [accounts.rollout, handMade],
    ),
    ...grant('slipway-order', namespace, orderRules(services, ['get', 'patch']), buildAccounts),
    // Declared empty, so that no account needs the right to create one, and they go with the stack.
    ...services.map(
      service =>
        new k8s.coordination.v1.Lease(
          `${name}-${leaseOf(service)}`,
          { metadata: { ...metadata(leaseOf(service), undefined), namespace } },
          opts,
        ),
    ),
  ];
}

function subject(account: string): k8s.types.input.rbac.v1.Subject {
  return { kind: 'ServiceAccount', name: account, namespace: pipelineNamespace };
}
