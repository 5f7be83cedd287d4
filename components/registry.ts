// The in-cluster registry: one set of images under a fixed ClusterIP, a cluster name and an address outside.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { registryWorkload } from '../settings/objects.ts';
import { fingerprint, metadata, noWait, podSecurity, podsOf, type Transform, transformed } from './kubernetes.ts';
import { pinned } from './pinned.ts';
import { type Bucket, type InsideAuth, registryConfigs } from './registry-config.ts';
import { registryPod, type SecretKey } from './registry-pod.ts';

export interface RegistryArgs {
  /** Namespace, made for the registry alone, and name of its Service: `<service>.<namespace>.svc.cluster.local`. */
  namespace: string;
  service: string;
  /** `distribution` 3, by digest; it is started as `/bin/registry serve <file>`. */
  image: pulumi.Input<string>;
  /** Fixed address of the Service; must lie in the cluster's Service range. */
  clusterIP: string;
  /** Where the images are. */
  storage: Volume | BucketStorage;
  /** Certificate chain and key of the address outside, PEM. */
  tls: { certificate: pulumi.Input<string>; key: pulumi.Input<string> };
  /** Who may use it outside, and inside where it asks: lines of `user:bcrypt hash`. */
  htpasswd: pulumi.Input<string>;
  /** Whether port 5000 asks for a password. Where it does, every pod may call it. */
  insideAuth: InsideAuth;
  /** Namespaces whose pods may use port 5000 while it asks for no password; none where nothing is built. */
  allowFrom: string[];
  /**
   * Addresses (CIDR) of nodes that pull by an open port 5000. A kubelet on the registry's own node is always let in;
   * without this, those of other nodes are shut out where the network enforces policies.
   */
  nodes?: string[];
  /** A Service that leads to the TLS port from outside of the cluster; default: none. */
  expose?: Exposure;
  transform?: { deployment?: Transform<k8s.apps.v1.DeploymentArgs> };
}

/** Size (a Kubernetes quantity; it may grow), class (default: the cluster's), and whether Pulumi refuses to delete it. */
export interface Volume {
  size: string;
  class?: string;
  /** Default true. */
  protect?: boolean;
}

export interface BucketStorage {
  s3: Bucket;
  accessKey: pulumi.Input<string>;
  secretKey: pulumi.Input<string>;
}

export interface Exposure {
  by: 'loadBalancer' | 'nodePort';
  /** Port of the Service. */
  port: number;
  /** Port of every node; default: one that the cluster chooses. */
  nodePort?: number;
  /** What the cluster's own controllers read on the Service. */
  annotations?: Record<string, string>;
}

/** The registry's Namespace, volume, workload with both faces, Services and NetworkPolicy. */
export class Registry extends pulumi.ComponentResource {
  /** Resolves once the registry can serve. */
  readonly ready: pulumi.Output<string>;
  /** Address that a load balancer has for it; undefined where it has none. */
  readonly loadBalancer: pulumi.Output<string> | undefined;

  constructor(name: string, args: RegistryArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('slipway:registry:Registry', name, {}, opts);
    const image = pinned(`${name}.image`, args.image);
    const { storage } = args;
    const bucket = 's3' in storage ? storage : undefined;
    const protect = 'size' in storage && storage.protect !== false;
    const namespace = new k8s.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: metadata(args.namespace, undefined, { labels: podSecurity('restricted') }) },
      // With it the volume would go.
      { parent: this, protect },
    );
    const inside = { parent: this, dependsOn: [namespace] };
    const of = (object: string, annotations?: Record<string, string>) =>
      metadata(object, args.namespace, { annotations });

    const configs = registryConfigs(bucket?.s3, args.insideAuth);
    const config = new k8s.core.v1.ConfigMap(
      `${name}-config`,
      { metadata: of(registryWorkload), data: { 'inside.yml': configs.inside, 'outside.yml': configs.outside } },
      inside,
    );
    const keys: Record<string, pulumi.Input<string>> = {
      'tls.crt': args.tls.certificate,
      'tls.key': args.tls.key,
      htpasswd: args.htpasswd,
      ...(bucket && { 's3-access-key': bucket.accessKey, 's3-secret-key': bucket.secretKey }),
    } satisfies Partial<Record<SecretKey, pulumi.Input<string>>>;
    const secret = new k8s.core.v1.Secret(
      `${name}-secret`,
      { metadata: of(registryWorkload), stringData: keys },
      inside,
    );
    const claim = 'size' in storage ? volumeClaim(name, of, storage, { ...inside, protect }) : undefined;
    const deployment = new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      transformed(
        {
          metadata: of(registryWorkload),
          spec: {
            replicas: 1,
            // The volume goes from the old pod to the new one; and an upload is signed by the process that began it.
            strategy: { type: 'Recreate' },
            selector: { matchLabels: { app: 'registry' } },
            template: {
              metadata: {
                labels: { app: 'registry' },
                annotations: {
                  'slipway.dev/config': fingerprint(configs.inside, configs.outside),
                  'slipway.dev/secret': pulumi.unsecret(
                    pulumi.all(Object.values(keys)).apply(texts => fingerprint(...texts)),
                  ),
                },
              },
              spec: registryPod({
                image,
                config: config.metadata.name,
                secret: secret.metadata.name,
                claim: claim?.metadata.name,
                insideAuth: args.insideAuth,
              }),
            },
          },
        },
        args.transform?.deployment,
      ),
      { ...inside, customTimeouts: { create: '2m', update: '2m', delete: '1m' } },
    );
    const service = new k8s.core.v1.Service(
      `${name}-service`,
      {
        metadata: of(args.service, noWait),
        spec: {
          clusterIP: args.clusterIP,
          selector: { app: 'registry' },
          ports: [
            { name: 'inside', port: 5000, targetPort: 5000 },
            { name: 'outside', port: 5443, targetPort: 5443 },
          ],
        },
      },
      inside,
    );
    this.loadBalancer = args.expose && exposed(name, of, args, args.expose, { parent: this, dependsOn: [deployment] });
    new k8s.networking.v1.NetworkPolicy(
      `${name}-policy`,
      {
        metadata: of(registryWorkload),
        spec: {
          podSelector: { matchLabels: { app: 'registry' } },
          policyTypes: ['Ingress', 'Egress'],
          ingress: [...insideCallers(args), { ports: [{ port: 5443 }] }],
          // A bucket has an address anywhere, and behind a Service another port than its URL says.
          ...(bucket && { egress: [{}] }),
        },
      },
      inside,
    );
    this.ready = pulumi.all([deployment.id, service.id]).apply(([id]) => id);
    this.registerOutputs({ ready: this.ready, loadBalancer: this.loadBalancer });
  }
}

type Metadata = (object: string, annotations?: Record<string, string>) => k8s.types.input.meta.v1.ObjectMeta;

function volumeClaim(name: string, of: Metadata, volume: Volume, opts: pulumi.CustomResourceOptions) {
  return new k8s.core.v1.PersistentVolumeClaim(
    `${name}-volume`,
    {
      // Bound when the pod is scheduled: its wait covers the claim's.
      metadata: of(registryWorkload, noWait),
      spec: {
        accessModes: ['ReadWriteOnce'],
        ...(volume.class !== undefined && { storageClassName: volume.class }),
        resources: { requests: { storage: volume.size } },
      },
    },
    opts,
  );
}

function insideCallers({ insideAuth, allowFrom, nodes = [] }: RegistryArgs) {
  const ports = [{ port: 5000 }];
  if (insideAuth === 'password') return [{ ports }];
  const from = [...allowFrom.map(podsOf), ...nodes.map(cidr => ({ ipBlock: { cidr } }))];
  // A rule without peers would let everybody in.
  return from.length > 0 ? [{ ports, from }] : [];
}

// Of a load balancer its address is awaited: what is pushed next goes by it.
function exposed(
  name: string,
  of: Metadata,
  { service }: RegistryArgs,
  { by, port, nodePort, annotations }: Exposure,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> | undefined {
  const awaited = by === 'loadBalancer';
  const { status } = new k8s.core.v1.Service(
    `${name}-outside`,
    {
      metadata: of(`${service}-outside`, { ...annotations, ...(!awaited && noWait) }),
      spec: {
        type: awaited ? 'LoadBalancer' : 'NodePort',
        selector: { app: 'registry' },
        ports: [{ name: 'outside', port, targetPort: 5443, ...(nodePort !== undefined && { nodePort }) }],
      },
    },
    { ...opts, customTimeouts: { create: '5m', update: '5m' } },
  );
  if (!awaited) return undefined;
  // A run without a cluster has no status at all.
  return status.apply((known?: k8s.types.output.core.v1.ServiceStatus) => {
    const [address] = known?.loadBalancer?.ingress ?? [];
    return address?.hostname ?? address?.ip ?? '';
  });
}
