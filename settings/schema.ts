// A stack's configuration: what Pulumi.<stack>.yaml may say under `slipway:`, key by key.
import * as z from 'zod';
import { isRegistry } from '../images/reference.ts';
import { systemNames } from '../systems/lookup.ts';

const text = (form: RegExp, expected: string) => z.string().regex(form, expected);
const quantity = text(/^\d+(\.\d+)?([EPTGM]i?|k|Ki|m)?$/, 'expected a Kubernetes quantity, for example 20Gi or 500m');
const registryName = z.string().refine(isRegistry, 'expected host or host:port, for example 10.34.0.202:5000');
const ipv4 = z.ipv4('expected an IPv4 address, for example 10.34.0.202');
const httpUrl = text(
  /^https?:\/\/[^/@\s]+$/,
  'expected http(s)://host[:port] without a path, for example https://127.0.0.1:15000',
);
const platform = z.enum(['linux/amd64', 'linux/arm64']);
const word = z.string().min(1, 'expected a name');
const secret = z.string().min(1, 'expected a text');
const atLeastOne = 'expected at least one; without the key it is all of the catalogue';
// It is the key of a Kubernetes Secret, the name of a file and a part of an option of buildctl's.
const secretId = text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'expected an id of letters, digits and . _ -');
const objectName = text(
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  'expected a name of Kubernetes: lower-case letters, digits and "-", 63 at most',
);
const bucketName = text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/, 'expected the name of a bucket');
const prefix = text(/^[^/\s]+(\/[^/\s]+)*$/, 'expected a path in the bucket, without "/" at its ends');
const port = z.number('expected a port number').int().min(1).max(65535);
// Pulumi hands a number at the top level over as text.
const seconds = z
  .union([z.number(), text(/^\d+$/, 'expected seconds')], 'expected seconds')
  .transform(Number)
  .refine(value => value >= 10 && value <= 3600, 'expected 10 to 3600 seconds');

/** Keys whose values are secrets: no message may show them. */
export const secretKeys = [
  'registryTls',
  'registryHtpasswd',
  'registryCredentials',
  'registryS3',
  'webhookSecret',
  'buildSecrets',
] as const;

export const schema = z.strictObject({
  /** The catalogue that this stack runs. */
  system: z.enum(systemNames),
  /** Where digests come from: `track` resolves tags when the program runs, `lock` reads the committed lock. */
  digests: z.enum(['track', 'lock']),
  /** Path of the lock; default `locks/<stack>.yaml`. */
  lock: word.optional(),
  /** The cluster that this stack may touch. At least one of `uid` (of namespace kube-system) and `server`. */
  cluster: z.strictObject({
    context: word,
    uid: z.uuid('expected the UID of namespace kube-system').optional(),
    server: httpUrl.optional(),
  }),
  /** Platforms of every image; default: the system's. */
  platforms: z.array(platform).min(1, 'expected at least one platform').optional(),
  registry: z.strictObject({
    /** The registry as references name it and the cluster pulls from it. */
    name: registryName,
    /** Other names of the same registry. */
    aliases: z.array(registryName).default([]),
    /** Its namespace, and its Service: in the cluster it is `<service>.<namespace>.svc.cluster.local` as well. */
    namespace: objectName.default('registry'),
    service: objectName.default('internal-registry'),
    /** Whether the cluster has it already: then nothing of it is declared. */
    adopt: z.boolean('expected true or false').default(false),
    /** Fixed ClusterIP of its Service. */
    clusterIP: ipv4,
    /** Where docker-build, the registry client and a person reach it: the same images behind TLS. */
    endpoint: httpUrl,
    /** Where the images are: a volume (`size`, `class`, and `protect` from deletion, by default) or a bucket (`s3`). */
    storage: z
      .strictObject({
        size: quantity.optional(),
        class: word.optional(),
        protect: z.boolean('expected true or false').optional(),
        s3: z
          .strictObject({ bucket: bucketName, region: word, endpoint: httpUrl.optional(), prefix: prefix.optional() })
          .optional(),
      })
      .optional(),
    /** Whether port 5000 asks for a password. */
    inside: z.strictObject({ auth: z.enum(['open', 'password']).default('open') }).prefault({}),
    /** Host that the certificate outside is for, its port, and the Service that leads there from outside of the cluster. */
    outside: z.strictObject({
      host: word,
      port: port.default(443),
      expose: z.enum(['none', 'loadBalancer', 'nodePort']).default('none'),
      nodePort: port.optional(),
      annotations: z.record(word, z.string()).optional(),
    }),
    /** Addresses of nodes (CIDR) that pull by the open port, where the network shuts other nodes' kubelets out. */
    nodes: z.array(z.cidrv4('expected addresses, for example 10.0.0.0/16')).default([]),
  }),
  /** TLS of the registry outside, PEM; not of one that is adopted. */
  registryTls: z.strictObject({ certificate: secret, key: secret }).optional(),
  /** Who may use the registry outside, and inside where it asks: one line `user:bcrypt hash`; not of one that is adopted. */
  registryHtpasswd: z
    .string()
    .trim()
    .regex(/^[^:\s]+:\$2[aby]\$\S+$/, 'expected one line user:<bcrypt hash>, as `htpasswd -nB user` prints it')
    .optional(),
  /** Who nodes and builds are at a registry that asks for a password inside. */
  registryCredentials: z
    .strictObject({ username: text(/^[^:\s]+$/, 'expected a user name without ":"'), password: secret })
    .optional(),
  /** The keys to the registry's bucket. */
  registryS3: z.strictObject({ accessKey: secret, secretKey: secret }).optional(),
  /** What the organisation's webhook signs its calls with. */
  webhookSecret: secret,
  /** host[:port] that serves upstream images in place of their own registries. */
  mirror: registryName.optional(),
  /** buildx instance that builds the stack's own images. */
  builder: word.default('default'),
  /** Base of all services, and of single ones that differ. */
  variant: word.default('cuda'),
  variants: z.record(word, word).default({}),
  /** The services to run; default: all of the catalogue. */
  services: z.array(word).min(1, atLeastOne).optional(),
  /** The bases to build; default: all of the catalogue. */
  bases: z.array(word).min(1, atLeastOne).optional(),
  /** Build arguments, by base. */
  buildArgs: z.record(word, z.record(word, z.string())).default({}),
  /** Contents of the secret files that builds of bases and services may mount, by id. */
  buildSecrets: z.record(secretId, secret).default({}),
  /** Rewrites of repository addresses in the pipeline, as git's url.<key>.insteadOf=<value>. */
  git: z.strictObject({ insteadOf: z.record(word, word).default({}) }).default({ insteadOf: {} }),
  /** What builds the services in the cluster, the resources of each platform's builder, and the platforms that no node has. */
  serviceBuilds: z
    .strictObject({
      builder: z.enum(['buildkit', 'kaniko']).default('buildkit'),
      cpu: quantity.default('500m'),
      memory: quantity.default('1Gi'),
      emulate: z.array(platform).default([]),
    })
    .prefault({}),
  /** How long a rollout may take to become healthy. */
  rolloutTimeout: seconds.default(120),
});

/** What the schema makes of a stack's configuration; names are not yet checked against the catalogue. */
export type Configuration = z.infer<typeof schema>;
