// A stack's configuration: what Pulumi.<stack>.yaml may say under `slipway:`, key by key.
import * as z from 'zod';
import { branchFault, isCommitHash } from '../images/branch.ts';
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
const branch = z
  .string()
  .refine(name => branchFault(name) === undefined && !isCommitHash(name), 'expected a branch, for example release/2.x');
const platform = z.enum(['linux/amd64', 'linux/arm64']);
const word = z.string().min(1, 'expected a name');
const secret = z.string().min(1, 'expected a text');
const atLeastOne = 'expected at least one; without the key it is all of the catalogue';
// It is the key of a Kubernetes Secret, the name of a file and a part of an option of buildctl's.
const secretId = text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'expected an id of letters, digits and . _ -');
const gitHost = text(
  /^(?:https?:\/\/[^/@\s]+|ssh:\/\/(?:[^/@:\s]+@)?[^/@\s]+)$/,
  'expected https://host[:port] or ssh://[user@]host[:port], without a path',
);
const port = z.number('expected a port number').int().min(1).max(65535);
const count = (most: number) => {
  const expected = `expected a whole number, 1 to ${most}`;
  return z.number(expected).int(expected).min(1, expected).max(most, expected);
};
// Pulumi hands a number at the top level over as text.
const seconds = z
  .union([z.number(), text(/^\d+$/, 'expected seconds')], 'expected seconds')
  .transform(Number)
  .refine(value => value >= 10 && value <= 3600, 'expected 10 to 3600 seconds');

/** Keys whose values are secrets: no message may show them. */
export const secretKeys = [
  'registryTls',
  'registryHtpasswd',
  'webhookSecret',
  'buildSecrets',
  'git.credentials',
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
    /** Fixed ClusterIP of its Service. */
    clusterIP: ipv4,
    /** Where docker-build, the registry client and a person reach it: the same images behind TLS. */
    endpoint: httpUrl,
    storage: z.strictObject({ size: quantity, class: word.optional() }),
    /** Host that the certificate outside is for, and the port. */
    outside: z.strictObject({ host: word, port: port.default(443) }),
    /** Addresses of nodes (CIDR) that pull by the open port, where the network shuts other nodes' kubelets out. */
    nodes: z.array(z.cidrv4('expected addresses, for example 10.0.0.0/16')).default([]),
  }),
  /** TLS of the registry outside, PEM. */
  registryTls: z.strictObject({ certificate: secret, key: secret }),
  /** Who may use the registry outside: one line `user:bcrypt hash`. */
  registryHtpasswd: text(
    /^[^:\s]+:\$2[aby]\$\S+$/,
    'expected one line user:<bcrypt hash>, as `htpasswd -nB user` prints it',
  ),
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
  /** The branch that pushes build from; default: the system's. */
  branch: branch.optional(),
  /**
   * How the pipeline reaches repositories: rewrites of their addresses, as git's url.<key>.insteadOf=<value>; and, under
   * any name, a host (`url`) with its token (http, https) or an SSH key and the host's own keys (ssh).
   */
  git: z
    .strictObject({
      insteadOf: z.record(word, word).default({}),
      credentials: z
        .record(
          word,
          z.strictObject({
            url: gitHost,
            username: word.optional(),
            token: secret.optional(),
            key: secret.optional(),
            knownHosts: secret.optional(),
          }),
        )
        .default({}),
    })
    .prefault({}),
  /** What builds the services in the cluster, the resources of each platform's builder, and the platforms that no node has. */
  serviceBuilds: z
    .strictObject({
      builder: z.enum(['buildkit', 'kaniko']).default('buildkit'),
      cpu: quantity.default('500m'),
      memory: quantity.default('1Gi'),
      emulate: z.array(platform).default([]),
      /** How many runs build at a time; the others wait for their turn. */
      parallel: count(100).default(4),
    })
    .prefault({}),
  /** What is kept of what is past: ended runs of each service, and layers on the disk of each build daemon. */
  retention: z
    .strictObject({
      runs: count(1000).default(20),
      cache: text(/^[1-9]\d*[MGT]i$/, 'expected a size, for example 20Gi').optional(),
    })
    .prefault({}),
  /** How long a rollout may take to become healthy. */
  rolloutTimeout: seconds.default(120),
});

/** What the schema makes of a stack's configuration; names are not yet checked against the catalogue. */
export type Configuration = z.infer<typeof schema>;
