// A service: its workload, pinned to a digest, and everything around it.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { serviceNameFault } from '../systems/names.ts';
import { autoscaleFault, healthFault, portFault, replicasFault } from '../systems/service-rules.ts';
import type { Autoscale } from '../systems/types.ts';
import { declareIngress, type IngressHost } from './ingress.ts';
import { metadata, noWait, podsOf, type Transform, transformed } from './kubernetes.ts';
import { pinned } from './pinned.ts';
import { pullsWith } from './pull-secret.ts';
import { podTemplate } from './service-pod.ts';

export interface ServiceArgs {
  /** Name of the Deployment, the Service and all that belongs to them. */
  name: string;
  namespace: pulumi.Input<string>;
  /**
   * The image by digest. Absent while the service waits for its first build: everything but the workload is declared,
   * so that the first rollout finds it.
   */
  image?: pulumi.Input<string>;
  /** Name of the Secret in `namespace` that nodes pull the image with; default: they ask without a password. */
  pullSecret?: pulumi.Input<string>;
  /** Port of the container; the Service listens on 80. */
  port: number;
  /** Path that answers 200 when the service can serve. */
  health: string;
  /** Pods at a time; more than one are spread over nodes and kept through a drain. */
  replicas: number;
  /** How many pods by their load; in place of `replicas`, which then nobody declares. */
  autoscale?: Autoscale;
  /** Kubernetes quantities. */
  resources: k8s.types.input.core.v1.ResourceRequirements;
  /** Plain environment; secrets are none of it. */
  env: Record<string, string>;
  /** Seconds for new pods to become healthy before an `up` gives up. */
  rolloutTimeout: number;
  /** The name under which the service is reached from outside the cluster; default: none. */
  ingress?: IngressHost;
  transform?: {
    deployment?: Transform<k8s.apps.v1.DeploymentArgs>;
    service?: Transform<k8s.core.v1.ServiceArgs>;
    ingress?: Transform<k8s.networking.v1.IngressArgs>;
  };
}

/**
 * Deployment, Service, ServiceAccount, ConfigMap, NetworkPolicy; a PodDisruptionBudget where there are replicas; a
 * HorizontalPodAutoscaler and an Ingress where they are asked for.
 */
export class Service extends pulumi.ComponentResource {
  /** Address inside the cluster. */
  readonly address: pulumi.Output<string>;

  constructor(name: string, args: ServiceArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('slipway:service:Service', name, {}, opts);
    check(name, args);
    const parent = { parent: this };
    const image = args.image === undefined ? undefined : pinned(`${name}.image`, args.image);
    const of = (annotations?: Record<string, string>) => ({
      ...metadata(args.name, undefined, { annotations }),
      namespace: args.namespace,
    });
    const selector = { app: args.name };

    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata: of(), automountServiceAccountToken: false, ...pullsWith(args.pullSecret) },
      parent,
    );
    const config = new k8s.core.v1.ConfigMap(`${name}-config`, { metadata: of(), data: args.env }, parent);
    const policy = new k8s.networking.v1.NetworkPolicy(
      `${name}-policy`,
      {
        metadata: of(),
        spec: { podSelector: { matchLabels: selector }, policyTypes: ['Ingress', 'Egress'], ...traffic(args) },
      },
      parent,
    );
    if (image !== undefined) {
      const timeout = `${args.rolloutTimeout}s`;
      new k8s.apps.v1.Deployment(
        `${name}-deployment`,
        transformed(
          {
            metadata: of(),
            spec: {
              ...(!args.autoscale && { replicas: args.replicas }),
              revisionHistoryLimit: 3,
              // A new pod is healthy before an old one goes.
              strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
              selector: { matchLabels: selector },
              template: podTemplate(args, image, config.metadata.name, leastPods(args)),
            },
          },
          args.transform?.deployment,
        ),
        {
          parent: this,
          dependsOn: [account, policy],
          customTimeouts: { create: timeout, update: timeout, delete: '1m' },
        },
      );
      if (args.autoscale) {
        new k8s.autoscaling.v2.HorizontalPodAutoscaler(
          `${name}-autoscaler`,
          { metadata: of(), spec: autoscaler(args.name, args.autoscale) },
          parent,
        );
      }
    }
    if (leastPods(args) > 1) {
      new k8s.policy.v1.PodDisruptionBudget(
        `${name}-budget`,
        { metadata: of(), spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
        parent,
      );
    }
    const service = new k8s.core.v1.Service(
      `${name}-service`,
      transformed(
        { metadata: of(noWait), spec: { selector, ports: [{ name: 'http', port: 80, targetPort: args.port }] } },
        args.transform?.service,
      ),
      parent,
    );
    if (args.ingress) {
      const backend = { name: service.metadata.name, port: 80 };
      declareIngress(`${name}-ingress`, of, { ...args.ingress, backend }, parent, args.transform?.ingress);
    }
    this.address = service.metadata.apply(meta => `http://${meta.name}.${meta.namespace}.svc.cluster.local`);
    this.registerOutputs({ address: this.address });
  }
}

function leastPods({ autoscale, replicas }: ServiceArgs): number {
  return autoscale?.min ?? replicas;
}

function autoscaler(
  deployment: string,
  { min, max, cpu }: Autoscale,
): k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec {
  return {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: deployment },
    minReplicas: min,
    maxReplicas: max,
    metrics: [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } } },
    ],
  };
}

// Its port for the services of its own namespace, and for what leads calls from outside; outwards DNS, its namespace, and TLS to wherever its data lives.
function traffic(args: ServiceArgs): Pick<k8s.types.input.networking.v1.NetworkPolicySpec, 'ingress' | 'egress'> {
  const dns = [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ];
  return {
    ingress: [
      {
        ports: [{ port: args.port }],
        from: [{ podSelector: {} }, ...(args.ingress ? [podsOf(args.ingress.controllerNamespace)] : [])],
      },
    ],
    egress: [{ ports: dns }, { to: [{ podSelector: {} }] }, { ports: [{ port: 443 }] }],
  };
}

function check(name: string, args: ServiceArgs): void {
  const rule = (key: keyof ServiceArgs, expected: string | undefined) => {
    if (expected !== undefined)
      throw new Error(`${name}.${key}: found ${JSON.stringify(args[key])}; expected ${expected}`);
  };
  rule('name', serviceNameFault(args.name));
  rule('port', portFault(args.port));
  rule('health', healthFault(args.health));
  rule('replicas', replicasFault(args.replicas));
  if (args.autoscale) rule('autoscale', autoscaleFault(args.autoscale));
}
