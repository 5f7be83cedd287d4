// A service: its workload, pinned to a digest, and everything around it.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { serviceNameFault } from '../systems/names.ts';
import { metadata, noWait, type Transform, transformed } from './kubernetes.ts';
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
  /** Kubernetes quantities. */
  resources: k8s.types.input.core.v1.ResourceRequirements;
  /** Plain environment; secrets are none of it. */
  env: Record<string, string>;
  /** Seconds for new pods to become healthy before an `up` gives up. */
  rolloutTimeout: number;
  transform?: { deployment?: Transform<k8s.apps.v1.DeploymentArgs>; service?: Transform<k8s.core.v1.ServiceArgs> };
}

/** Deployment, Service, ServiceAccount, ConfigMap, NetworkPolicy; a PodDisruptionBudget where there are replicas. */
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
              replicas: args.replicas,
              revisionHistoryLimit: 3,
              // A new pod is healthy before an old one goes.
              strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
              selector: { matchLabels: selector },
              template: podTemplate(args, image, config.metadata.name),
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
    }
    if (args.replicas > 1) {
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
    this.address = service.metadata.apply(meta => `http://${meta.name}.${meta.namespace}.svc.cluster.local`);
    this.registerOutputs({ address: this.address });
  }
}

// Its port for the services of its own namespace; outwards DNS, its namespace, and TLS to wherever its data lives.
function traffic(args: ServiceArgs): Pick<k8s.types.input.networking.v1.NetworkPolicySpec, 'ingress' | 'egress'> {
  const dns = [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ];
  return {
    ingress: [{ ports: [{ port: args.port }], from: [{ podSelector: {} }] }],
    egress: [{ ports: dns }, { to: [{ podSelector: {} }] }, { ports: [{ port: 443 }] }],
  };
}

function check(name: string, args: ServiceArgs): void {
  const fail = (key: string, found: unknown, expected: string): never => {
    throw new Error(`${name}.${key}: found ${JSON.stringify(found)}; expected ${expected}`);
  };
  const allowed = serviceNameFault(args.name);
  if (allowed) fail('name', args.name, allowed);
  if (!Number.isInteger(args.port) || args.port < 1024 || args.port > 65535) {
    fail('port', args.port, 'a port from 1024 to 65535: the container runs as an ordinary user');
  }
  if (!args.health.startsWith('/')) fail('health', args.health, 'a path that begins with "/", for example /health');
  if (!Number.isInteger(args.replicas) || args.replicas < 1)
    fail('replicas', args.replicas, 'a whole number from 1 on');
}
