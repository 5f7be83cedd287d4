// A service: its workload, pinned to a digest, and everything around it.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { serviceNameFault } from '../systems/names.ts';
import { autoscaleFault, healthFault, portFault, replicasFault } from '../systems/service-rules.ts';
import type { Autoscale, SecretKey } from '../systems/types.ts';
import { declareIngress, type IngressHost } from './ingress.ts';
import { fingerprint, metadata, noWait, type Transform, transformed } from './kubernetes.ts';
import { type ObjectsSource, type ObjectsVolume, objectsVolume } from './objects-volume.ts';
import { pinned } from './pinned.ts';
import { pullsWith } from './pull-secret.ts';
import { declareRollout, judged } from './rollout.ts';
import { type Egress, traffic } from './service-network.ts';
import { podTemplate } from './service-pod.ts';
import { declareDeployment, declareStatefulSet } from './service-workload.ts';

export interface ServiceArgs {
  /** Name of the workload, the Service and all that belongs to them. */
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
  /** Port of the container that metrics are read from; the Service has the same. Default: none. */
  metrics?: number;
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
  /** Variables whose values are in Secrets of `namespace`. */
  secretEnv?: Record<string, SecretKey>;
  /** Keys of Secrets as read-only files, by absolute path. */
  secretFiles?: Record<string, SecretKey>;
  /** Versions of Secrets by name: another one is a reason for new pods. */
  secretVersions?: Record<string, pulumi.Input<string>>;
  /** Numeric user and group; default: 65532. */
  user?: number;
  /** Absolute paths that the service may write to, beside /tmp; gone with the pod. */
  writable?: readonly string[];
  /** Data that it reads, each at an absolute path; never written to. */
  data?: readonly { name: string; path: string; source: ObjectsSource }[];
  /** The step image by digest, which copies data from a bucket; needed where `data` has one. */
  stepImage?: pulumi.Input<string>;
  /** What it may reach beside DNS; default: its namespace, and TLS to anywhere. */
  egress?: Egress;
  /**
   * A StatefulSet in place of a Deployment. `peers`: the variable that lists `host:port` of each pod; `name`: the one with
   * the pod's own name.
   */
  stateful?: { peers?: string; name?: string };
  /** Seconds for new pods to become healthy before an `up` gives up. */
  rolloutTimeout: number;
  /**
   * Context of the kubeconfig by which an `up` judges its rollouts, and takes back the one that fails; absent where a
   * pipeline rolls out, and an `up` finds what it has left.
   */
  judgedBy?: string;
  /** The name under which the service is reached from outside the cluster; default: none. */
  ingress?: IngressHost;
  transform?: {
    deployment?: Transform<k8s.apps.v1.DeploymentArgs>;
    statefulSet?: Transform<k8s.apps.v1.StatefulSetArgs>;
    service?: Transform<k8s.core.v1.ServiceArgs>;
    ingress?: Transform<k8s.networking.v1.IngressArgs>;
  };
}

/**
 * Deployment or StatefulSet, Service, ServiceAccount, ConfigMap, NetworkPolicy; a PodDisruptionBudget where there are
 * replicas; a HorizontalPodAutoscaler and an Ingress where they are asked for.
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
    const data = { ...args.env, ...peersOf(args) };
    const config = new k8s.core.v1.ConfigMap(`${name}-config`, { metadata: of(), data }, parent);
    const policy = new k8s.networking.v1.NetworkPolicy(
      `${name}-policy`,
      {
        metadata: of(),
        spec: { podSelector: { matchLabels: selector }, policyTypes: ['Ingress', 'Egress'], ...traffic(args) },
      },
      parent,
    );
    if (args.stateful) {
      new k8s.core.v1.Service(
        `${name}-peers`,
        {
          metadata: { ...metadata(peersName(args), undefined, { annotations: noWait }), namespace: args.namespace },
          // Peers find each other before they can serve.
          spec: { clusterIP: 'None', selector, ports: portsOf(args), publishNotReadyAddresses: true },
        },
        parent,
      );
    }
    if (image !== undefined)
      this.#declareWorkload(name, args, image, config, { of, selector, after: [account, policy] });
    if (leastPods(args) > 1) {
      new k8s.policy.v1.PodDisruptionBudget(
        `${name}-budget`,
        { metadata: of(), spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
        parent,
      );
    }
    const service = new k8s.core.v1.Service(
      `${name}-service`,
      transformed({ metadata: of(noWait), spec: { selector, ports: portsOf(args, 80) } }, args.transform?.service),
      parent,
    );
    if (args.ingress) {
      const backend = { name: service.metadata.name, port: 80 };
      declareIngress(`${name}-ingress`, of, { ...args.ingress, backend }, parent, args.transform?.ingress);
    }
    this.address = service.metadata.apply(meta => `http://${meta.name}.${meta.namespace}.svc.cluster.local`);
    this.registerOutputs({ address: this.address });
  }

  #declareWorkload(
    name: string,
    args: ServiceArgs,
    image: pulumi.Input<string>,
    config: k8s.core.v1.ConfigMap,
    { of, selector, after }: Around,
  ): void {
    const kind = args.stateful ? 'StatefulSet' : 'Deployment';
    const timeout = `${args.rolloutTimeout}s`;
    const objects = this.#declareObjects(name, args, of);
    const template = podTemplate(args, { image, config: config.metadata.name, objects, least: leastPods(args) });
    const workload = {
      metadata: of(args.judgedBy === undefined ? undefined : judged),
      replicas: args.autoscale ? undefined : args.replicas,
      selector,
      template,
    };
    const opts = {
      parent: this,
      dependsOn: after,
      customTimeouts: { create: timeout, update: timeout, delete: '1m' },
    };
    const declared = args.stateful
      ? declareStatefulSet(`${name}-stateful-set`, workload, peersName(args), args.transform?.statefulSet, opts)
      : declareDeployment(`${name}-deployment`, workload, args.transform?.deployment, opts);
    if (args.autoscale) {
      new k8s.autoscaling.v2.HorizontalPodAutoscaler(
        `${name}-autoscaler`,
        { metadata: of(), spec: autoscaler(kind, args.name, args.autoscale) },
        { parent: this },
      );
    }
    if (args.judgedBy === undefined) return;
    const rollout = {
      context: args.judgedBy,
      kind,
      namespace: args.namespace,
      workload: args.name,
      template: pulumi.jsonStringify(template).apply(text => fingerprint(text)),
      timeout: args.rolloutTimeout,
    } as const;
    declareRollout(`${name}-rollout`, rollout, { parent: this, dependsOn: [declared] });
  }

  /** The volumes of its data, and the ConfigMap with what is copied into them. */
  #declareObjects(
    name: string,
    { name: workload, data = [], stepImage = '' }: ServiceArgs,
    of: Around['of'],
  ): ObjectsVolume[] {
    const config = `${workload}-objects`;
    const volumes = data.map(({ name: volume, path, source }) =>
      objectsVolume({ name: volume, mountPath: path, source, stepImage, config }),
    );
    const lists = Object.assign({}, ...volumes.map(volume => volume.data)) as Record<string, string>;
    if (Object.keys(lists).length > 0) {
      const meta = { ...of(), name: config };
      new k8s.core.v1.ConfigMap(`${name}-objects`, { metadata: meta, data: lists }, { parent: this });
    }
    return volumes;
  }
}

interface Around {
  of: (annotations?: Record<string, string>) => k8s.types.input.meta.v1.ObjectMeta;
  selector: Record<string, string>;
  /** What pods need before they start. */
  after: pulumi.Resource[];
}

function leastPods({ autoscale, replicas }: ServiceArgs): number {
  return autoscale?.min ?? replicas;
}

/** The headless Service by which pods of a StatefulSet have addresses. */
function peersName({ name }: ServiceArgs): string {
  return `${name}-peers`;
}

function peersOf(args: ServiceArgs): Record<string, pulumi.Output<string>> {
  const { name, namespace, port, stateful } = args;
  if (stateful?.peers === undefined) return {};
  const pods = Array.from({ length: leastPods(args) }, (_, i) => `${name}-${i}.${peersName(args)}`);
  const list = pulumi.output(namespace).apply(there => pods.map(pod => `${pod}.${there}.svc:${port}`).join(','));
  return { [stateful.peers]: list };
}

/** `listen`: the port of the Service in place of the container's own. */
function portsOf({ port, metrics }: ServiceArgs, listen = port): k8s.types.input.core.v1.ServicePort[] {
  return [
    { name: 'http', port: listen, targetPort: port },
    ...(metrics === undefined ? [] : [{ name: 'metrics', port: metrics, targetPort: metrics }]),
  ];
}

function autoscaler(
  kind: string,
  name: string,
  { min, max, cpu }: Autoscale,
): k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec {
  return {
    scaleTargetRef: { apiVersion: 'apps/v1', kind, name },
    minReplicas: min,
    maxReplicas: max,
    metrics: [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } } },
    ],
  };
}

function check(name: string, args: ServiceArgs): void {
  const rule = (key: keyof ServiceArgs, expected: string | undefined) => {
    if (expected !== undefined)
      throw new Error(`${name}.${key}: found ${JSON.stringify(args[key])}; expected ${expected}`);
  };
  rule('name', serviceNameFault(args.name));
  rule('port', portFault(args.port));
  if (args.metrics !== undefined) rule('metrics', portFault(args.metrics));
  rule('health', healthFault(args.health));
  rule('replicas', replicasFault(args.replicas));
  if (args.autoscale) rule('autoscale', autoscaleFault(args.autoscale));
}
