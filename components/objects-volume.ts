// Models and datasets beside a service: a volume of the kind that the stack says, which the service can read and never
// write. In a bucket, they are copied by the step image before the service starts.
import type k8s from '@pulumi/kubernetes';
import type * as pulumi from '@pulumi/pulumi';
import { parseChecksums } from '../images/checksums.ts';
import { fingerprint, restrictedContainer } from './kubernetes.ts';
import { pinned } from './pinned.ts';

/** Where the objects are: the one key there is says which kind of volume. */
export type ObjectsSource = { claim: string } | { csi: CsiVolume } | { s3: S3Objects };

/** A volume of a CSI driver that is in the cluster, for example one that mounts a bucket. */
export interface CsiVolume {
  driver: string;
  /** What the driver asks for. */
  attributes?: Record<string, string>;
  /** Secret of the service's namespace that the driver mounts with. */
  secret?: string;
}

/** Objects of an S3-compatible bucket, copied into a volume of the pod. */
export interface S3Objects {
  /** `http(s)://host[:port]`; default: Amazon's of the region. */
  endpoint?: string;
  /** Default, where there is an endpoint: us-east-1. */
  region?: string;
  bucket: string;
  /** Folder of the keys. */
  prefix?: string;
  /** Default: path where there is an endpoint, else virtual-host. */
  addressing?: 'path' | 'virtual-host';
  /** The objects, a line each, as sha256sum writes them: `<hex>  <path below prefix>`. No other is copied. */
  checksums: string;
  /** Secret of the service's namespace with the keys; default: nobody asks for one. */
  keys?: { secret: string; accessKey?: string; secretKey?: string; sessionToken?: string };
  /** ConfigMap of the service's namespace with the authority (PEM) of the endpoint's certificate. */
  authority?: { configMap: string; key: string };
  /** Kubernetes quantity: room for all objects. A pod that needs more is evicted. */
  sizeLimit: string;
  /** Seconds for the copy; default 1800. */
  timeout?: number;
}

export interface ObjectsVolumeArgs {
  /** Name of the volume. */
  name: string;
  /** Where the service finds the files. */
  mountPath: string;
  source: ObjectsSource;
  /** The step image, by digest. */
  stepImage: pulumi.Input<string>;
  /** Name of the ConfigMap that has `data` of the result, of all volumes of the service. */
  config: pulumi.Input<string>;
}

/** What a pod needs for one such volume. */
export interface ObjectsVolume {
  /** For the service's container. */
  mount: k8s.types.input.core.v1.VolumeMount;
  volumes: k8s.types.input.core.v1.Volume[];
  initContainers: k8s.types.input.core.v1.Container[];
  /** Of the ConfigMap: the checksum list, by the volume's name. Empty where there is none. */
  data: Record<string, string>;
  /** Of the pod: a list that has changed starts pods anew, which copy what it says. */
  annotations: Record<string, string>;
}

const TARGET = '/objects';
const LISTS = '/objects-list';
const AUTHORITY = '/objects-authority';

/** Throws one line where the checksum list has faults, or the step image no digest. */
export function objectsVolume(args: ObjectsVolumeArgs): ObjectsVolume {
  const { name, mountPath, source } = args;
  const mount = { name, mountPath, readOnly: true };
  if ('s3' in source) return { mount, ...copied(args, source.s3) };
  const volume = 'claim' in source ? claimed(source.claim) : mounted(source.csi);
  return { mount, volumes: [{ name, ...volume }], initContainers: [], data: {}, annotations: {} };
}

function claimed(claimName: string): Omit<k8s.types.input.core.v1.Volume, 'name'> {
  return { persistentVolumeClaim: { claimName, readOnly: true } };
}

function mounted({ driver, attributes, secret }: CsiVolume): Omit<k8s.types.input.core.v1.Volume, 'name'> {
  return {
    csi: {
      driver,
      readOnly: true,
      ...(attributes && { volumeAttributes: attributes }),
      ...(secret !== undefined && { nodePublishSecretRef: { name: secret } }),
    },
  };
}

function copied({ name, stepImage, config }: ObjectsVolumeArgs, s3: S3Objects): Omit<ObjectsVolume, 'mount'> {
  try {
    parseChecksums(s3.checksums);
  } catch (error) {
    throw new Error(`${name}.s3.checksums: ${(error as Error).message}`);
  }
  const list = `${name}-list`;
  const authority = `${name}-authority`;
  return {
    volumes: [
      { name, emptyDir: { sizeLimit: s3.sizeLimit } },
      { name: list, configMap: { name: config, items: [{ key: name, path: 'sha256sums' }] } },
      ...(s3.authority
        ? [
            {
              name: authority,
              configMap: { name: s3.authority.configMap, items: [{ key: s3.authority.key, path: 'ca.crt' }] },
            },
          ]
        : []),
    ],
    initContainers: [
      {
        name: `fetch-${name}`,
        image: pinned(`${name}.stepImage`, stepImage),
        imagePullPolicy: 'IfNotPresent',
        command: ['node', '/app/steps.mjs', 'fetch-objects'],
        env: [...variables(s3), ...keysOf(s3)],
        // Its last lines, which say why it failed, are then in the pod's status.
        terminationMessagePolicy: 'FallbackToLogsOnError',
        securityContext: restrictedContainer,
        // Four streams took 110 MB; what they have written, and is not on the disk yet, is counted as well.
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
        volumeMounts: [
          { name, mountPath: TARGET },
          { name: list, mountPath: LISTS, readOnly: true },
          ...(s3.authority ? [{ name: authority, mountPath: AUTHORITY, readOnly: true }] : []),
        ],
      },
    ],
    data: { [name]: s3.checksums },
    annotations: { [`slipway.dev/objects-${name}`]: fingerprint(s3.checksums) },
  };
}

function variables(s3: S3Objects): k8s.types.input.core.v1.EnvVar[] {
  const values: Record<string, string | undefined> = {
    SLIPWAY_OBJECTS_ENDPOINT: s3.endpoint,
    SLIPWAY_OBJECTS_REGION: s3.region,
    SLIPWAY_OBJECTS_BUCKET: s3.bucket,
    SLIPWAY_OBJECTS_PREFIX: s3.prefix,
    SLIPWAY_OBJECTS_ADDRESSING: s3.addressing,
    SLIPWAY_OBJECTS_TIMEOUT: s3.timeout?.toString(),
    SLIPWAY_OBJECTS_LIST: `${LISTS}/sha256sums`,
    SLIPWAY_OBJECTS_TARGET: TARGET,
    NODE_EXTRA_CA_CERTS: s3.authority && `${AUTHORITY}/ca.crt`,
  };
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

function keysOf({ keys }: S3Objects): k8s.types.input.core.v1.EnvVar[] {
  if (!keys) return [];
  const from = (name: string, key: string) => ({ name, valueFrom: { secretKeyRef: { name: keys.secret, key } } });
  return [
    from('AWS_ACCESS_KEY_ID', keys.accessKey ?? 'access-key'),
    from('AWS_SECRET_ACCESS_KEY', keys.secretKey ?? 'secret-key'),
    ...(keys.sessionToken === undefined ? [] : [from('AWS_SESSION_TOKEN', keys.sessionToken)]),
  ];
}
