// The pod of the registry: one process for each face, on the same images.
import type k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import { restrictedContainer, restrictedPod } from './kubernetes.ts';
import { bucketKnownAfter, type InsideAuth } from './registry-config.ts';

/** Keys of the registry's Secret. */
export type SecretKey = 'tls.crt' | 'tls.key' | 'htpasswd' | 's3-access-key' | 's3-secret-key';

export interface RegistryPodArgs {
  image: pulumi.Input<string>;
  /** ConfigMap with inside.yml and outside.yml. */
  config: pulumi.Input<string>;
  /** Secret, by the keys above. */
  secret: pulumi.Input<string>;
  /** The claim of the volume that holds the images; undefined where a bucket does. */
  claim: pulumi.Input<string> | undefined;
  insideAuth: InsideAuth;
}

export function registryPod(args: RegistryPodArgs): k8s.types.input.core.v1.PodSpec {
  const asks = args.insideAuth === 'password';
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod,
    terminationGracePeriodSeconds: 5,
    containers: [
      face(args, 'registry', 'inside.yml', { port: 5000, scheme: 'HTTP', path: asks ? alive : '/v2/' }, [
        ...(asks ? [{ name: 'users', mountPath: '/secret', readOnly: true }] : []),
      ]),
      face(args, 'outside', 'outside.yml', { port: 5443, scheme: 'HTTPS', path: alive }, [
        { name: 'secret', mountPath: '/secret', readOnly: true },
      ]),
    ],
    volumes: [
      ...(args.claim === undefined ? [] : [{ name: 'images', persistentVolumeClaim: { claimName: args.claim } }]),
      { name: 'config', configMap: { name: args.config } },
      { name: 'secret', secret: { secretName: args.secret, ...(args.claim === undefined && { items: tlsAndUsers }) } },
      ...(asks ? [{ name: 'users', secret: { secretName: args.secret, items: [item('htpasswd')] } }] : []),
    ],
  };
}

// `/` answers without a password, and not at all while the storage fails its health check.
const alive = '/';

const item = (key: SecretKey) => ({ key, path: key });
// The keys to a bucket are in the environment, and need not lie in a file as well.
const tlsAndUsers = [item('tls.crt'), item('tls.key'), item('htpasswd')];

function face(
  { image, claim, secret }: RegistryPodArgs,
  name: string,
  config: string,
  serve: { port: number; scheme: 'HTTP' | 'HTTPS'; path: string },
  mounts: k8s.types.input.core.v1.VolumeMount[],
): k8s.types.input.core.v1.Container {
  const httpGet = { path: serve.path, port: serve.port, scheme: serve.scheme };
  const inBucket = claim === undefined;
  return {
    name,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/bin/registry', 'serve', `/config/${config}`],
    ...(inBucket && { env: bucketKeys(secret) }),
    ports: [{ containerPort: serve.port }],
    securityContext: restrictedContainer,
    startupProbe: {
      httpGet,
      ...(inBucket && { initialDelaySeconds: bucketKnownAfter }),
      periodSeconds: 1,
      failureThreshold: 60,
    },
    readinessProbe: { httpGet, periodSeconds: 5 },
    // No restart brings a bucket back that is away.
    livenessProbe: {
      ...(inBucket ? { tcpSocket: { port: serve.port } } : { httpGet }),
      periodSeconds: 10,
      failureThreshold: 6,
    },
    resources: { requests: { cpu: '20m', memory: '32Mi' }, limits: { memory: '512Mi' } },
    volumeMounts: [
      ...(inBucket ? [] : [{ name: 'images', mountPath: '/var/lib/registry' }]),
      { name: 'config', mountPath: '/config', readOnly: true },
      ...mounts,
    ],
  };
}

// By the names of Amazon's SDK, which takes them as they are; the registry's own variables are read as YAML, where a
// key of digits would be another number.
function bucketKeys(secret: pulumi.Input<string>): k8s.types.input.core.v1.EnvVar[] {
  const from = (name: string, key: SecretKey) => ({ name, valueFrom: { secretKeyRef: { name: secret, key } } });
  return [from('AWS_ACCESS_KEY_ID', 's3-access-key'), from('AWS_SECRET_ACCESS_KEY', 's3-secret-key')];
}
