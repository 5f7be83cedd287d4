// The daemons that build service images in the cluster: one for each platform, in a namespace of their own.
import { local } from '@pulumi/command';
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { Platform } from '../images/platform.ts';
import { architectureOf, buildNamespace, clientSecretName, daemonName, daemonSecretName } from '../settings/objects.ts';
import { fingerprint, metadata, noWait, podsOf, type Transform, transformed } from './kubernetes.ts';
import { pinned } from './pinned.ts';

/** What the daemons' certificate is for, whatever address they are reached by. */
export const serverName = 'buildkitd';

const port = 1234;

export interface BuildkitArgs {
  /** Where the daemons run; it must exist, and let privileged pods in. */
  namespace: pulumi.Input<string>;
  /** BuildKit with `buildkitd` and `buildctl` on its PATH, by digest. */
  image: pulumi.Input<string>;
  /** Each gets a daemon, on a node of that architecture. */
  platforms: Platform[];
  /** Platforms that no node has: their daemon runs anywhere, and its node (or image) must be able to emulate them. */
  emulate?: Platform[];
  /** Registries that answer plain HTTP, by every name in use. */
  insecureRegistries: string[];
  /** What the cache of one daemon may take of its disk, for example `20Gi`; default: BuildKit's own bound. */
  cacheSize?: string;
  /** Namespace whose pods may use the daemons; it gets the client's certificate, in Secret `buildkit-client`. */
  clientNamespace: string;
  /** Requests of one daemon, as Kubernetes quantities. */
  resources: { cpu: string; memory: string };
  transform?: { deployment?: Transform<k8s.apps.v1.DeploymentArgs> };
}

interface Certificates {
  ca: string;
  server: { certificate: string; key: string };
  client: { certificate: string; key: string };
}

/** BuildKit over mTLS, one Deployment and Service a platform. */
export class Buildkit extends pulumi.ComponentResource {
  /** Address of each platform's daemon. Known from the start: the pipeline's text depends on it. */
  readonly addresses: Record<Platform, string>;
  /** Secret with ca.crt, tls.crt and tls.key, in the clients' namespace. */
  readonly clientSecret: pulumi.Output<string>;

  constructor(name: string, args: BuildkitArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('slipway:buildkit:Buildkit', name, {}, opts);
    const image = pinned(`${name}.image`, args.image);
    const stray = (args.emulate ?? []).filter(platform => !args.platforms.includes(platform));
    if (stray.length > 0) {
      throw new Error(`${name}.emulate: ${stray.join(', ')} is not among the platforms (${args.platforms.join(', ')})`);
    }
    const parent = { parent: this };
    const inside = (name: string, extra?: Parameters<typeof metadata>[2]) => ({
      ...metadata(name, undefined, extra),
      namespace: args.namespace,
    });

    const certificates = this.certificates(name);
    const daemonSecret = new k8s.core.v1.Secret(
      `${name}-server`,
      {
        metadata: inside(daemonSecretName),
        stringData: certificates.apply(all => files(all.ca, all.server)),
      },
      parent,
    );
    const clientSecret = new k8s.core.v1.Secret(
      `${name}-client`,
      {
        metadata: metadata(clientSecretName, args.clientNamespace),
        stringData: certificates.apply(all => files(all.ca, all.client)),
      },
      parent,
    );
    const toml = daemonConfig(args.insecureRegistries, args.cacheSize);
    const config = new k8s.core.v1.ConfigMap(
      `${name}-config`,
      { metadata: inside('buildkitd'), data: { 'buildkitd.toml': toml } },
      parent,
    );

    this.addresses = {};
    for (const platform of args.platforms) {
      const architecture = architectureOf(platform);
      const daemon = daemonName(platform);
      const deployment: k8s.apps.v1.DeploymentArgs = {
        metadata: inside(daemon),
        spec: {
          replicas: 1,
          // Two daemons on one cache would fight over its lock.
          strategy: { type: 'Recreate' },
          selector: { matchLabels: { app: daemon } },
          template: {
            metadata: {
              labels: { app: daemon, 'slipway.dev/part': 'buildkitd' },
              annotations: { 'slipway.dev/config': fingerprint(toml) },
            },
            spec: {
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              terminationGracePeriodSeconds: 5,
              ...(!args.emulate?.includes(platform) && {
                nodeSelector: { 'kubernetes.io/arch': architecture.split('-')[0]! },
              }),
              containers: [container(image, args.resources)],
              volumes: [
                { name: 'state', emptyDir: {} },
                { name: 'run', emptyDir: {} },
                { name: 'tmp', emptyDir: {} },
                { name: 'config', configMap: { name: config.metadata.name } },
                { name: 'certificates', secret: { secretName: daemonSecret.metadata.name } },
              ],
            },
          },
        },
      };
      new k8s.apps.v1.Deployment(`${name}-${architecture}`, transformed(deployment, args.transform?.deployment), {
        ...parent,
        customTimeouts: { create: '3m', update: '3m', delete: '1m' },
      });
      new k8s.core.v1.Service(
        `${name}-${architecture}`,
        {
          metadata: inside(daemon, { annotations: noWait }),
          spec: { selector: { app: daemon }, ports: [{ port, targetPort: port }] },
        },
        parent,
      );
      this.addresses[platform] = `tcp://${daemon}.${buildNamespace}.svc.cluster.local:${port}`;
    }
    new k8s.networking.v1.NetworkPolicy(
      `${name}-policy`,
      {
        metadata: inside('buildkitd'),
        spec: {
          podSelector: {},
          policyTypes: ['Ingress'],
          ingress: [{ ports: [{ port }], from: [podsOf(args.clientNamespace)] }],
        },
      },
      parent,
    );
    this.clientSecret = clientSecret.metadata.name;
    this.registerOutputs({ addresses: this.addresses, clientSecret: this.clientSecret });
  }

  // Made once and kept in the stack's state, where they are secret: no key lies in a checkout.
  private certificates(name: string): pulumi.Output<Certificates> {
    const made = new local.Command(
      `${name}-certificates`,
      { create: 'node_modules/.bin/node commands/slipway.ts certificates', logging: local.Logging.None },
      { parent: this, additionalSecretOutputs: ['stdout'] },
    );
    return pulumi.secret(made.stdout).apply(text => JSON.parse(text) as Certificates);
  }
}

function files(ca: string, pair: { certificate: string; key: string }): Record<string, string> {
  return { 'ca.crt': ca, 'tls.crt': pair.certificate, 'tls.key': pair.key };
}

function daemonConfig(insecure: readonly string[], cacheSize: string | undefined): string {
  // Build containers use the pod's network, so that a policy for the pod holds for what it builds, too.
  const oci = '[worker.oci]\n  enabled = true\n  networkMode = "host"\n';
  // It reads a quantity's letters with a B at the end, and refuses those without.
  const bound = cacheSize === undefined ? '' : `  maxUsedSpace = "${cacheSize}B"\n`;
  const worker = `${oci}${bound}[worker.containerd]\n  enabled = false\n`;
  return worker + insecure.map(registry => `[registry."${registry}"]\n  http = true\n`).join('');
}

function container(
  image: pulumi.Input<string>,
  requests: { cpu: string; memory: string },
): k8s.types.input.core.v1.Container {
  const socket = 'unix:///run/buildkit/buildkitd.sock';
  const tls = '/certificates';
  const alive = { exec: { command: ['buildctl', '--addr', socket, 'debug', 'workers'] }, timeoutSeconds: 5 };
  return {
    name: 'buildkitd',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: [
      'buildkitd',
      ...[
        '--config',
        '/config/buildkitd.toml',
        '--root',
        '/var/lib/buildkit',
        '--addr',
        socket,
        '--addr',
        `tcp://0.0.0.0:${port}`,
      ],
      ...['--tlscacert', `${tls}/ca.crt`, '--tlscert', `${tls}/tls.crt`, '--tlskey', `${tls}/tls.key`],
    ],
    ports: [{ containerPort: port }],
    // BuildKit makes the mounts and namespaces of what it runs.
    securityContext: { privileged: true },
    startupProbe: { ...alive, periodSeconds: 1, failureThreshold: 120 },
    readinessProbe: { ...alive, periodSeconds: 10 },
    resources: { requests },
    volumeMounts: [
      { name: 'state', mountPath: '/var/lib/buildkit' },
      { name: 'run', mountPath: '/run' },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'config', mountPath: '/config', readOnly: true },
      { name: 'certificates', mountPath: tls, readOnly: true },
    ],
  };
}
