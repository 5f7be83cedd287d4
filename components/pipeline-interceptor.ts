// The listener's own interceptor: CEL sees a push, and not how the services' last runs ended. A small server of the
// step image that may list runs, and nothing else.
import k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import { metadata, noWait, podsOf, restrictedContainer, restrictedPod } from './kubernetes.ts';
import { pipelineNamespace } from './pipeline-access.ts';

/** As triggers refer to it. */
export const interceptorName = 'slipway-push';
const port = 8080;

export interface InterceptorArgs {
  /** The step image, by digest. */
  image: pulumi.Input<string>;
  /** The stack's bases in the steps' own form. */
  bases: pulumi.Input<string>;
}

/** Account, rights, Deployment, Service, policy and the Interceptor that names them; what the listener waits for. */
export function declareInterceptor(
  name: string,
  args: InterceptorArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const child = `${name}-${interceptorName}`;
  const of = (annotations?: Record<string, string>) => metadata(interceptorName, pipelineNamespace, { annotations });
  const account = new k8s.core.v1.ServiceAccount(child, { metadata: of() }, opts);
  const role = new k8s.rbac.v1.Role(
    child,
    { metadata: of(), rules: [{ apiGroups: ['tekton.dev'], resources: ['pipelineruns'], verbs: ['list'] }] },
    opts,
  );
  const binding = new k8s.rbac.v1.RoleBinding(
    child,
    {
      metadata: of(),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: interceptorName },
      subjects: [{ kind: 'ServiceAccount', name: interceptorName, namespace: pipelineNamespace }],
    },
    opts,
  );
  const labels = { app: interceptorName };
  const service = new k8s.core.v1.Service(
    child,
    { metadata: of(noWait), spec: { selector: labels, ports: [{ name: 'http', port, targetPort: port }] } },
    opts,
  );
  const deployment = new k8s.apps.v1.Deployment(
    child,
    {
      metadata: of(),
      spec: {
        replicas: 1,
        // A push that meets none is lost: the old pod stays until the new one answers.
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: pod(args) },
      },
    },
    {
      ...opts,
      dependsOn: [account, role, binding],
      customTimeouts: { create: '2m', update: '2m', delete: '1m' },
    },
  );
  const policy = new k8s.networking.v1.NetworkPolicy(
    child,
    {
      metadata: of(),
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ['Ingress'],
        ingress: [{ ports: [{ port }], from: [podsOf(pipelineNamespace)] }],
      },
    },
    opts,
  );
  const interceptor = new k8s.apiextensions.CustomResource(
    `${child}-interceptor`,
    {
      apiVersion: 'triggers.tekton.dev/v1alpha1',
      kind: 'Interceptor',
      metadata: of(),
      // Without a caBundle the listener calls it by plain HTTP: it stays inside the namespace, and decides nothing but
      // which of the stack's own services are built from the stack's own repository.
      spec: { clientConfig: { service: { name: interceptorName, namespace: pipelineNamespace, path: 'push', port } } },
    },
    opts,
  );
  return [deployment, service, policy, interceptor];
}

function pod({ image, bases }: InterceptorArgs): k8s.types.input.core.v1.PodSpec {
  return {
    serviceAccountName: interceptorName,
    securityContext: restrictedPod,
    terminationGracePeriodSeconds: 5,
    containers: [
      {
        name: 'interceptor',
        image,
        command: ['node', '/app/steps.mjs', 'interceptor'],
        env: [
          { name: 'SLIPWAY_PORT', value: String(port) },
          { name: 'SLIPWAY_RUN_NAMESPACE', value: pipelineNamespace },
          { name: 'SLIPWAY_BASES', value: bases },
        ],
        ports: [{ name: 'http', containerPort: port }],
        securityContext: restrictedContainer,
        readinessProbe: { httpGet: { path: '/ready', port }, periodSeconds: 1 },
        livenessProbe: { httpGet: { path: '/ready', port }, periodSeconds: 10, failureThreshold: 3 },
        resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '512Mi' } },
      },
    ],
  };
}
