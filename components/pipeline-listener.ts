// What the git host calls: a small server of the step image that makes a run of each service that a push builds. Not an
// EventListener of Tekton Triggers, which asks its interceptors once for each service with the whole payload, and reads
// a call of any size into memory before it looks at the signature.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { listenerName, pipelineNamespace } from '../settings/objects.ts';
import { declareIngress, type IngressRule } from './ingress.ts';
import { fingerprint, metadata, noWait, restrictedContainer, restrictedPod } from './kubernetes.ts';
import { commonRun, type PipelineService, type RunArgs } from './pipeline-runs.ts';
import { pullsWith } from './pull-secret.ts';

const port = 8080;

export interface ListenerArgs extends RunArgs {
  /** The step image, by digest. */
  image: pulumi.Input<string>;
  /** The stack's bases in the steps' own form. */
  bases: pulumi.Input<string>;
  services: PipelineService[];
  /** How many runs build at a time. */
  parallel: number;
  /** How many ended runs of each service are kept. */
  keepRuns: number;
  /** What calls are signed with. */
  secret: pulumi.Input<string>;
  /** Name of the Secret that nodes pull the step image with; absent: they ask without a password. */
  pullSecret?: pulumi.Input<string>;
  /** UID of the Pipeline, which owns the runs: they go when it goes. */
  pipelineUid: pulumi.Input<string>;
  /** The name under which the git host reaches it; default: none, the way there is the cluster's own affair. */
  ingress?: IngressRule;
}

/** Account, rights, configuration, secret, Deployment, Service and policy; gives the address inside the cluster. */
export function declareListener(
  name: string,
  args: ListenerArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const child = `${name}-${listenerName}`;
  const of = (annotations?: Record<string, string>) => metadata(listenerName, pipelineNamespace, { annotations });
  const account = new k8s.core.v1.ServiceAccount(child, { metadata: of(), ...pullsWith(args.pullSecret) }, opts);
  const role = new k8s.rbac.v1.Role(
    child,
    {
      metadata: of(),
      rules: [{ apiGroups: ['tekton.dev'], resources: ['pipelineruns'], verbs: ['list', 'create', 'patch', 'delete'] }],
    },
    opts,
  );
  const binding = new k8s.rbac.v1.RoleBinding(
    child,
    {
      metadata: of(),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: listenerName },
      subjects: [{ kind: 'ServiceAccount', name: listenerName, namespace: pipelineNamespace }],
    },
    opts,
  );
  const text = pushConfig(args);
  const config = new k8s.core.v1.ConfigMap(child, { metadata: of(), data: { 'push.json': text } }, opts);
  const secret = new k8s.core.v1.Secret(
    `${name}-webhook`,
    { metadata: metadata(`${args.system}-webhook`, pipelineNamespace), stringData: { secret: args.secret } },
    opts,
  );
  const labels = { app: listenerName };
  new k8s.apps.v1.Deployment(
    child,
    {
      metadata: of(),
      spec: {
        replicas: 1,
        // A push that meets none is lost: the old pod stays until the new one answers.
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: labels },
        template: {
          metadata: { labels, annotations: { 'slipway.dev/config': text.apply(all => fingerprint(all)) } },
          spec: {
            ...pod(args.image),
            volumes: [
              { name: 'config', configMap: { name: config.metadata.name } },
              { name: 'webhook', secret: { secretName: secret.metadata.name } },
            ],
          },
        },
      },
    },
    { ...opts, dependsOn: [account, role, binding], customTimeouts: { create: '2m', update: '2m', delete: '1m' } },
  );
  new k8s.networking.v1.NetworkPolicy(
    child,
    {
      metadata: of(),
      // From anywhere: where the git host's calls enter the cluster is the cluster's own affair.
      spec: { podSelector: { matchLabels: labels }, policyTypes: ['Ingress'], ingress: [{ ports: [{ port }] }] },
    },
    opts,
  );
  const service = new k8s.core.v1.Service(
    child,
    { metadata: of(noWait), spec: { selector: labels, ports: [{ name: 'http', port, targetPort: port }] } },
    opts,
  );
  if (args.ingress) {
    declareIngress(`${child}-ingress`, of, { ...args.ingress, backend: { name: service.metadata.name, port } }, opts);
  }
  return service.metadata.apply(meta => `http://${meta.name}.${pipelineNamespace}.svc.cluster.local:${port}`);
}

// As steps/push-config.ts reads it.
function pushConfig(args: ListenerArgs): pulumi.Output<string> {
  const run = commonRun(args);
  return pulumi
    .all([pulumi.output(run), args.bases, args.pipelineUid])
    .apply(([{ metadata: meta, ...rest }, bases, uid]) => {
      const owner = { apiVersion: 'tekton.dev/v1', kind: 'Pipeline', name: args.pipeline, uid };
      const value = {
        repository: args.source.fullName,
        branch: args.source.branch,
        bases: JSON.parse(bases),
        parallel: args.parallel,
        keep: args.keepRuns,
        run: { ...rest, metadata: { ...meta, ownerReferences: [owner] } },
        services: args.services.map(({ name, image, dockerfile, context, changes }) => ({
          ...{ name, image, dockerfile, context, changes },
        })),
      };
      return JSON.stringify(value, null, 1);
    });
}

function pod(image: pulumi.Input<string>): Omit<k8s.types.input.core.v1.PodSpec, 'volumes'> {
  return {
    serviceAccountName: listenerName,
    securityContext: restrictedPod,
    // For the runs of a push to be created, once it was taken in.
    terminationGracePeriodSeconds: 15,
    containers: [
      {
        name: 'listener',
        image,
        command: ['node', '/app/steps.mjs', 'listener'],
        env: [
          { name: 'SLIPWAY_PORT', value: String(port) },
          { name: 'SLIPWAY_PUSH_CONFIG', value: '/config/push.json' },
          { name: 'SLIPWAY_WEBHOOK_SECRET_FILE', value: '/webhook/secret' },
        ],
        ports: [{ name: 'http', containerPort: port }],
        securityContext: restrictedContainer,
        readinessProbe: { httpGet: { path: '/ready', port }, periodSeconds: 1 },
        livenessProbe: { httpGet: { path: '/ready', port }, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
        resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '512Mi' } },
        volumeMounts: [
          { name: 'config', mountPath: '/config', readOnly: true },
          { name: 'webhook', mountPath: '/webhook', readOnly: true },
        ],
      },
    ],
  };
}
