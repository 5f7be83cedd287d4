// What a stack file may get wrong, and the line that says so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keys } from '../../../settings/keys.ts';
import { faultsWith } from './stack-files.ts';

const services =
  'ai-services, bmad-services, data-services, knowledge-services, integration-services, monitoring-services, ' +
  'realtime-services, workflow-services, security-services, storage-services, notification-services, testing-services';
const local = 'ai-services, data-services, knowledge-services';
const digest = `sha256:${'d'.repeat(64)}`;
const registry = {
  name: '10.34.0.202:5000',
  clusterIP: '10.34.0.202',
  endpoint: 'https://127.0.0.1:15000',
  storage: { size: '20Gi' },
  outside: { host: '127.0.0.1' },
};
const ingress = { class: 'nginx', namespace: 'ingress-nginx' };
const lock = 'a stack with digests: lock builds nothing; take the key out';
const quantity = 'expected a Kubernetes quantity, for example 20Gi or 500m';

/** The stack, what is changed in its file, and the lines that come of it, each after `slipway:`. */
const cases: [what: string, stack: string, changes: Record<string, unknown>, lines: string[]][] = [
  ['no system', 'local', { system: undefined }, ['system: missing; allowed: cerebral, cybermesh, ai-stack']],
  ['an empty system', 'local', { system: '' }, ['system: missing; allowed: cerebral, cybermesh, ai-stack']],
  [
    'a misspelt system',
    'local',
    { system: 'cerebrl' },
    ['system: found "cerebrl"; allowed: cerebral, cybermesh, ai-stack; did you mean "cerebral"?'],
  ],
  ['a third way to know digests', 'local', { digests: 'tags' }, ['digests: found "tags"; allowed: track, build, lock']],
  [
    'a stack that builds and takes from another',
    'local',
    { promotedFrom: 'dev' },
    ['promotedFrom: found "dev"; only a stack with digests: lock takes what another has run; take the key out'],
  ],
  [
    'a misspelt key',
    'dev',
    { rolloutTimout: '60' },
    [`rolloutTimout: no such key; allowed: ${keys.map(({ name }) => name).join(', ')}; did you mean "rolloutTimeout"?`],
  ],
  [
    'a namespace that no cluster takes',
    'dev',
    { namespace: 'Cerebral_Dev' },
    ['namespace: found "Cerebral_Dev"; expected a name of Kubernetes: lower-case letters, digits and "-", 63 at most'],
  ],
  [
    'one namespace for workloads and registry',
    'local',
    { namespace: 'registry' },
    ['namespace: found "registry", which is registry.namespace; expected another one'],
  ],
  [
    'a namespace that is the cluster’s',
    'local',
    { namespace: 'kube-system' },
    ['namespace: found "kube-system", which is the cluster\'s; expected one of the stack\'s own'],
  ],
  [
    'a registry among the builders',
    'local',
    { registry: { ...registry, namespace: 'slipway-build' } },
    ['registry.namespace: found "slipway-build", which is the builders\'; expected one of the stack\'s own'],
  ],
  [
    'a misspelt key below another',
    'local',
    { cluster: { context: 'c', sevrer: 'https://127.0.0.1:1', uid: '11111111-2222-4333-8444-555555555555' } },
    ['cluster.sevrer: no such key; allowed: context, uid, server; did you mean "server"?'],
  ],
  [
    'a cluster that is a text',
    'local',
    { cluster: 'dev' },
    ['cluster: found "dev"; expected keys below it: context, uid, server'],
  ],
  [
    'a server with a path',
    'local',
    { cluster: { context: 'c', server: 'https://api.example.com/k8s' } },
    [
      'cluster.server: found "https://api.example.com/k8s"; expected http(s)://host[:port] without a path, for example ' +
        'https://127.0.0.1:15000',
    ],
  ],
  [
    'a UID that is none',
    'local',
    { cluster: { context: 'c', uid: 'dev-cluster' } },
    ['cluster.uid: found "dev-cluster"; expected the UID of namespace kube-system'],
  ],
  [
    'no registry',
    'local',
    { registry: undefined },
    [
      'registry: missing; expected keys below it: name, aliases, namespace, service, adopt, external, prefix, clusterIP, endpoint, storage, inside, outside, nodes',
    ],
  ],
  [
    'a registry with a repository',
    'local',
    { registry: { ...registry, aliases: ['registry.example.com/cerebral'] } },
    [
      'registry.aliases[0]: found "registry.example.com/cerebral"; expected host or host:port, for example 10.34.0.202:5000',
    ],
  ],
  [
    'a number where a quantity is meant',
    'local',
    { registry: { ...registry, storage: { size: 20 } } },
    ['registry.storage.size: found 20; expected a text'],
  ],
  [
    'no quantity',
    'local',
    { registry: { ...registry, storage: { size: '20 GB' } } },
    [`registry.storage.size: found "20 GB"; ${quantity}`],
  ],
  [
    'a port that is none',
    'local',
    { registry: { ...registry, outside: { host: 'h', port: 70000 } } },
    ['registry.outside.port: found 70000; expected a port number'],
  ],
  [
    'a platform that the system does not know',
    'dev',
    { platforms: ['linux/amd64', 'linux/arm64', 'linux/amd46'] },
    ['platforms[2]: found "linux/amd46"; allowed: linux/amd64, linux/arm64; did you mean "linux/amd64"?'],
  ],
  [
    'nodes of a platform that the stack does not have',
    'dev',
    { platforms: ['linux/amd64'], nodePlatforms: ['linux/arm64'] },
    [
      'platforms: found linux/amd64; the images of cerebral need linux/arm64 too: one tag serves every machine of the teams',
      'nodePlatforms[0]: found "linux/arm64"; the stack\'s platforms are linux/amd64',
    ],
  ],
  ['no platform of nodes', 'dev', { nodePlatforms: [] }, ['nodePlatforms: found []; expected at least one platform']],
  ['services that are a text', 'dev', { services: 'ai-services' }, ['services: found "ai-services"; expected a list']],
  [
    'a service that is not in the catalogue',
    'dev',
    { services: ['ai-servces'] },
    [`services[0]: found "ai-servces"; allowed: ${services}; did you mean "ai-services"?`],
  ],
  [
    'all beside others',
    'local',
    { services: ['all', 'ai-services'] },
    [`services[0]: found "all"; allowed: ${services}`],
  ],
  ['half a pod', 'dev', { replicas: '1.5' }, ['replicas: found 1.5; expected a whole number from 1 to 100']],
  ['no pod', 'dev', { replicas: '0' }, ['replicas: found 0; expected a whole number from 1 to 100']],
  [
    'a word for a number',
    'dev',
    { replicas: 'many' },
    ['replicas: found "many"; expected a whole number from 1 to 100'],
  ],
  [
    'an override of a service that does not run here',
    'local',
    { overrides: { 'monitoring-services': { replicas: 2 } } },
    [`overrides.monitoring-services: found "monitoring-services"; allowed: ${local}`],
  ],
  [
    'an override that says nothing known',
    'local',
    { overrides: { 'ai-services': { replica: 2 } } },
    [
      'overrides.ai-services.replica: no such key; allowed: replicas, autoscale, resources, env; did you mean "replicas"?',
    ],
  ],
  [
    'pods by number and by load',
    'local',
    { overrides: { 'ai-services': { replicas: 2, autoscale: { min: 4, max: 2, cpu: 70 } } } },
    [
      'overrides.ai-services: both replicas and autoscale; a number of pods is either fixed or follows the load',
      'overrides.ai-services.autoscale: found min 4 and max 2; expected min below max',
    ],
  ],
  [
    'more memory than the catalogue allows',
    'local',
    { overrides: { 'ai-services': { resources: { requests: { memory: '4Gi' } } } } },
    ['overrides.ai-services.resources.requests.memory: found "4Gi"; expected no more than its limit of 2Gi'],
  ],
  [
    'amounts that are none',
    'local',
    { overrides: { 'ai-services': { resources: { requests: { cpu: 'two' }, limits: { memory: 8 } } } } },
    [
      `overrides.ai-services.resources.requests.cpu: found "two"; ${quantity}`,
      'overrides.ai-services.resources.limits.memory: found 8; expected a text',
    ],
  ],
  [
    'variables that no shell takes',
    'local',
    { overrides: { 'ai-services': { env: { 'LOG-LEVEL': 'debug', WORKERS: 4 } } } },
    [
      'overrides.ai-services.env.LOG-LEVEL: no such name; expected a name of letters, digits and _, no digit first',
      'overrides.ai-services.env.WORKERS: found 4; expected a text',
    ],
  ],
  [
    'an ingress that leads nowhere',
    'dev',
    { ingress },
    ['ingress: no host; expected one below hosts or listenerHost, or no ingress at all'],
  ],
  [
    'an ingress without its controller',
    'dev',
    { ingress: { listenerHost: 'push.example.com' } },
    ['ingress.class: missing; expected a text', 'ingress.namespace: missing; expected a text'],
  ],
  [
    'one host for two, and a URL for a host',
    'local',
    {
      ingress: {
        ...ingress,
        hosts: { 'ai-services': 'a.example.com', 'data-services': 'https://b.example.com' },
        listenerHost: 'a.example.com',
      },
    },
    [
      'ingress.hosts.data-services: found "https://b.example.com"; expected the name of a host, for example ai.example.com',
      'ingress.listenerHost: found "a.example.com" a second time; ingress.hosts.ai-services has it',
    ],
  ],
  [
    'a host for a service that does not run here',
    'local',
    { ingress: { ...ingress, hosts: { 'ai-service': 'a.example.com' } } },
    [`ingress.hosts.ai-service: found "ai-service"; allowed: ${local}; did you mean "ai-services"?`],
  ],
  ['a key with nothing behind it', 'dev', { mirror: null }, ['mirror: found null; expected a text']],
  ['no time for a rollout', 'dev', { rolloutTimeout: '5' }, ['rolloutTimeout: found 5; expected 10 to 3600 seconds']],
  ['a time with a unit', 'dev', { rolloutTimeout: '2m' }, ['rolloutTimeout: found "2m"; expected 10 to 3600 seconds']],
  [
    'no webhook secret where pushes build',
    'dev',
    { webhookSecret: undefined },
    ['webhookSecret: missing; set it with `pulumi config set --secret --path slipway:webhookSecret`'],
  ],
  [
    'no certificate',
    'staging',
    { registryTls: undefined },
    ['registryTls: missing; set it with `pulumi config set --secret --path slipway:registryTls.{certificate,key}`'],
  ],
  [
    'half a certificate',
    'staging',
    { registryTls: { certificate: 'PEM' } },
    ['registryTls.key: missing; set it with `pulumi config set --secret --path slipway:registryTls.key`'],
  ],
  [
    'a password that is not hashed',
    'dev',
    { registryHtpasswd: 'joe:hunter2' },
    ['registryHtpasswd: found [secret]; expected one line user:<bcrypt hash>, as `htpasswd -nB user` prints it'],
  ],
  [
    'an id that is no name of a file',
    'dev',
    { buildSecrets: { '../ca': 'x' } },
    ['buildSecrets.../ca: no such name; expected an id of letters, digits and . _ -'],
  ],
  ['a base that is none', 'dev', { variant: 'gpu' }, ['variant: found "gpu"; allowed: cuda, cpu; did you mean "cpu"?']],
  [
    'a digest where a tag is meant',
    'dev',
    { variant: `cuda@${digest}`, variants: { 'ai-services': digest } },
    [
      `variant: found "cuda@${digest}"; a name is expected here, and no digest; allowed: cuda, cpu`,
      `variants.ai-services: found "${digest}"; a name is expected here, and no digest; allowed: cuda, cpu`,
    ],
  ],
  [
    'a base that the stack does not build',
    'local',
    { variant: undefined },
    ['variant: missing; the catalogue has services on "cuda", which the stack does not build; allowed: cpu'],
  ],
  ['a base twice', 'dev', { bases: ['cuda', 'cuda'] }, ['bases[1]: found "cuda" a second time']],
  [
    'arguments for a base that is not built',
    'local',
    { buildArgs: { cuda: { APT_PACKAGES: '' } } },
    ['buildArgs.cuda: found "cuda"; allowed: cpu'],
  ],
  [
    'an argument that is no text',
    'local',
    { buildArgs: { cpu: { JOBS: 2 } } },
    ['buildArgs.cpu.JOBS: found 2; expected a text'],
  ],
  [
    'a third builder',
    'dev',
    { serviceBuilds: { builder: 'kanico', emulate: ['linux/arm64'] } },
    [
      'serviceBuilds.builder: found "kanico"; allowed: buildkit, kaniko; did you mean "kaniko"?',
      'serviceBuilds.emulate: no such key; allowed: builder, cpu, memory, parallel',
    ],
  ],
  [
    'keys of builds where nothing is built',
    'staging',
    { mirror: 'mirror.example.com', serviceBuilds: { builder: 'kaniko' }, webhookSecret: 'w', bases: ['cpu'] },
    [
      `webhookSecret: found [secret]; ${lock}`,
      `mirror: found "mirror.example.com"; ${lock}`,
      `bases: found ["cpu"]; ${lock}`,
      `serviceBuilds: found {"builder":"kaniko"}; ${lock}`,
    ],
  ],
  [
    'a listener where nothing is built',
    'prod',
    { ingress: { ...ingress, listenerHost: 'push.example.com' } },
    [`ingress.listenerHost: found "push.example.com"; ${lock}`],
  ],
  [
    'a stack that turns from track to lock with all its keys',
    'local',
    { digests: 'lock', webhookSecret: undefined },
    [
      `mirror: found "127.0.0.1:15001"; ${lock}`,
      `builder: found "slipway"; ${lock}`,
      `variant: found "cpu"; ${lock}`,
      `bases: found ["cpu"]; ${lock}`,
      `buildArgs: found {"cpu":{"APT_PACKAGES":"","REQUIREMENTS":"docker/requirements-sandbox.txt"}}; ${lock}`,
      `git: found {"insteadOf":{"http://10.36.0.1:3000/cerebral.git":"https://github.com/baerau…; ${lock}`,
      `serviceBuilds: found {"cpu":"100m","memory":"256Mi"}; ${lock}`,
    ],
  ],
];

for (const [what, stack, changes, lines] of cases) {
  test(`${what}: ${Object.keys(changes).join(', ')}`, async () => {
    assert.deepEqual(
      await faultsWith(stack, changes),
      lines.map(line => `slipway:${line}`),
    );
  });
}

test('a misspelt namespace is named, and those of providers are let through', async () => {
  assert.deepEqual(await faultsWith('dev', { 'slipwy:replicas': '2', 'kubernetes:context': 'c', 'aws:region': 'r' }), [
    'slipwy:replicas: no such key; did you mean "slipway:replicas"?',
  ]);
});

test('a secret that stands in the open is named, each with the command that stores it', async () => {
  const changes = { buildSecrets: { 'pip-config': 'hunter2' } };
  assert.deepEqual(await faultsWith('dev', changes, key => key === 'registryTls' || key === 'registryS3'), [
    'slipway:registryHtpasswd: not encrypted, so take another value and set it with `pulumi config set --secret --path slipway:registryHtpasswd`',
    'slipway:registryCredentials: not encrypted, so take another value and set it with `pulumi config set --secret --path slipway:registryCredentials.{username,password}`',
    'slipway:webhookSecret: not encrypted, so take another value and set it with `pulumi config set --secret --path slipway:webhookSecret`',
    'slipway:buildSecrets: not encrypted, so take another value and set it with `pulumi config set --secret --path slipway:buildSecrets.<id>`',
  ]);
});

test('all of them are told at once, and no secret among them (P4)', async () => {
  const once = cases.filter(([, stack]) => stack === 'dev').map(([, , changes]) => changes);
  const lines = await faultsWith('dev', Object.assign({}, ...once, { webhookSecret: 'hunter2' }), () => false);
  assert.ok(lines.length >= 15, lines.join('\n'));
  assert.ok(!lines.join().includes('hunter2'));
});
