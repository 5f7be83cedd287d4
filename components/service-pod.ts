// The pod of a service: what its catalogue entry says, under the rules that every pod of a stack keeps.
import type k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { SecretKey } from '../systems/types.ts';
import { fingerprint, restrictedContainerAs, restrictedPodAs, user as standardUser } from './kubernetes.ts';
import type { ObjectsVolume } from './objects-volume.ts';
import type { ServiceArgs } from './service.ts';
import { mountsOf } from './service-mounts.ts';

export interface PodArgs {
  image: pulumi.Input<string>;
  /** Name of the ConfigMap with the environment. */
  config: pulumi.Input<string>;
  /** The data that it reads. */
  objects: readonly ObjectsVolume[];
  /** How many pods there are at any time. */
  least: number;
}

/** The pod's template. */
export function podTemplate(
  args: ServiceArgs,
  { image, config, objects, least }: PodArgs,
): k8s.types.input.core.v1.PodTemplateSpec {
  const labels = { app: args.name };
  const httpGet = { path: args.health, port: args.port };
  const user = args.user ?? standardUser;
  const initContainers = objects.flatMap(volume => volume.initContainers);
  const env = [...Object.entries(args.secretEnv ?? {}).map(secretVariable), ...ownName(args)];
  const { volumeMounts, volumes } = mountsOf(args, objects);
  return {
    metadata: { labels, annotations: annotationsOf(args, objects) },
    spec: {
      serviceAccountName: args.name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: restrictedPodAs(user),
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
      ...(initContainers.length > 0 && { initContainers }),
      containers: [
        {
          // The pipeline's rollout looks for the container with the Deployment's name.
          name: args.name,
          image,
          imagePullPolicy: 'IfNotPresent',
          // The last lines of a container that fails are in its status, where a rollout finds its reason.
          terminationMessagePolicy: 'FallbackToLogsOnError',
          ports: [
            { name: 'http', containerPort: args.port },
            ...(args.metrics === undefined ? [] : [{ name: 'metrics', containerPort: args.metrics }]),
          ],
          envFrom: [{ configMapRef: { name: config } }],
          ...(env.length > 0 && { env }),
          securityContext: restrictedContainerAs(user),
          // A model may take its time to load; until then nothing else is asked of the pod.
          startupProbe: { httpGet, periodSeconds: 1, failureThreshold: 120 },
          readinessProbe: { httpGet, periodSeconds: 5 },
          livenessProbe: { httpGet, periodSeconds: 10, failureThreshold: 6 },
          resources: args.resources,
          volumeMounts,
        },
      ],
      volumes,
    },
  };
}

function ownName({ stateful }: ServiceArgs): k8s.types.input.core.v1.EnvVar[] {
  if (stateful?.name === undefined) return [];
  return [{ name: stateful.name, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
}

function secretVariable([name, { secret, key }]: [string, SecretKey]): k8s.types.input.core.v1.EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

// Another value is a reason for new pods: they read their environment, and files by subPath, when they start.
function annotationsOf(
  { env, secretVersions = {} }: ServiceArgs,
  objects: readonly ObjectsVolume[],
): Record<string, pulumi.Input<string>> {
  const versions = Object.entries(secretVersions).map(([name, version]) => pulumi.interpolate`${name}@${version}`);
  return {
    'slipway.dev/config': fingerprint(JSON.stringify(env)),
    ...Object.assign({}, ...objects.map(({ annotations }) => annotations)),
    ...(versions.length > 0 && { 'slipway.dev/secrets': pulumi.all(versions).apply(all => all.join(' ')) }),
  };
}
