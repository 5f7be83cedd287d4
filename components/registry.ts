// The in-cluster registry: one set of images under a fixed ClusterIP, a cluster name and an address outside.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { registryNamespace, registryService, registryWorkload } from '../settings/objects.ts';
import {
  fingerprint,
  metadata,
  noWait,
  podSecurity,
  podsOf,
  restrictedContainer,
  restrictedPod,
  type Transform,
  transformed,
} from './kubernetes.ts';
import { pinned } from './pinned.ts';
import { insideConfig, outsideConfig } from './registry-config.ts';

export interface RegistryArgs {
  /** `distribution` 3, by digest; it is started as `/bin/registry serve <file>`. */
  image: pulumi.Input<string>;
  /** Fixed address of the Service; must lie in the cluster's Service range. */
  clusterIP: string;
  /** Size (a Kubernetes quantity) and class (default: the cluster's) of the volume that holds the images. */
  storage: { size: string; class?: string };
  /** Certificate chain and key of the address outside, PEM. */
  tls: { certificate: pulumi.Input<string>; key: pulumi.Input<string> };
  /** Who may use it outside: lines of `user:bcrypt hash`. */
  htpasswd: pulumi.Input<string>;
  /** Namespaces whose pods may use port 5000, which asks for no password. */
  allowFrom: string[];
  /**
   * Addresses (CIDR) of nodes that pull by port 5000. A kubelet on the registry's own node is always let in; without
   * this, those of other nodes are shut out where the network enforces policies.
   */
  nodes?: string[];
  transform?: { deployment?: Transform<k8s.apps.v1.DeploymentArgs> };
}

/** The registry's Namespace, volume, workload with both faces, Service and NetworkPolicy. */
export class Registry extends pulumi.ComponentResource {
  /** Resolves once the registry can serve. */
  readonly ready: pulumi.Output<string>;

  constructor(name: string, args: RegistryArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('slipway:registry:Registry', name, {}, opts);
    const image = pinned(`${name}.image`, args.image);
    const parent = { parent: this };
    const namespace = new k8s.core.v1.Namespace(
      `${name}-namespace`,
      { metadata: metadata(registryNamespace, undefined, { labels: podSecurity('restricted') }) },
      parent,
    );
    const inside = { parent: this, dependsOn: [namespace] };
    const of = (object: string, annotations?: Record<string, string>) =>
      metadata(object, registryNamespace, { annotations });

    const config = new k8s.core.v1.ConfigMap(
      `${name}-config`,
      { metadata: of(registryWorkload), data: { 'inside.yml': insideConfig, 'outside.yml': outsideConfig } },
      inside,
    );
    const secret = new k8s.core.v1.Secret(
      `${name}-secret`,
      {
        metadata: of(registryWorkload),
        stringData: { 'tls.crt': args.tls.certificate, 'tls.key': args.tls.key, htpasswd: args.htpasswd },
      },
      inside,
    );
    const volume = new k8s.core.v1.PersistentVolumeClaim(
      `${name}-volume`,
      {
        // Bound when the pod is scheduled: its wait covers the claim's.
        metadata: of(registryWorkload, noWait),
        spec: {
          accessModes: ['ReadWriteOnce'],
          ...(args.storage.class !== undefined && { storageClassName: args.storage.class }),
          resources: { requests: { storage: args.storage.size } },
        },
      },
      inside,
    );
    const secrets = pulumi.all([args.tls.certificate, args.tls.key, args.htpasswd]);
    const deployment = new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      transformed(
        {
          metadata: of(registryWorkload),
          spec: {
            replicas: 1,
            // The volume goes from the old pod to the new one.
            strategy: { type: 'Recreate' },
            selector: { matchLabels: { app: 'registry' } },
            template: {
              metadata: {
                labels: { app: 'registry' },
                annotations: {
                  'slipway.dev/config': fingerprint(insideConfig, outsideConfig),
                  'slipway.dev/secret': pulumi.unsecret(secrets.apply(texts => fingerprint(...texts))),
                },
              },
              spec: {
                automountServiceAccountToken: false,
                enableServiceLinks: false,
                securityContext: restrictedPod,
                terminationGracePeriodSeconds: 5,
                containers: [
                  face('registry', image, 'inside.yml', { port: 5000, scheme: 'HTTP', path: '/v2/' }, []),
                  // `/` answers without a password, and not at all while the storage fails its health check.
                  face('outside', image, 'outside.yml', { port: 5443, scheme: 'HTTPS', path: '/' }, [
                    { name: 'secret', mountPath: '/secret', readOnly: true },
                  ]),
                ],
                volumes: [
                  { name: 'images', persistentVolumeClaim: { claimName: volume.metadata.name } },
                  { name: 'config', configMap: { name: config.metadata.name } },
                  { name: 'secret', secret: { secretName: secret.metadata.name } },
                ],
              },
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
        metadata: of(registryService, noWait),
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
    new k8s.networking.v1.NetworkPolicy(
      `${name}-policy`,
      {
        metadata: of(registryWorkload),
        spec: {
          podSelector: { matchLabels: { app: 'registry' } },
          policyTypes: ['Ingress', 'Egress'],
          ingress: [
            {
              ports: [{ port: 5000 }],
              from: [...args.allowFrom.map(podsOf), ...(args.nodes ?? []).map(cidr => ({ ipBlock: { cidr } }))],
            },
            { ports: [{ port: 5443 }] },
          ],
        },
      },
      inside,
    );
    this.ready = pulumi.all([deployment.id, service.id]).apply(([id]) => id);
    this.registerOutputs({ ready: this.ready });
  }
}

function face(
  name: string,
  image: pulumi.Input<string>,
  config: string,
  serve: { port: number; scheme: 'HTTP' | 'HTTPS'; path: string },
  mounts: k8s.types.input.core.v1.VolumeMount[],
): k8s.types.input.core.v1.Container {
  const httpGet = { path: serve.path, port: serve.port, scheme: serve.scheme };
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/registry', 'serve', `/config/${config}`],
    ports: [{ containerPort: serve.port }],
    securityContext: restrictedContainer,
    startupProbe: { httpGet, periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { httpGet, periodSeconds: 5 },
    livenessProbe: { httpGet, periodSeconds: 10, failureThreshold: 6 },
    resources: { requests: { cpu: '20m', memory: '32Mi' }, limits: { memory: '512Mi' } },
    volumeMounts: [
      { name: 'images', mountPath: '/var/lib/registry' },
      { name: 'config', mountPath: '/config', readOnly: true },
      ...mounts,
    ],
  };
}
