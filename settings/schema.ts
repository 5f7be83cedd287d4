// A stack's configuration: what Pulumi.<stack>.yaml may say under `slipway:`, key by key. It is the one source of what
// Pulumi.yaml declares, of the JSON Schema for editors and of the table in docs/configuration.md (`npm run golden`).
import * as z from 'zod';
import { branchFault, isCommitHash } from '../images/branch.ts';
import { isRegistry } from '../images/reference.ts';
import { systemNames } from '../systems/lookup.ts';
import { QUANTITY, quantityForm } from '../systems/quantity.ts';
import { ENV_NAME, envNameForm, MOST_REPLICAS } from '../systems/service-rules.ts';
import { scanSchema } from './scan.ts';

const text = (form: RegExp, expected: string) => z.string().regex(form, expected);
const quantity = text(QUANTITY, `expected ${quantityForm}`);
const registryName = z.string().refine(isRegistry, 'expected host or host:port, for example 10.34.0.202:5000');
const ipv4 = z.ipv4('expected an IPv4 address, for example 10.34.0.202');
const httpUrl = text(
  /^https?:\/\/[^/@\s]+$/,
  'expected http(s)://host[:port] without a path, for example https://127.0.0.1:15000',
);
const host = text(
  /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/,
  'expected the name of a host, for example ai.example.com',
);
const branch = z
  .string()
  .refine(name => branchFault(name) === undefined && !isCommitHash(name), 'expected a branch, for example release/2.x');
const platform = z.enum(['linux/amd64', 'linux/arm64']);
const word = z.string().min(1, 'expected a name');
const plain = z.string('expected a text');
/** The mark of a secret: its value must be encrypted in the stack file, and no message may show it. */
const secret = z.string().min(1, 'expected a text').meta({ secret: true });
const atLeastOne = 'expected at least one; [all] is all of the catalogue';
// It is the key of a Kubernetes Secret, the name of a file and a part of an option of buildctl's.
const secretId = text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'expected an id of letters, digits and . _ -');
const gitHost = text(
  /^(?:https?:\/\/[^/@\s]+|ssh:\/\/(?:[^/@:\s]+@)?[^/@\s]+)$/,
  'expected https://host[:port] or ssh://[user@]host[:port], without a path',
);

const objectName = text(
  /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  'expected a name of Kubernetes: lower-case letters, digits and "-", 63 at most',
);
const bucketName = text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/, 'expected the name of a bucket');
const prefix = text(/^[^/\s]+(\/[^/\s]+)*$/, 'expected a path in the bucket, without "/" at its ends');
const yesOrNo = z.boolean('expected true or false');
/** Whose store of buckets it is, and where in the bucket `things` are. */
const inStore = (things: string) => ({
  region: word.describe('Its region.'),
  endpoint: httpUrl.optional().describe("Address of the store, where it isn't Amazon's."),
  prefix: prefix.optional().describe(`Path in the bucket below which the ${things} are.`),
});
const addressRange = z.cidrv4('expected addresses, for example 10.0.0.0/16');

const secretKey = text(/^[A-Za-z0-9._-]{1,253}$/, 'expected a key of a Secret: letters, digits and . _ -');
const sha256 = text(/^[0-9a-f]{64}$/, 'expected a SHA-256 in 64 hexadecimal digits, as sha256sum prints it');
const objectPath = text(
  /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[^/\s]+(\/[^/\s]+)*$/,
  "expected an object's path below the prefix",
);

/** One of three: which, settings/check-workloads.ts sees to. */
const volume = z.strictObject({
  claim: objectName.optional().describe('PersistentVolumeClaim that is in the namespace already.'),
  csi: z
    .strictObject({
      driver: word.describe('Name of the CSI driver.'),
      attributes: z.record(word, plain).default({}).describe("The driver's own attributes of the volume."),
      secret: objectName.optional().describe('Secret of the namespace that the driver mounts with.'),
    })
    .optional()
    .describe('Volume that a CSI driver mounts for the pod.'),
  s3: z
    .strictObject({
      bucket: bucketName.describe('The bucket.'),
      ...inStore('objects'),
      objects: z
        .record(objectPath, sha256)
        .describe('SHA-256 of each object that is copied, by its path below prefix.'),
      size: quantity.describe('Room for all of them, on the node.'),
    })
    .optional()
    .describe('Objects of a bucket that understands S3, copied before the service starts.'),
});

const whole = (least: number, most: number, expected: string) =>
  z.number(expected).int({ message: expected, abort: true }).min(least, expected).max(most, expected);
const port = whole(1, 65535, 'expected a port number');
const replicas = whole(1, MOST_REPLICAS, `expected a whole number from 1 to ${MOST_REPLICAS}`);
const percent = whole(1, 1000, 'expected 1 to 1000 percent');

const override = z.strictObject({
  replicas: replicas.optional().describe('Pods at a time.'),
  autoscale: z
    .strictObject({
      min: replicas.describe('Pods at least.'),
      max: replicas.describe('Pods at most.'),
      cpu: percent.describe('Share of the requested CPU, in percent, that pods are added and taken away to keep.'),
    })
    .optional()
    .describe('How many pods by their load, in place of replicas. Needs a metrics server.'),
  resources: z
    .strictObject({
      requests: z
        .strictObject({
          cpu: quantity.optional().describe('CPU that is kept for a pod.'),
          memory: quantity.optional().describe('Memory that is kept for it.'),
        })
        .optional(),
      limits: z
        .strictObject({
          cpu: quantity.optional().describe('CPU that it may take.'),
          memory: quantity.optional().describe('Memory that it may take.'),
        })
        .optional(),
    })
    .optional()
    .describe("Single amounts in place of the catalogue's."),
  env: z
    .record(text(ENV_NAME, `expected ${envNameForm}`), plain)
    .optional()
    .describe("Variables beside the catalogue's, or in their place. Never a secret."),
});

/**
 * Keys below `config:`. Metadata of a key: `description`; `unset`: the word that is the same as not to set it, where its
 * own default says nothing (settings/keys.ts); `only`: which stacks may have it, those with a `pipeline` that builds, or
 * all that build something in their `up` (`builds`); `secret`.
 */
export const schema = z.strictObject({
  system: z.enum(systemNames).describe('The catalogue that this stack runs.'),
  digests: z
    .enum(['track', 'build', 'lock'])
    .describe(
      'Where digests come from. With track, tags are resolved when the program runs; with build, the stack builds the images of its services in each up; with lock, they come from the committed lock alone, and the stack builds nothing.',
    ),
  lock: word
    .default('locks/{stack}.yaml')
    .describe('Path of the lock, from the checkout or absolute; {stack} is the name of the stack.'),
  promotedFrom: word.optional().meta({
    description:
      'Stack that must have run an image before this one may take it: `slipway promote` to this stack refuses any other. Only with digests: lock; any is none in particular.',
    unset: 'any',
  }),
  cluster: z
    .strictObject({
      context: word.describe('Context of your kubeconfig.'),
      uid: z
        .uuid('expected the UID of namespace kube-system')
        .optional()
        .describe('UID of namespace kube-system. At least one of uid and server is needed.'),
      server: httpUrl.optional().describe('Address of the API server, as the kubeconfig has it.'),
    })
    .describe('The cluster that this stack may touch.'),
  namespace: objectName.optional().meta({
    description: 'Namespace of the workloads, by which two stacks share a cluster; catalogue is that of the system.',
    unset: 'catalogue',
  }),
  platforms: z
    .array(platform)
    .min(1, 'expected at least one platform')
    .optional()
    .meta({ description: 'Platforms of every image; [all] are those of the system.', unset: ['all'] }),
  nodePlatforms: z
    .array(platform)
    .min(1, 'expected at least one platform')
    .optional()
    .meta({
      description: "Platforms that the cluster's nodes have; builds emulate the others. [all] are those of the stack.",
      unset: ['all'],
    }),
  registry: z
    .strictObject({
      name: registryName.describe(
        'The registry as references name it and the cluster pulls from it: its clusterIP and port 5000; of one that is adopted, any port.',
      ),
      aliases: z.array(registryName).default([]).describe('Other names of the same registry.'),
      namespace: objectName.default('registry').describe('Its namespace.'),
      service: objectName
        .default('internal-registry')
        .describe('Its Service: in the cluster it is <service>.<namespace>.svc.cluster.local as well.'),
      adopt: yesOrNo.default(false).describe('Whether the cluster has it already: then nothing of it is declared.'),
      external: yesOrNo
        .default(false)
        .describe('Whether it is outside of the cluster, for example in a cloud: then nothing of it is declared.'),
      prefix: prefix
        .optional()
        .describe("What every repository begins with, for example a cloud's tenancy namespace; default: nothing."),
      clusterIP: ipv4
        .optional()
        .describe("Fixed address of its Service, in the cluster's Service range; needed unless it is external."),
      endpoint: httpUrl
        .optional()
        .describe(
          'Where docker-build, the program and a person reach it: the same images behind TLS. Default, of one that is external: https:// and its name.',
        ),
      storage: z
        .strictObject({
          size: quantity.optional().describe('Size of the volume that holds the images.'),
          class: word.optional().describe("StorageClass of the volume; default: the cluster's."),
          protect: yesOrNo.optional().describe('Whether Pulumi refuses to delete the volume; default: true.'),
          s3: z
            .strictObject({
              bucket: bucketName.describe('The bucket, which is there already.'),
              ...inStore('images'),
            })
            .optional()
            .describe('A bucket in place of a volume.'),
        })
        .optional()
        .describe('Where the images are: a volume (size) or a bucket (s3). Not of a registry that is adopted.'),
      inside: z
        .strictObject({
          auth: z.enum(['open', 'password']).default('open').describe('Whether port 5000 asks for a password.'),
        })
        .prefault({})
        .describe('The registry as the cluster sees it.'),
      outside: z
        .strictObject({
          host: word.describe('Host that the certificate outside is for.'),
          port: port.default(443).describe('Port outside.'),
          expose: z
            .enum(['none', 'loadBalancer', 'nodePort'])
            .default('none')
            .describe('A Service that leads to the TLS port from outside of the cluster.'),
          nodePort: port
            .optional()
            .describe('Port of every node, with expose: nodePort; default: the cluster chooses.'),
          annotations: z
            .record(word, plain)
            .optional()
            .describe("Annotations of that Service, for the cluster's own controllers."),
        })
        .optional()
        .describe('The registry as everybody else sees it; needed unless it is external.'),
      nodes: z
        .array(addressRange)
        .default([])
        .describe("Addresses of nodes that pull by the open port, where the network shuts other nodes' kubelets out."),
    })
    .describe("The stack's registry, in the cluster or outside of it."),
  registryTls: z
    .strictObject({
      certificate: secret.describe('Certificate chain, PEM.'),
      key: secret.describe('Its key, PEM.'),
    })
    .optional()
    .meta({ description: 'TLS of the registry outside; must be set where the stack declares it.', secret: true }),
  registryHtpasswd: z
    .string()
    .trim()
    .regex(/^[^:\s]+:\$2[aby]\$\S+$/, 'expected one line user:<bcrypt hash>, as `htpasswd -nB user` prints it')
    .optional()
    .meta({
      description:
        'Who may use the registry outside, and inside where it asks, as one line user:<bcrypt hash>; must be set where the stack declares it.',
      secret: true,
    }),
  registryCredentials: z
    .strictObject({
      username: text(/^[^:\s]+$/, 'expected a user name without ":"').describe('User name; that of registryHtpasswd.'),
      password: secret.describe('Password.'),
    })
    .optional()
    .meta({
      description:
        'Who nodes and builds are at a registry that asks for a password inside; must be set there. Of one that is external: who nodes are, where it asks.',
      secret: true,
    }),
  registryS3: z
    .strictObject({ accessKey: secret.describe('Its id.'), secretKey: secret.describe('Its secret.') })
    .optional()
    .meta({ description: "The key to the registry's bucket; must be set where there is one.", secret: true }),
  services: z
    .array(word)
    .min(1, atLeastOne)
    .optional()
    .meta({ description: 'The services to run; [all] are those of the catalogue.', unset: ['all'] }),
  replicas: replicas
    .optional()
    .meta({ description: 'Pods of each service; catalogue is as many as its entry says.', unset: 'catalogue' }),
  overrides: z
    .record(word, override)
    .default({})
    .describe('What single services have in place of what the catalogue says, by service.'),
  ingress: z
    .strictObject({
      class: word.describe('IngressClass, which names the controller.'),
      namespace: word.describe("Namespace of the controller's pods, which the services' NetworkPolicies let in."),
      hosts: z.record(word, host).default({}).describe('Host names by service.'),
      listenerHost: host
        .optional()
        .describe('Host name of the listener that the git host calls. Only where a pipeline builds.'),
      tlsSecret: word
        .optional()
        .describe(
          "Secret of type kubernetes.io/tls in each namespace with an Ingress; default: the controller's own certificate.",
        ),
      annotations: z
        .record(word, plain)
        .default({})
        .describe('Annotations of each Ingress, for the controller or cert-manager.'),
    })
    .optional()
    .describe('The names under which services and the listener are reached from outside the cluster.'),
  secrets: z.record(objectName, z.record(secretKey, secret)).default({}).meta({
    description:
      'Secrets of the services that the stack declares, by name and key. One that is not here must be in the cluster already.',
    secret: true,
  }),
  volumes: z
    .record(word, volume)
    .default({})
    .describe('Where the data comes from that services read, by the name that the catalogue has for it.'),
  volumeKeys: z
    .record(word, z.strictObject({ accessKey: secret.describe('Its id.'), secretKey: secret.describe('Its secret.') }))
    .default({})
    .meta({
      description: 'The keys to the buckets of volumes, by volume; none for one that anybody may read.',
      secret: true,
    }),
  network: z
    .record(
      word,
      z.strictObject({
        addresses: z.array(addressRange).min(1, 'expected at least one range of addresses').describe('Where it is.'),
        ports: z.array(port).min(1, 'expected at least one port').describe('Its TCP ports.'),
      }),
    )
    .default({})
    .describe('What services may reach outside of their namespace, by the name that the catalogue has for it.'),
  scan: scanSchema.optional().describe('The scan before an image goes to a shared registry.'),
  rolloutTimeout: whole(10, 3600, 'expected 10 to 3600 seconds')
    .default(120)
    .describe('Seconds for new pods to become healthy, in the pipeline and in an up.'),
  webhookSecret: secret.optional().meta({
    description: "What the organisation's webhook signs its calls with; it must be set where a pipeline builds.",
    secret: true,
    only: 'pipeline',
  }),
  mirror: registryName.optional().meta({
    description: 'Host and port that serve upstream images in place of their own registries, or none.',
    unset: 'none',
    only: 'builds',
  }),
  builder: word
    .default('default')
    .meta({ description: "buildx instance that builds the stack's own images.", only: 'builds' }),
  variant: word.optional().meta({
    description: 'Tag of the base that services are built on; catalogue is what their entries say.',
    unset: 'catalogue',
    only: 'pipeline',
  }),
  variants: z
    .record(word, word)
    .default({})
    .meta({ description: 'The same for single services, by service.', only: 'pipeline' }),
  bases: z
    .array(word)
    .min(1, atLeastOne)
    .optional()
    .meta({
      description: 'Tags of the bases to build; [all] are those of the catalogue.',
      unset: ['all'],
      only: 'pipeline',
    }),
  buildArgs: z.record(word, z.record(word, plain)).default({}).meta({
    description: 'Build arguments, by base; where the stack builds its services itself, by service.',
    only: 'builds',
  }),
  buildSecrets: z.record(secretId, secret).default({}).meta({
    description: 'Contents of the secret files that builds of bases and services may mount, by id.',
    secret: true,
    only: 'builds',
  }),
  branch: branch.optional().meta({
    description: 'The branch that pushes build from; catalogue is that of the system.',
    unset: 'catalogue',
    only: 'pipeline',
  }),
  git: z
    .strictObject({
      insteadOf: z
        .record(word, word)
        .default({})
        .describe("Rewrites of repository addresses, as git's url.<key>.insteadOf=<value>."),
    })
    .default({ insteadOf: {} })
    .meta({ description: 'How the pipeline fetches.', only: 'pipeline' }),
  gitCredentials: z
    .record(
      word,
      z.strictObject({
        url: gitHost.describe('https://host[:port] with a token, or ssh://[user@]host[:port] with a key.'),
        username: word.optional().describe('User name beside the token, where the host looks at it.'),
        token: secret.optional().describe('Token or password.'),
        key: secret.optional().describe('SSH key, as ssh-keygen writes it.'),
        knownHosts: word.optional().describe("The host's own keys, as ssh-keyscan prints them."),
      }),
    )
    .default({})
    .meta({ description: 'Who the pipeline is at which git host, by any name.', secret: true, only: 'pipeline' }),
  serviceBuilds: z
    .strictObject({
      builder: z.enum(['buildkit', 'kaniko']).default('buildkit').describe('What builds services in the cluster.'),
      cpu: quantity.default('500m').describe('CPU that the builder of one platform requests.'),
      memory: quantity.default('1Gi').describe('Memory that it requests.'),
      parallel: whole(1, 100, 'expected a whole number from 1 to 100')
        .default(4)
        .describe('How many runs build at a time; the others wait for their turn.'),
    })
    .prefault({})
    .meta({ description: 'What builds the services, in the cluster.', only: 'pipeline' }),
  retention: z
    .strictObject({
      runs: whole(1, 1000, 'expected a whole number from 1 to 1000')
        .default(20)
        .describe('Ended runs of each service that are kept.'),
      cache: text(/^[1-9]\d*[MGT]i$/, 'expected a size, for example 20Gi')
        .optional()
        .describe('What the layers on the disk of each build daemon may take.'),
    })
    .prefault({})
    .meta({ description: 'What is kept of what is past.', only: 'pipeline' }),
});

/** What the schema makes of a stack's configuration; names are not yet checked against the catalogue. */
export type Configuration = z.infer<typeof schema>;
