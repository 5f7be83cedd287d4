// The doctor on the stacks of CyberMesh and AI-stack: each entry of their troubleshooting is a fault with its remedy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksOf } from '../../../commands/doctor/checks.ts';
import { type Examined, examine } from '../../../commands/doctor/examine.ts';
import { printed } from '../../../commands/doctor/report.ts';
import { COLLECTING } from '../../../commands/prune/hold.ts';
import { base64, dockerConfig, type GoldenStack } from './support/golden-stack.ts';
import { NOW, refusal } from './support/stack.ts';
import { healthyAiStack, healthyCybermesh, healthyProduction, OUTSIDE } from './support/systems.ts';

const label = ({ group, name, subject }: Examined) => [group, name, ...(subject ? [subject] : [])].join(' ');

async function doctor(stack: GoldenStack, { trying = false } = {}): Promise<Examined[]> {
  const context = await stack.context();
  return examine(context, checksOf(context.settings, { trying }));
}

/** Those that are neither ok nor about this registry's missing TLS, by name. */
function troubles(examined: readonly Examined[]): Record<string, string> {
  const worse = examined.filter(one => one.verdict !== 'ok' && one.name !== 'certificate');
  return Object.fromEntries(worse.map(one => [label(one), one.verdict]));
}

function only(examined: readonly Examined[], wanted: string): Examined {
  const found = examined.find(one => label(one) === wanted);
  assert.ok(found, `no check ${wanted} among ${examined.map(label).join(', ')}`);
  return found;
}

interface Case {
  what: string;
  spoil: (stack: GoldenStack) => void;
  check: string;
  verdict?: Examined['verdict'];
  seen: RegExp;
  remedy?: RegExp;
  also?: Record<string, Examined['verdict']>;
}

async function holds(stack: GoldenStack, { spoil, check, verdict = 'fault', seen, remedy, also = {} }: Case) {
  spoil(stack);
  const examined = await doctor(stack);
  const text = printed('the stack', examined);
  const found = only(examined, check);
  assert.equal(found.verdict, verdict, text);
  assert.match(found.seen, seen);
  if (remedy) assert.match(found.remedy ?? '', remedy);
  assert.deepEqual(troubles(examined), { [check]: verdict, ...also }, text);
  assert.doesNotMatch(JSON.stringify(examined), /\bknown\b|outdated|narrow|a certificate/, 'no secret is told');
}

/** A workload of which one pod does not serve. */
function down(stack: GoldenStack, kind: string, service: string, state: object): void {
  const { spec, status } = stack.object(kind, service);
  status.availableReplicas = spec.replicas - 1;
  const pod = stack.pod(service);
  pod.status.conditions = [{ type: 'Ready', status: 'False' }];
  pod.status.containerStatuses = [{ name: service, ready: false, ...state }];
}

/** How the entrypoint of the ai-service ends its container. */
const ended = (...lines: string[]) => ({
  restartCount: 3,
  state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container' } },
  lastState: { terminated: { exitCode: 1, message: lines.map(line => `entrypoint: ${line}\n`).join('') } },
});

function event(stack: GoldenStack, pod: string, reason: string, message: string, lastTimestamp: string): void {
  const path = `/api/v1/namespaces/cybermesh/events/${pod}.${reason}`;
  stack.objects.set(path, { metadata: { name: `${pod}.${reason}` }, type: 'Warning', reason, message, lastTimestamp });
}

const startUp = (said: string, seen: RegExp): Case => ({
  what: `the entrypoint says ${said}`,
  spoil: stack => down(stack, 'Deployment', 'ai-service', ended(said)),
  check: 'rollouts rollout ai-service',
  seen,
  remedy: /--namespace cybermesh describe pods --selector app=ai-service$/,
  also: { 'rollouts health ai-service': 'not asked' },
});

const authorized = (name: string, password: string) => `Basic ${base64(`${name}:${password}`)}`;

/** What can't be told without the registry. */
const withoutRegistry = {
  'registry catalogue': 'not asked',
  'images service backend': 'not asked',
  'images service ai-service': 'not asked',
  'images size backend': 'not asked',
  'images size ai-service': 'not asked',
  'rollouts rollout backend': 'not asked',
  'rollouts rollout ai-service': 'not asked',
} as const;

const cybermesh: Case[] = [
  {
    what: 'push fails, sign in: nobody has on this machine',
    spoil: stack => {
      stack.means.credentials = async () => undefined;
    },
    check: 'registry outside',
    seen: /asks for a password, and the docker config has nobody for 127\.0\.0\.1:\d+/,
    remedy: /^docker login 127\.0\.0\.1:\d+$/,
    also: withoutRegistry,
  },
  {
    what: 'push fails, region: the registry is not where the stack file says',
    spoil: stack => {
      stack.changes.registry = {
        external: true,
        name: OUTSIDE,
        prefix: 'cybermeshdev',
        endpoint: 'http://127.0.0.1:9',
      };
    },
    check: 'registry outside',
    seen: /can't be reached at http:\/\/127\.0\.0\.1:9/,
    remedy:
      /^curl --verbose \S+; where its host \(region\) is another: slipway:registry\.name in Pulumi\.cybermesh-dev/,
    also: {
      'registry pull secret': 'not asked',
      ...withoutRegistry,
    },
  },
  {
    what: 'image size: more than the budget of the catalogue',
    spoil: stack => {
      const { registry } = stack;
      const gzip = Buffer.alloc(18);
      gzip.writeUInt32LE(900_000_000, 14);
      const repository = 'cybermeshdev/cybermesh/ai-service';
      const layer = { ...registry.blob(repository, gzip), size: 400_000_000 };
      const digest = registry.index(repository, 'main', ['linux/amd64', 'linux/arm64'], {}, 'x', { layers: [layer] });
      const container = stack.object('Deployment', 'ai-service').spec.template.spec.containers[0];
      container.image = container.image.replace(/sha256:.*/, digest);
      stack.pod('ai-service').status.containerStatuses[0].imageID = container.image;
    },
    check: 'images size ai-service',
    seen: /linux\/amd64 0\.90 GB unpacked, 0\.40 GB to pull; .*its budget is 0\.60 GB unpacked$/,
    remedy: /docker\/ai-service\/Dockerfile, its ignore file or its budgetMB/,
  },
  {
    what: 'a required variable is gone from the ConfigMap',
    spoil: stack => {
      delete stack.object('ConfigMap', 'ai-service').data.NODE_ID;
      stack.object('ConfigMap', 'ai-service').data.ENVIRONMENT = ' ';
    },
    check: 'rollouts needs ai-service',
    seen: /^the environment of Deployment cybermesh\/ai-service has no NODE_ID, ENVIRONMENT$/,
    remedy: /^pulumi up --stack cybermesh-dev$/,
  },
  {
    what: 'the ConfigMap is not referenced any more',
    spoil: stack => {
      delete stack.object('Deployment', 'ai-service').spec.template.spec.containers[0].envFrom;
    },
    check: 'rollouts needs ai-service',
    seen: /has no NODE_ID, ENVIRONMENT, KAFKA_BOOTSTRAP_SERVERS, REDIS_HOST, REDIS_PORT, ED25519_SIGNING_KEY_ID/,
    remedy: /^pulumi up/,
  },
  {
    what: 'the ConfigMap is not there',
    spoil: stack => void stack.objects.delete(stack.path('ConfigMap', 'ai-service')),
    check: 'rollouts needs ai-service',
    seen: /there is no ConfigMap cybermesh\/ai-service/,
    remedy: /^pulumi up/,
  },
  {
    what: 'no signing key: the Secret lacks its key',
    spoil: stack => {
      stack.object('Secret', 'ai-service-secret').data = { other: base64('x') };
    },
    check: 'rollouts needs ai-service',
    seen: /^Secret cybermesh\/ai-service-secret has no key signing_key_pem$/,
    remedy: /^pulumi up --stack cybermesh-dev$/,
  },
  {
    what: 'no signing key: it is empty',
    spoil: stack => {
      stack.object('Secret', 'ai-service-secret').data = { signing_key_pem: base64('\n') };
    },
    check: 'rollouts needs ai-service',
    seen: /^Secret cybermesh\/ai-service-secret has nothing under signing_key_pem$/,
  },
  {
    what: 'no signing key: a file in place of the variable',
    spoil: stack => {
      stack.object('Deployment', 'ai-service').spec.template.spec.containers[0].env = [];
    },
    check: 'rollouts needs ai-service',
    seen: /^Deployment cybermesh\/ai-service takes AI_SIGNING_KEY_CONTENT from no Secret$/,
    remedy: /^pulumi up/,
  },
  {
    what: 'a Secret of the cluster is in another namespace',
    spoil: stack => {
      stack.objects.delete(stack.path('Secret', 'cockroachdb-root-cert'));
      const items = [{ metadata: { name: 'cockroachdb-root-cert', namespace: 'database' } }];
      stack.instead.set('/api/v1/secrets', () => [200, { items }]);
    },
    check: 'rollouts needs backend',
    seen: /^there is no Secret cybermesh\/cockroachdb-root-cert \(root\.crt\); namespace database has one of that name$/,
    remedy:
      /create secret generic cockroachdb-root-cert --from-file=root\.crt=<file> .*\| kubectl .* apply --server-side/,
  },
  {
    what: 'models: the claim is not bound',
    spoil: stack => {
      stack.object('PersistentVolumeClaim', 'datasets').status.phase = 'Pending';
    },
    check: 'rollouts needs ai-service',
    seen: /^PersistentVolumeClaim cybermesh\/datasets is Pending, not Bound$/,
    remedy: /--namespace cybermesh describe pvc datasets$/,
  },
  {
    what: 'models: the claim is not there',
    spoil: stack => void stack.objects.delete(stack.path('PersistentVolumeClaim', 'datasets')),
    check: 'rollouts needs ai-service',
    seen: /^there is no PersistentVolumeClaim cybermesh\/datasets$/,
    remedy: /^make it, or change slipway:volumes in Pulumi\.cybermesh-dev\.yaml$/,
  },
  {
    what: 'models: nothing is mounted where they should be',
    spoil: stack => {
      const [container] = stack.object('Deployment', 'ai-service').spec.template.spec.containers;
      container.volumeMounts = container.volumeMounts.filter(({ name }: { name: string }) => name !== 'models');
    },
    check: 'rollouts needs ai-service',
    seen: /^Deployment cybermesh\/ai-service mounts nothing at \/app\/data\/models$/,
  },
  {
    what: 'models: the init container that copies them fails',
    spoil: stack => {
      down(stack, 'Deployment', 'ai-service', { state: { waiting: { reason: 'PodInitializing' } } });
      stack.pod('ai-service').status.initContainerStatuses = [
        {
          ...{ name: 'fetch-models', ready: false, restartCount: 2 },
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 1, message: 'detector.json: expected sha256 00, found ff\n' } },
        },
      ];
    },
    check: 'rollouts rollout ai-service',
    seen: /container fetch-models: CrashLoopBackOff: exit code 1 after 2 restarts: detector\.json: expected sha256 00/,
    also: { 'rollouts health ai-service': 'not asked' },
  },
  {
    what: 'a volume that can not be mounted is told by its event',
    spoil: stack => {
      down(stack, 'Deployment', 'ai-service', { state: { waiting: { reason: 'ContainerCreating' } } });
      event(stack, 'ai-service-0', 'Older', 'something else', '2026-03-01T10:00:00Z');
      event(stack, 'ai-service-0', 'FailedMount', 'MountVolume.SetUp failed: no such bucket', '2026-03-01T11:00:00Z');
    },
    check: 'rollouts rollout ai-service',
    seen: /container ai-service: ContainerCreating; last warning: FailedMount: MountVolume\.SetUp failed: no such bucket$/,
    also: { 'rollouts health ai-service': 'not asked' },
  },
  startUp('REDIS_PORT is not set; expected the port of Redis', /: entrypoint: REDIS_PORT is not set; expected/),
  startUp('there is no signing key: AI_SIGNING_KEY_CONTENT is not set', /entrypoint: there is no signing key/),
  startUp('the model folder /app/data/models is empty', /entrypoint: the model folder \/app\/data\/models is empty/),
  startUp(
    'Redis cannot be reached at 10.60.0.30 port 6379 (Connection refused)',
    /entrypoint: Redis cannot be reached at 10\.60\.0\.30 port 6379 \(Connection refused\)/,
  ),
  startUp(
    'the first Kafka broker cannot be reached at 10.60.0.20 port 9092 (timed out)',
    /entrypoint: the first Kafka broker cannot be reached at 10\.60\.0\.20 port 9092/,
  ),
  {
    what: 'Redis has moved, and the network rules have not',
    spoil: stack => {
      stack.object('ConfigMap', 'ai-service').data.REDIS_HOST = '10.60.0.31';
    },
    check: 'rollouts reach ai-service',
    seen: /^no NetworkPolicy in cybermesh lets ai-service reach REDIS_HOST and REDIS_PORT \(10\.60\.0\.31 port 6379\)$/,
    remedy: /^correct slipway:network \(redis, kafka, objects\) or slipway:overrides\.ai-service\.env in Pulumi\.cyb/,
  },
  {
    what: 'a Kafka broker has another port than the network rules',
    spoil: stack => {
      stack.object('ConfigMap', 'ai-service').data.KAFKA_BOOTSTRAP_SERVERS = '10.60.0.20:9092,10.60.0.21:9093';
    },
    check: 'rollouts reach ai-service',
    seen: /KAFKA_BOOTSTRAP_SERVERS \(10\.60\.0\.21 port 9093\)$/,
  },
  {
    what: 'the health check fails: the kubelet’s word is told',
    spoil: stack => {
      down(stack, 'StatefulSet', 'backend', { state: { running: {} } });
      const said = 'Readiness probe failed: Get "http://10.1.0.7:9441/api/v1/health": connection refused';
      event(stack, 'backend-0', 'Unhealthy', said, '2026-03-01T11:00:00Z');
    },
    check: 'rollouts rollout backend',
    verdict: 'warning',
    seen: /^StatefulSet cybermesh\/backend: .*; pod backend-0, container backend: running, not ready; last warning: Unhealthy: Readiness probe failed: .*connection refused$/,
    remedy: /--namespace cybermesh rollout status statefulset backend$/,
    also: { 'rollouts health backend': 'not asked' },
  },
  {
    what: 'the health check fails: the port is not exposed',
    spoil: stack => {
      stack.object('Service', 'backend').spec.ports[0].targetPort = 9440;
    },
    check: 'rollouts health backend',
    seen: /^Service cybermesh\/backend leads to port 9440; backend listens on 9441$/,
    remedy: /^pulumi up/,
  },
  {
    what: 'the health check fails: the Service leads to no pod',
    spoil: stack => {
      const none = () => refusal(503, 'ServiceUnavailable', 'no endpoints available for service "backend"');
      stack.instead.set('/api/v1/namespaces/cybermesh/services/backend:http/proxy/api/v1/health', none);
    },
    check: 'rollouts health backend',
    seen: /^Service cybermesh\/backend leads to none of its pods, which are ready$/,
  },
  {
    what: 'the health path answers otherwise',
    spoil: stack => {
      stack.instead.set('/api/v1/namespaces/cybermesh/services/ai-service:http/proxy/health', () => [500, 'no model']);
    },
    check: 'rollouts health ai-service',
    seen: /^\/health at port 8000 answers with status 500$/,
    remedy: /--namespace cybermesh logs deployment\/ai-service$/,
  },
  {
    what: 'the pull secret is not there',
    spoil: stack => void stack.objects.delete(stack.path('Secret', 'slipway-registry')),
    check: 'registry pull secret',
    seen: /^there is no Secret cybermesh\/slipway-registry, by which nodes pull from eu-frankfurt-1\.ocir\.io$/,
    remedy: /^pulumi up --stack cybermesh-dev$/,
  },
  {
    what: 'the pull secret is empty',
    spoil: stack => {
      stack.object('Secret', 'slipway-registry').data = {};
    },
    check: 'registry pull secret',
    seen: /^Secret cybermesh\/slipway-registry, by which nodes pull, holds no docker config$/,
    remedy: /^pulumi up/,
  },
  {
    what: 'the pull secret is for another region',
    spoil: stack => {
      stack.object('Secret', 'slipway-registry').data = dockerConfig('us-ashburn-1.ocir.io');
    },
    check: 'registry pull secret',
    seen: /has no password for eu-frankfurt-1\.ocir\.io; it is for us-ashburn-1\.ocir\.io$/,
  },
  {
    what: 'the registry refuses who the nodes are',
    spoil: stack => {
      stack.object('Secret', 'slipway-registry').data = dockerConfig(OUTSIDE, 'nodes', 'outdated');
      stack.registry.misbehave = (request, response) => {
        if (request.headers.authorization === authorized('teams', 'known')) return false;
        response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"' }).end();
        return true;
      };
    },
    check: 'registry pull secret',
    seen: /^eu-frankfurt-1\.ocir\.io refuses nodes \(Secret cybermesh\/slipway-registry\): no node can pull; HEAD .*401/,
    remedy:
      /^pulumi config set --stack cybermesh-dev --secret --path slipway:registryCredentials\.username <user>; .*up/,
  },
  {
    what: 'the registry shows the nodes nothing of the repository',
    spoil: stack => {
      stack.object('Secret', 'slipway-registry').data = dockerConfig(OUTSIDE, 'nodes', 'narrow');
      stack.registry.misbehave = (request, response) => {
        if (request.headers.authorization === authorized('teams', 'known')) return false;
        if (request.headers.authorization === undefined) {
          response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"' }).end();
          return true;
        }
        response.writeHead(404, { 'docker-distribution-api-version': 'registry/2.0' }).end();
        return true;
      };
    },
    check: 'registry pull secret',
    seen: /^eu-frankfurt-1\.ocir\.io does not show eu-frankfurt-1\.ocir\.io\/cybermeshdev\/cybermesh\/backend:main@\S+ to nodes/,
  },
  {
    what: 'nodes have no password at all',
    spoil: stack => {
      for (const name of ['backend', 'ai-service']) delete stack.object('ServiceAccount', name).imagePullSecrets;
    },
    check: 'registry pull secret',
    seen: /asks for a password, and nodes have none: ServiceAccount cybermesh\/backend names no pull secret$/,
  },
  {
    what: 'an image that nobody pushed',
    spoil: stack => {
      for (const name of [...stack.registry.manifests.keys()])
        if (name.includes('backend')) stack.registry.manifests.delete(name);
    },
    check: 'images service backend',
    verdict: 'warning',
    seen: /^cybermeshdev\/cybermesh\/backend was never built$/,
    remedy: /^pulumi up --stack cybermesh-dev$/,
    also: { 'images size backend': 'not asked', 'rollouts rollout backend': 'fault' },
  },
];

test('on cybermesh-dev, where all is well, every check is ok, and nothing was changed (M11)', async t => {
  const stack = await healthyCybermesh(t);
  const examined = await doctor(stack);
  assert.deepEqual(troubles(examined), {}, printed('cybermesh-dev', examined));
  const methods = [...stack.api.requests.map(({ method }) => method), ...stack.registry.requests];
  assert.deepEqual([...new Set(methods.map(line => line.split(' ')[0]))].sort(), ['GET', 'HEAD']);
});

for (const one of cybermesh) {
  test(`cybermesh-dev, ${one.what}: ${one.check} says so, and what mends it (M11)`, async t =>
    holds(await healthyCybermesh(t), one));
}

const production: Case[] = [
  {
    what: 'models: no node has the driver that mounts them',
    spoil: stack => {
      stack.objects.get('/apis/storage.k8s.io/v1/csinodes/n1').spec.drivers = [];
    },
    check: 'rollouts needs ai-service',
    seen: /^no node has the driver s3\.csi\.example\.com, by which a volume is mounted$/,
    remedy: /^install s3\.csi\.example\.com, or change slipway:volumes in Pulumi\.cybermesh-prod\.yaml$/,
  },
  {
    what: 'before anything is declared, a Secret that must be there',
    spoil: stack => {
      stack.objects.delete(stack.path('StatefulSet', 'backend'));
      stack.objects.delete(stack.path('Secret', 'backend-signing-keys'));
    },
    check: 'rollouts needs backend',
    seen: /^there is no Secret cybermesh\/backend-signing-keys \(signing_key_pem\)$/,
    remedy: /create secret generic backend-signing-keys --from-file=signing_key_pem=<file>/,
    also: {
      'rollouts rollout backend': 'fault',
      'rollouts reach backend': 'not asked',
      'rollouts health backend': 'not asked',
    },
  },
  {
    what: 'Secrets that this account may not see hide nothing else',
    spoil: stack => {
      const no = () => refusal(403, 'Forbidden', 'secrets is forbidden');
      for (const name of ['ai-service-secret', 'backend-signing-keys', 'cockroachdb-root-cert'])
        stack.instead.set(stack.path('Secret', name), no);
      stack.objects.delete(stack.path('ConfigMap', 'ai-service'));
    },
    check: 'rollouts needs ai-service',
    seen: /^there is no ConfigMap cybermesh\/ai-service; the environment/,
    also: { 'rollouts needs backend': 'not asked' },
  },
];

test('on cybermesh-prod, which locks, every check is ok where all is well (M11)', async t => {
  const stack = await healthyProduction(t);
  const examined = await doctor(stack);
  assert.deepEqual(troubles(examined), {}, printed('cybermesh-prod', examined));
});

for (const one of production) {
  test(`cybermesh-prod, ${one.what}: ${one.check} says so, and what mends it (M11)`, async t =>
    holds(await healthyProduction(t), one));
}

test('on ai-stack-local, where all is well, every check is ok, and the catalogue is listed (A9)', async t => {
  const examined = await doctor(await healthyAiStack(t));
  assert.deepEqual(troubles(examined), {}, printed('ai-stack-local', examined));
  assert.equal(
    only(examined, 'registry catalogue').seen,
    "6 of the stack's 6 repositories: ai-stack-aidb, ai-stack-hybrid-coordinator, ai-stack-ralph-wiggum, ai-stack-embeddings, ai-stack-nixos-docs, ai-stack-dashboard-api",
  );
  assert.match(
    only(examined, 'images service aidb').seen,
    /^10\.34\.0\.204:5000\/ai-stack-aidb:\S+@sha256:[0-9a-f]{64} /,
  );
});

const registryPath = '/apis/apps/v1/namespaces/ai-stack-registry/deployments/registry';
const heldSince = (stack: GoldenStack, seconds: number) => {
  const at = new Date(NOW.getTime() - seconds * 1000).toISOString();
  stack.objects.get(registryPath).metadata.annotations = { [COLLECTING]: `someone ${at}` };
};

const aiStack: Case[] = [
  {
    what: 'the registry is read-only, left so by a collection that was cut off',
    spoil: stack => heldSince(stack, 600),
    check: 'registry writes',
    seen: /a collection of its garbage was cut off, its last sign of life was 10 min ago; no push passes$/,
    remedy: /^slipway prune ai-stack-local --delete --collect$/,
  },
  {
    what: 'the registry is read-only while its garbage is collected',
    spoil: stack => heldSince(stack, 3),
    check: 'registry writes',
    verdict: 'warning',
    seen: /is read-only while its garbage is collected, its last sign of life was 3 s ago; pushes wait$/,
  },
  {
    what: 'the registry is scaled to zero',
    spoil: stack => {
      const registry = stack.objects.get(registryPath);
      registry.spec.replicas = 0;
      registry.status = { observedGeneration: 1 };
      for (const key of [...stack.objects.keys()])
        if (key.startsWith('/api/v1/namespaces/ai-stack-registry/pods/')) stack.objects.delete(key);
    },
    check: 'registry inside',
    seen: /^Deployment ai-stack-registry\/registry is scaled to 0 replicas$/,
    remedy: /--namespace ai-stack-registry scale deployment registry --replicas=1$/,
    also: { 'registry volume': 'not asked' },
  },
  {
    what: 'a tag is not in the registry',
    spoil: stack => stack.registry.remove('ai-stack-aidb', 'dev'),
    check: 'images service aidb',
    verdict: 'warning',
    seen: /^ai-stack-aidb was never built$/,
    remedy: /^git commit|^slipway build --system ai-stack aidb$/,
    also: { 'rollouts rollout aidb': 'fault' },
  },
];

for (const one of aiStack) {
  test(`ai-stack-local, ${one.what}: ${one.check} says so, and what mends it (A9)`, async t =>
    holds(await healthyAiStack(t), one));
}

/** Keeps pods that are made, under their own names and with this status, until they are deleted. */
function takesPods(
  stack: GoldenStack,
  status: (pod: { spec: { containers: { image: string }[] } }) => object,
): string[] {
  const { answer } = stack.api;
  const made: string[] = [];
  stack.api.answer = request => {
    const { method, path, body } = request;
    if (method === 'POST' && path.endsWith('/pods')) {
      const pod = JSON.parse(body);
      const name = `${pod.metadata.generateName}${made.length}`;
      made.push(name);
      const whole = { ...pod, metadata: { ...pod.metadata, name }, status: status(pod) };
      stack.objects.set(`${path}/${name}`, { ...whole, spec: { ...pod.spec, nodeName: 'n1' } });
      return [201, whole];
    }
    if (method === 'DELETE') return stack.objects.delete(path) ? [200, {}] : [404, { kind: 'Status' }];
    return answer(request);
  };
  return made;
}

const inState = (state: object) => () => ({ containerStatuses: [{ name: 'pull', state }] });
const pulled = inState({ terminated: { reason: 'StartError', exitCode: 128 } });
const podsLeft = (stack: GoldenStack) =>
  [...stack.objects.keys()].filter(path => path.includes('/pods/slipway-doctor-'));

test('with --try a push to each repository and a pull of each image are begun, and nothing of them is left (A9, M11)', async t => {
  for (const make of [healthyCybermesh, healthyAiStack]) {
    const stack = await make(t);
    const made = takesPods(stack, pulled);
    const before = [...stack.registry.manifests.keys()];
    const examined = await doctor(stack, { trying: true });
    assert.deepEqual(troubles(examined), {}, printed('the stack', examined));
    assert.equal(made.length, stack.digests.size);
    assert.deepEqual(podsLeft(stack), []);
    assert.equal(stack.registry.uploads.size, 0);
    assert.deepEqual([...stack.registry.manifests.keys()], before);
    assert.match(only(examined, 'registry push').seen, /^it takes pushes to \d repositories; nothing was left there$/);
    const [service] = stack.digests.keys();
    assert.match(only(examined, `images pull ${service}`).seen, /^node n1 has pulled \S+@sha256:[0-9a-f]{64}$/);
  }
});

test('the pod that pulls is one that the namespace takes: restricted, by digest, of the service’s account (A9)', async t => {
  const stack = await healthyCybermesh(t);
  takesPods(stack, pulled);
  await doctor(stack, { trying: true });
  const bodies = stack.api.requests.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body));
  assert.equal(bodies.length, 2);
  for (const { metadata, spec } of bodies) {
    const [container] = spec.containers;
    assert.match(container.image, /@sha256:[0-9a-f]{64}$/);
    assert.equal(container.imagePullPolicy, 'Always');
    assert.equal(spec.restartPolicy, 'Never');
    assert.ok(['backend', 'ai-service'].includes(spec.serviceAccountName));
    assert.equal(metadata.labels.app, undefined, 'no Service takes it for one of its pods');
    assert.deepEqual(container.securityContext.capabilities, { drop: ['ALL'] });
    assert.equal(spec.securityContext.runAsNonRoot, true);
  }
});

const refusals: { what: string; status: number; code: string; seen: RegExp; remedy: RegExp }[] = [
  {
    ...{ what: 'a permission', status: 403, code: 'DENIED' },
    seen: /^eu-frankfurt-1\.ocir\.io refuses a push to cybermeshdev\/cybermesh\/backend: POST .*DENIED/,
    remedy: /^docker login 127\.0\.0\.1:\d+ as somebody who may push there, or have its owner allow it$/,
  },
  {
    ...{ what: 'a namespace that is not there', status: 404, code: 'NAME_UNKNOWN' },
    seen: /refuses a push to cybermeshdev\/cybermesh\/backend: .*NAME_UNKNOWN/,
    remedy: /or correct slipway:registry\.name and \.prefix in Pulumi\.cybermesh-dev\.yaml: region and namespace/,
  },
];

for (const { what, status, code, seen, remedy } of refusals) {
  test(`a push that fails for ${what} is told with the repository and what mends it (M11)`, async t => {
    const stack = await healthyCybermesh(t);
    takesPods(stack, pulled);
    const { misbehave } = stack.registry;
    stack.registry.misbehave = (request, response) => {
      if (misbehave(request, response)) return true;
      if (request.method !== 'POST') return false;
      response.writeHead(status).end(JSON.stringify({ errors: [{ code, message: 'no' }] }));
      return true;
    };
    const examined = await doctor(stack, { trying: true });
    assert.deepEqual(troubles(examined), { 'registry push': 'fault' }, printed('cybermesh-dev', examined));
    assert.match(only(examined, 'registry push').seen, seen);
    assert.match(only(examined, 'registry push').remedy ?? '', remedy);
  });
}

test('a push to a registry that is full, or read-only, is told with what mends it (A9)', async t => {
  const full = await healthyAiStack(t);
  takesPods(full, pulled);
  full.registry.room = 10;
  const found = only(await doctor(full, { trying: true }), 'registry push');
  assert.match(found.seen, /^10\.34\.0\.204:5000 refuses a push to ai-stack-aidb: .*DISK_FULL/);
  assert.match(found.remedy ?? '', /^pulumi config set --stack ai-stack-local --path slipway:registry\.storage\.size/);

  const held = await healthyAiStack(t);
  takesPods(held, pulled);
  const { misbehave } = held.registry;
  held.registry.misbehave = (request, response) => {
    if (misbehave(request, response)) return true;
    if (request.method !== 'POST') return false;
    response.writeHead(405).end();
    return true;
  };
  const readOnly = only(await doctor(held, { trying: true }), 'registry push');
  assert.match(readOnly.seen, /READ_ONLY: the registry is read-only/);
  assert.equal(readOnly.remedy, 'slipway prune ai-stack-local --delete --collect');
});

test('a node that can not pull is told with the kubelet’s words, and the pod is taken away (A9)', async t => {
  const stack = await healthyCybermesh(t);
  takesPods(
    stack,
    inState({ waiting: { reason: 'ErrImagePull', message: 'failed to pull and unpack image: 401 Unauthorized' } }),
  );
  const examined = await doctor(stack, { trying: true });
  const found = only(examined, 'images pull backend');
  assert.equal(found.verdict, 'fault');
  assert.match(
    found.seen,
    /^node n1 can't pull eu-frankfurt-1\.ocir\.io\/cybermeshdev\/\S+: failed .*401 Unauthorized$/,
  );
  assert.deepEqual(podsLeft(stack), []);
});

test('a pod that a doctor left behind, ended before its end, is taken away by the next (A9)', async t => {
  const stack = await healthyCybermesh(t);
  takesPods(stack, pulled);
  const left = (name: string, minutes: number) => ({
    metadata: {
      ...{ name, namespace: 'cybermesh', labels: { 'slipway.dev/doctor': 'backend' } },
      creationTimestamp: new Date(Date.now() - minutes * 60_000).toISOString(),
    },
  });
  for (const [name, minutes] of [
    ['slipway-doctor-old', 60],
    ['slipway-doctor-new', 1],
  ] as const)
    stack.objects.set(`/api/v1/namespaces/cybermesh/pods/${name}`, left(name, minutes));
  await doctor(stack, { trying: true });
  assert.deepEqual(podsLeft(stack), ['/api/v1/namespaces/cybermesh/pods/slipway-doctor-new']);
});
