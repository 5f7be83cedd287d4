// The pod of a service: what its catalogue entry says, under the rules that every pod of a stack keeps.
import type k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import { fingerprint, restrictedContainer, restrictedPod } from './kubernetes.ts';
import type { ServiceArgs } from './service.ts';

/** The pod's template; `config` names the ConfigMap with the environment, `least` pods there are at any time. */
export function podTemplate(
  args: ServiceArgs,
  image: pulumi.Input<string>,
  config: pulumi.Input<string>,
  least: number,
): k8s.types.input.core.v1.PodTemplateSpec {
  const labels = { app: args.name };
  const httpGet = { path: args.health, port: args.port };
  return {
    metadata: { labels, annotations: { 'slipway.dev/config': fingerprint(JSON.stringify(args.env)) } },
    spec: {
      serviceAccountName: args.name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: restrictedPod,
      terminationGracePeriodSeconds: 10,
      ...(least > 1 && {
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'kubernetes.io/hostname',
            whenUnsatisfiable: 'ScheduleAnyway',
            labelSelector: { matchLabels: labels },
          },
        ],
      }),
      containers: [
        {
          // The pipeline's rollout looks for the container with the Deployment's name.
          name: args.name,
          image,
          imagePullPolicy: 'IfNotPresent',
          // The last lines of a container that fails are in its status, where a rollout finds its reason.
          terminationMessagePolicy: 'FallbackToLogsOnError',
          ports: [{ name: 'http', containerPort: args.port }],
          envFrom: [{ configMapRef: { name: config } }],
          securityContext: restrictedContainer,
          // A model may take its time to load; until then nothing else is asked of the pod.
          startupProbe: { httpGet, periodSeconds: 1, failureThreshold: 120 },
          readinessProbe: { httpGet, periodSeconds: 5 },
          livenessProbe: { httpGet, periodSeconds: 10, failureThreshold: 6 },
          resources: args.resources,
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: {} }],
    },
  };
}
