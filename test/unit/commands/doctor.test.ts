// The doctor against a stack whose cluster and registry answer over HTTP: each fault has its verdict and its remedy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksOf } from '../../../commands/doctor/checks.ts';
import { type Examined, examine, worst } from '../../../commands/doctor/examine.ts';
import { type Check, ok } from '../../../commands/doctor/finding.ts';
import { asJson, printed, summary } from '../../../commands/doctor/report.ts';
import { FakeRegistry, REGISTRY } from '../images/fake-registry.ts';
import { locking } from '../settings/stack-files.ts';
import { at, BASE, COMMIT, disk, type FakeStack, healthyStack, NOW, PLATFORMS, refusal } from './support/stack.ts';

async function doctor(stack: FakeStack, limit?: number): Promise<Examined[]> {
  const context = await stack.context();
  return examine(context, checksOf(context.settings), limit);
}

const label = ({ group, name, subject }: Examined) => [group, name, ...(subject ? [subject] : [])].join(' ');

/** Those that are neither ok nor about this registry's missing TLS, by name. */
function troubles(examined: readonly Examined[]): Record<string, string> {
  return Object.fromEntries(
    examined.filter(one => one.verdict !== 'ok' && one.name !== 'certificate').map(one => [label(one), one.verdict]),
  );
}

function only(examined: readonly Examined[], wanted: string): Examined {
  const found = examined.find(one => label(one) === wanted);
  assert.ok(found, `no check ${wanted} among ${examined.map(label).join(', ')}`);
  return found;
}

test('where all is well every check is ok, and nothing was changed', async t => {
  const stack = await healthyStack(t);
  const examined = await doctor(stack);
  assert.deepEqual(troubles(examined), {}, printed('local', examined));
  assert.equal(worst(examined.filter(({ name }) => name !== 'certificate')), 'ok');
  const methods = [...stack.api.requests.map(({ method }) => method), ...stack.registry.requests];
  assert.deepEqual([...new Set(methods.map(line => line.split(' ')[0]))].sort(), ['GET', 'HEAD']);
});

/** What a test spoils, and what the doctor must say of it. */
interface Case {
  what: string;
  spoil: (stack: FakeStack) => void | Promise<void>;
  check: string;
  verdict?: Examined['verdict'];
  seen: RegExp;
  remedy?: RegExp;
  /** What else is not ok then. */
  also?: Record<string, Examined['verdict']>;
}

const insideUnasked = {
  'registry names': 'not asked',
  'pipeline base in the cluster cpu': 'not asked',
} as const;

const spoilDeployment = (stack: FakeStack, path: string, status: object, spec: object = {}) => {
  const found = stack.objects.get(path);
  stack.objects.set(path, { ...found, spec: { ...found.spec, ...spec }, status: { ...found.status, ...status } });
};

const cases: Case[] = [
  {
    what: 'a lock that can not be read',
    spoil: stack => {
      stack.lock = 'version: 2\n';
    },
    check: 'settings lock',
    seen: /version is "2"; this program reads version 1/,
    remedy: /git log -p locks\/local\.yaml/,
    also: {
      'images service ai-services': 'not asked',
      'images service data-services': 'not asked',
      'images service knowledge-services': 'not asked',
      'rollouts rollout ai-services': 'not asked',
      'rollouts rollout data-services': 'not asked',
      'rollouts rollout knowledge-services': 'not asked',
    },
  },
  {
    what: 'an upstream image without a pin',
    spoil: stack => {
      stack.lock = 'version: 1\nimages: {}\nupstream:\n  docker.io/library/python:3.11-slim: unknown\n';
    },
    check: 'settings lock',
    seen: /does not pin docker\.io\/library\/python:3\.11-slim/,
    remedy: /^docker buildx imagetools inspect docker\.io\/library\/python:3\.11-slim$/,
  },
  {
    what: 'a node that no image is for',
    spoil: stack => {
      const node = structuredClone(stack.objects.get('/api/v1/nodes/n1'));
      node.metadata.name = 'n2';
      node.status.nodeInfo.architecture = 's390x';
      stack.objects.set('/api/v1/nodes/n2', node);
    },
    check: 'cluster nodes',
    seen: /n2 is linux\/s390x; the stack's images are for linux\/amd64 and linux\/arm64/,
    remedy: /^kubectl --context test cordon n2$/,
  },
  {
    what: 'a node that is not ready',
    spoil: stack => {
      const node = structuredClone(stack.objects.get('/api/v1/nodes/n1'));
      node.metadata.name = 'n2';
      node.status.conditions[0].status = 'Unknown';
      stack.objects.set('/api/v1/nodes/n2', node);
    },
    check: 'cluster nodes',
    verdict: 'warning',
    seen: /^not ready: n2$/,
    remedy: /describe node n2/,
  },
  {
    what: 'a password that the registry does not take',
    spoil: stack => {
      const { misbehave } = stack.registry;
      stack.registry.misbehave = (request, response) => {
        if (request.headers['x-inside']) return misbehave(request, response);
        response.writeHead(401, { 'www-authenticate': 'Basic realm="registry"' }).end();
        return true;
      };
    },
    check: 'registry outside',
    seen: /asks for a password, and it refuses teams/,
    remedy: /^docker login 127\.0\.0\.1:\d+$/,
    also: { 'registry names': 'not asked' },
  },
  {
    what: 'a machine that nobody has signed in on',
    spoil: stack => {
      stack.means.credentials = async () => undefined;
    },
    check: 'registry outside',
    seen: /the docker config has nobody for 127\.0\.0\.1:\d+/,
    remedy: /^docker login 127\.0\.0\.1:\d+$/,
    also: { 'registry names': 'not asked' },
  },
  {
    what: 'an address outside that lets everybody in',
    spoil: stack => {
      stack.registry.misbehave = () => false;
    },
    check: 'registry outside',
    verdict: 'warning',
    seen: /lets everybody in without a password/,
    remedy: /lead 127\.0\.0\.1:\d+ to port 5443 of Service registry\/internal-registry/,
  },
  {
    what: 'a registry that is not reached outside, and is inside',
    spoil: stack => {
      stack.changes.registry = elsewhere('http://127.0.0.1:9');
    },
    check: 'registry outside',
    seen: /can't be reached at http:\/\/127\.0\.0\.1:9/,
    remedy: /^curl --verbose http:\/\/127\.0\.0\.1:9\/v2\/$/,
    also: { 'registry names': 'not asked' },
  },
  {
    what: 'a registry without its Service',
    spoil: stack => void stack.objects.delete(at.core('registry', 'services', 'internal-registry')),
    check: 'registry inside',
    seen: /there is no Service registry\/internal-registry/,
    remedy: /^pulumi up --stack local$/,
    also: { 'registry names': 'fault' },
  },
  {
    what: 'a Service at another address than the one that references name',
    spoil: stack => {
      stack.objects.get(at.core('registry', 'services', 'internal-registry')).spec.clusterIP = '10.34.0.203';
    },
    check: 'registry inside',
    seen: /is 10\.34\.0\.203:5000, not 10\.34\.0\.202:5000/,
    remedy: /^pulumi up --stack local$/,
  },
  {
    what: 'a registry that is scaled to zero',
    spoil: stack => {
      spoilDeployment(
        stack,
        at.deployment('registry', 'registry'),
        { replicas: 0, availableReplicas: 0 },
        { replicas: 0 },
      );
      stack.objects.delete(at.core('registry', 'pods', 'registry-1'));
      const none = () => refusal(503, 'ServiceUnavailable', 'no endpoints available for service "internal-registry"');
      stack.instead.set(`${at.registry}/v2/`, none);
    },
    check: 'registry inside',
    seen: /Deployment registry\/registry is scaled to 0 replicas/,
    remedy: /^kubectl --context test --namespace registry scale deployment registry --replicas=1$/,
    also: { ...insideUnasked, 'registry volume': 'not asked' },
  },
  {
    what: 'a registry that serves, behind a policy that shuts the API server out',
    spoil: stack => {
      const shut = () => refusal(503, 'ServiceUnavailable', 'error trying to reach service: dial tcp: i/o timeout');
      stack.instead.set(`${at.registry}/v2/`, shut);
    },
    check: 'registry inside',
    verdict: 'not asked',
    seen: /the API server may not show it \(error trying.*\); .*slipway:registry\.nodes/,
    also: insideUnasked,
  },
  {
    what: 'an account that may not use the proxy',
    spoil: stack => {
      const no = () => refusal(403, 'Forbidden', 'services/proxy is forbidden');
      stack.instead.set(`${at.registry}/v2/`, no);
      stack.instead.set(at.disk, no);
    },
    check: 'registry inside',
    verdict: 'not asked',
    seen: /services\/proxy is forbidden/,
    also: { ...insideUnasked, 'registry volume': 'not asked' },
  },
  {
    what: 'a volume that is almost full',
    spoil: stack => disk(stack, 1e9, 20e9),
    check: 'registry volume',
    verdict: 'warning',
    seen: /1\.0 GB left of 20\.0 GB/,
    remedy: /^pulumi config set --stack local --path slipway:registry\.storage\.size <more than 20Gi>$/,
  },
  {
    what: 'a volume that is full',
    spoil: stack => disk(stack, 1e6, 20e9),
    check: 'registry volume',
    seen: /0\.00 GB left of 20\.0 GB; pushes will fail/,
    remedy: /storage\.size/,
  },
  {
    what: 'a volume of a kind that the kubelet does not measure',
    spoil: stack => void stack.instead.set(at.disk, () => [200, { pods: [] }]),
    check: 'registry volume',
    verdict: 'not asked',
    seen: /it is bound; how full it is, node n1 does not measure/,
  },
  {
    what: 'a volume that is not bound',
    spoil: stack => {
      stack.objects.get(at.core('registry', 'persistentvolumeclaims', 'registry')).status.phase = 'Pending';
    },
    check: 'registry volume',
    seen: /is Pending, not Bound/,
    remedy: /describe pvc registry$/,
  },
  {
    what: 'an alias that leads to another Service',
    spoil: stack => {
      stack.objects.set(at.core('registry', 'services', 'old-registry'), { spec: { ports: [{ port: 5000 }] } });
      stack.changes.registry = elsewhere(stack.registry.url, ['old-registry.registry.svc.cluster.local:5000']);
    },
    check: 'registry names',
    seen: /old-registry\.registry\.svc\.cluster\.local:5000 is no name of the registry/,
    remedy: /--namespace registry get service old-registry --output yaml$/,
  },
  {
    what: 'an index whose half is of another platform than it says',
    spoil: stack => {
      const [arm] = [stack.registry.image(BASE, undefined, 'linux/arm64')];
      const index = JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests: PLATFORMS.map(platform => ({ ...arm, platform: { os: 'linux', architecture: platform.slice(6) } })),
      });
      stack.registry.put(BASE, 'cpu', Buffer.from(index), 'application/vnd.oci.image.index.v1+json');
    },
    check: 'images base cpu',
    seen: /names an image for linux\/amd64 that is for linux\/arm64/,
    remedy:
      /^pulumi up --stack local --replace 'urn:pulumi:local::slipway::slipway:image:Image\$docker-build:index:Image::base-cpu'$/,
    also: { 'pipeline base in the cluster cpu': 'warning' },
  },
  {
    what: 'a service whose image lost a platform to a clean-up',
    spoil: stack => {
      const { bytes } = stack.registry.manifests.get('cerebral/ai-services main')!;
      const arm = JSON.parse(bytes.toString()).manifests[1].digest;
      stack.registry.remove('cerebral/ai-services', arm);
    },
    check: 'images service ai-services',
    seen: /names a manifest for linux\/arm64 that the registry does not have/,
    remedy: /^slipway build local ai-services$/,
  },
  {
    what: 'a service that was never built',
    spoil: stack => {
      for (const tag of ['main', 'live-local']) stack.registry.remove('cerebral/ai-services', tag);
      stack.objects.delete(at.service('ai-services'));
      stack.objects.delete(at.tekton('pipelineruns', 'run-of-ai-services'));
    },
    check: 'images service ai-services',
    verdict: 'warning',
    seen: /^cerebral\/ai-services was never built$/,
    remedy: /^git commit --allow-empty .* && git push origin main$/,
    also: {
      'pipeline last run ai-services': 'not asked',
      'rollouts rollout ai-services': 'not asked',
      'rollouts health ai-services': 'not asked',
    },
  },
  {
    what: 'a cluster without Tekton',
    spoil: stack => void stack.objects.delete(at.deployment('tekton-pipelines', 'tekton-pipelines-webhook')),
    check: 'pipeline tekton',
    seen: /there is no Deployment tekton-pipelines\/tekton-pipelines-webhook/,
    remedy: /^install Tekton Pipelines into tekton-pipelines, then: pulumi up --stack local$/,
  },
  {
    what: 'a Tekton whose pods the namespace refuses',
    spoil: stack => {
      stack.objects.get(at.core('tekton-pipelines', 'configmaps', 'feature-flags')).data = {};
    },
    check: 'pipeline tekton',
    seen: /set-security-context is off: no run gets a pod/,
    remedy: /patch configmap feature-flags --type merge/,
  },
  {
    what: 'a pipeline that is not there',
    spoil: stack => void stack.objects.delete(at.tekton('pipelines', 'cerebral-microservice-pipeline')),
    check: 'pipeline pipeline',
    seen: /there is no Pipeline tekton-pipelines\/cerebral-microservice-pipeline/,
    remedy: /^pulumi up --stack local$/,
  },
  {
    what: 'a task that is not there',
    spoil: stack => void stack.objects.delete(at.tekton('tasks', 'slipway-rollout')),
    check: 'pipeline pipeline',
    seen: /has not its tasks slipway-rollout/,
    remedy: /^pulumi up --stack local$/,
  },
  {
    what: 'a step image that is gone from the registry',
    spoil: stack => {
      const [key] = [...stack.registry.manifests.keys()].filter(name => /^slipway\/step sha256/.test(name)).slice(-1);
      stack.registry.manifests.delete(key!);
    },
    check: 'pipeline pipeline',
    seen: /the image of the pipeline's steps: .* is not there/,
    remedy: /^pulumi up --stack local$/,
  },
  {
    what: 'a base that runs build on, gone from the registry',
    spoil: stack => {
      stack.registry.remove(BASE, stack.digests.get('cpu')!);
      stack.digests.set('cpu', stack.registry.index(BASE, 'cpu', PLATFORMS, {}, 'newer'));
    },
    check: 'pipeline base in the cluster cpu',
    seen: /pinned sha256:[0-9a-f]{12}….* is not in 10\.34\.0\.202:5000: tag cpu there is sha256:[0-9a-f]{12}… with/,
    remedy: /^pulumi up --stack local$/,
  },
  {
    what: 'a base whose tag has moved on from what runs build on',
    spoil: stack => void stack.registry.index(BASE, 'cpu', PLATFORMS, {}, 'newer'),
    check: 'pipeline base in the cluster cpu',
    verdict: 'warning',
    seen: /runs build on .*@sha256:.*; the tag is sha256:[0-9a-f]{12}… by now/,
    remedy: /^pulumi up --stack local$/,
  },
  {
    what: 'a listener that does not answer well',
    spoil: stack => void stack.instead.set(at.listener, () => [500, { message: 'the webhook secret is empty' }]),
    check: 'pipeline listener',
    seen: /slipway-push answers with status 500/,
    remedy: /logs deployment\/slipway-push$/,
  },
  {
    what: 'a service whose last run failed',
    spoil: stack => {
      stack.run('failed', 'ai-services', { reason: 'linux/arm64: no room', at: '2026-03-01T11:00:00Z' });
    },
    check: 'pipeline last run ai-services',
    seen: /^failed failed 1 h ago: linux\/arm64: no room$/,
    remedy: /^mend it, then: git commit --allow-empty/,
  },
  {
    what: 'a run that has gone on for an hour',
    spoil: stack => {
      stack.run('slow', 'ai-services', { at: '2026-03-01T11:00:00Z' });
      stack.objects.get(at.tekton('pipelineruns', 'slow')).status = {};
    },
    check: 'pipeline last run ai-services',
    verdict: 'warning',
    seen: /^slow has gone on for 1 h$/,
    remedy: /describe pods --selector tekton\.dev\/pipelineRun=slow$/,
  },
  {
    what: 'a build daemon that no node can take',
    spoil: stack => {
      stack.changes.nodePlatforms = undefined;
      spoilDeployment(stack, at.deployment('slipway-build', 'buildkitd-arm64'), { availableReplicas: 0 });
    },
    check: 'builders service builds linux/arm64',
    seen: /no node is linux\/arm64, and slipway:nodePlatforms names it/,
    remedy: /leave it out of slipway:nodePlatforms in Pulumi\.local\.yaml$/,
  },
  {
    what: 'a build daemon whose pod does not start',
    spoil: stack => {
      spoilDeployment(stack, at.deployment('slipway-build', 'buildkitd-amd64'), { availableReplicas: 0 });
      stack.objects.get(at.core('slipway-build', 'pods', 'buildkitd-amd64-1')).status.containerStatuses = [
        { name: 'buildkitd', ready: false, state: { waiting: { reason: 'CrashLoopBackOff' } } },
      ];
    },
    check: 'builders service builds linux/amd64',
    seen: /pod buildkitd-amd64-1, container buildkitd: CrashLoopBackOff/,
    remedy: /--namespace slipway-build describe pods --selector app=buildkitd-amd64$/,
  },
  {
    what: 'certificates that end soon',
    spoil: stack => {
      stack.means.now = new Date('2036-02-20T12:00:00Z');
    },
    check: 'builders certificates',
    verdict: 'warning',
    seen: /the build daemons' certificate ends on 2036-02-27, in \d days/,
    remedy:
      /--replace 'urn:pulumi:local::slipway::slipway:buildkit:Buildkit\$command:local:Command::buildkit-certificates'$/,
  },
  {
    what: 'a machine without the builder of the bases',
    spoil: stack => {
      stack.changes.builder = 'other';
    },
    check: 'builders here',
    verdict: 'warning',
    seen: /this machine has no buildx builder "other"/,
    remedy: /^docker buildx create --name other --platform linux\/amd64,linux\/arm64$/,
  },
  {
    what: 'a workload whose image can not be pulled',
    spoil: stack => {
      spoilDeployment(stack, at.service('ai-services'), { availableReplicas: 0 });
      stack.objects.get(at.core('cerebral-platform', 'pods', 'ai-services-1')).status.containerStatuses = [
        { name: 'ai-services', ready: false, state: { waiting: { reason: 'ImagePullBackOff', message: 'no such' } } },
      ];
    },
    check: 'rollouts rollout ai-services',
    seen: /container ai-services: ImagePullBackOff: no such/,
    remedy: /--namespace cerebral-platform describe pods --selector app=ai-services$/,
    also: { 'rollouts health ai-services': 'not asked' },
  },
  {
    what: 'a workload with another digest than the live one',
    spoil: stack => {
      const digest = stack.registry.index('cerebral/ai-services', 'other', PLATFORMS, {}, 'other');
      stack.deploy('cerebral-platform', 'ai-services', `${REGISTRY}/cerebral/ai-services:other@${digest}`);
    },
    check: 'rollouts rollout ai-services',
    seen: /runs .*:other@sha256:[0-9a-f]{64}; the registry says .*ai-services:c{12}-/,
    remedy: /^pulumi up --stack local$/,
  },
  {
    what: 'a pod that runs something else than its Deployment says',
    spoil: stack => {
      const digest = stack.registry.index('cerebral/ai-services', 'other', PLATFORMS, {}, 'other');
      const pod = stack.objects.get(at.core('cerebral-platform', 'pods', 'ai-services-1'));
      pod.status.containerStatuses[0].imageID = `${REGISTRY}/cerebral/ai-services@${digest}`;
    },
    check: 'rollouts rollout ai-services',
    seen: /pod ai-services-1 runs sha256:/,
    remedy: /--namespace cerebral-platform delete pod ai-services-1$/,
  },
  {
    what: 'an image by tag alone',
    spoil: stack => stack.deploy('cerebral-platform', 'ai-services', `${REGISTRY}/cerebral/ai-services:main`),
    check: 'rollouts rollout ai-services',
    seen: /ai-services:main, which names no digest/,
    remedy: /^pulumi up --stack local$/,
  },
  {
    what: 'a workload that is gone',
    spoil: stack => void stack.objects.delete(at.service('ai-services')),
    check: 'rollouts rollout ai-services',
    seen: /there is no Deployment ai-services, and .* is there for it/,
    remedy: /^pulumi up --stack local$/,
    also: { 'rollouts health ai-services': 'not asked' },
  },
  {
    what: 'a lock that names a digest which is not in the registry',
    spoil: stack => {
      Object.assign(stack.changes, locking);
      const entry = (digest: string) =>
        `{ digest: ${digest}, mediaType: application/vnd.oci.image.index.v1+json, platforms: { linux/amd64: ${digest} }, commit: ${COMMIT}, pinnedAt: unknown, pinnedBy: unknown }`;
      const none = `sha256:${'0'.repeat(64)}`;
      const lines = ['data-services', 'knowledge-services'].map(
        name => `  cerebral/${name}: ${entry(stack.digests.get(name)!)}`,
      );
      stack.lock = `version: 1\nimages:\n  cerebral/ai-services: ${entry(none)}\n${lines.join('\n')}\nupstream: {}\n`;
    },
    check: 'images service ai-services',
    seen: /@sha256:0{64} is not there/,
    remedy: /^slipway promote --from <stack> --to local ai-services$/,
    also: { 'rollouts rollout ai-services': 'fault' },
  },
];

/** The registry's settings with another address outside. */
function elsewhere(endpoint: string, aliases: string[] = []): object {
  const { hostname, port } = new URL(endpoint);
  return {
    ...{ name: REGISTRY, clusterIP: '10.34.0.202', endpoint, aliases, storage: { size: '20Gi' } },
    outside: { host: hostname, port: Number(port) },
  };
}

for (const { what, spoil, check, verdict = 'fault', seen, remedy, also = {} } of cases) {
  test(`${what}: ${verdict} of ${check}, and its remedy`, async t => {
    const stack = await healthyStack(t);
    await spoil(stack);
    const examined = await doctor(stack);
    const found = only(examined, check);
    assert.equal(found.verdict, verdict, printed('local', examined));
    assert.match(found.seen, seen);
    if (remedy) assert.match(found.remedy ?? '', remedy);
    assert.deepEqual(troubles(examined), { [check]: verdict, ...also }, printed('local', examined));
    assert.equal(worst(examined) === 'fault', [verdict, ...Object.values(also)].includes('fault'));
  });
}

test('the outage of seed 002: a base that is arm64 only is named, with what is there and the command that mends it', async t => {
  const stack = await healthyStack(t);
  for (const name of [...stack.registry.manifests.keys()])
    if (name.startsWith(BASE)) stack.registry.manifests.delete(name);
  stack.registry.image(BASE, 'cpu', 'linux/arm64');
  const examined = await doctor(stack);
  const { verdict, seen, remedy } = only(examined, 'images base cpu');
  assert.equal(verdict, 'fault');
  assert.match(
    seen,
    /^base cerebral\/ai-base:cpu in 10\.34\.0\.202:5000 is sha256:[0-9a-f]{12}… with linux\/arm64 only; needed linux\/amd64 and linux\/arm64$/,
  );
  assert.equal(remedy, 'pulumi up --stack local');
  assert.equal(worst(examined), 'fault');
});

test('the outage of seed 000: a base that was never pushed is named, and the command that pushes it', async t => {
  const stack = await healthyStack(t);
  for (const name of [...stack.registry.manifests.keys()])
    if (name.startsWith(BASE)) stack.registry.manifests.delete(name);
  const examined = await doctor(stack);
  const { verdict, seen, remedy } = only(examined, 'images base cpu');
  assert.equal(verdict, 'fault');
  assert.equal(
    seen,
    'base cerebral/ai-base:cpu is not in 10.34.0.202:5000: there is no image of cerebral/ai-base at all; needed linux/amd64 and linux/arm64',
  );
  assert.equal(remedy, 'pulumi up --stack local');
  assert.equal(only(examined, 'pipeline base in the cluster cpu').verdict, 'fault');
});

test('one tag with two digests, by the name that is asked: the names lead to two registries', async t => {
  const stack = await healthyStack(t);
  const inside = await FakeRegistry.start();
  t.after(() => inside.stop());
  for (const [name, manifest] of stack.registry.manifests) inside.manifests.set(name, manifest);
  for (const [digest, blob] of stack.registry.blobs) inside.blobs.set(digest, blob);
  const other = inside.index('cerebral/data-services', 'main', PLATFORMS, {}, 'another registry');
  stack.inside = inside;
  const found = only(await doctor(stack), 'registry names');
  assert.equal(found.verdict, 'fault');
  assert.match(
    found.seen,
    /^1 of 4 tags differ by name: cerebral\/data-services:main is at 10\.34\.0\.202:5000: sha256:/,
  );
  assert.ok(found.seen.includes(other.slice(7, 19)));
});

test('a base over its budget: the sizes of each platform, unpacked and to pull', async t => {
  const stack = await healthyStack(t);
  const gzip = Buffer.alloc(18);
  gzip.writeUInt32LE(2_900_000_000, 14);
  const layer = { ...stack.registry.blob(BASE, gzip), size: 1_200_000_000 };
  const digest = stack.registry.index(BASE, 'cpu', PLATFORMS, {}, '', { layers: [layer] });
  const found = only(await doctor(stack), 'images size cpu');
  assert.ok(digest);
  assert.equal(found.verdict, 'fault');
  assert.equal(
    found.seen,
    'cerebral/ai-base:cpu: linux/amd64 2.9 GB unpacked, 1.2 GB to pull; linux/arm64 2.9 GB unpacked, 1.2 GB to pull; its budget is 2.8 GB unpacked',
  );
  assert.match(found.remedy ?? '', /^docker history 10\.34\.0\.202:5000\/cerebral\/ai-base:cpu /);
});

test("another cluster than the stack's own is asked for nothing but its name", async t => {
  const stack = await healthyStack(t);
  stack.objects.get('/api/v1/namespaces/kube-system').metadata.uid = 'another';
  const examined = await doctor(stack);
  const identity = only(examined, 'cluster identity');
  assert.equal(identity.verdict, 'fault');
  assert.match(identity.seen, /stack local may only touch the cluster with uid/);
  assert.equal(identity.remedy, 'kubectl config get-contexts');
  assert.deepEqual(
    stack.api.requests.map(({ path }) => path),
    ['/api/v1/namespaces/kube-system'],
  );
  assert.deepEqual([...new Set(Object.values(troubles(examined)))].sort(), ['fault', 'not asked']);
  assert.equal(only(examined, 'images base cpu').verdict, 'ok', 'the registry is asked all the same');
});

test('a registry that hangs holds up its own checks for a moment, and no others', async t => {
  const stack = await healthyStack(t);
  stack.registry.misbehave = () => true;
  stack.means.patience = 300;
  const begun = Date.now();
  const examined = await doctor(stack);
  assert.ok(Date.now() - begun < 15_000, `it took ${Date.now() - begun} ms`);
  const outside = only(examined, 'registry outside');
  assert.equal(outside.verdict, 'fault');
  assert.match(outside.seen, /no whole answer within 0\.3 s/);
  assert.equal(only(examined, 'images base cpu').verdict, 'not asked');
  assert.match(only(examined, 'rollouts rollout ai-services').seen, /is healthy; whether it is the wanted one: /);
  assert.equal(only(examined, 'pipeline listener').verdict, 'ok');
});

test('an API server that hangs is one fault', async t => {
  const stack = await healthyStack(t);
  stack.api.answer = () => undefined;
  stack.means.patience = 200;
  const examined = await doctor(stack);
  assert.match(only(examined, 'cluster identity').seen, /no answer within 0\.2 s/);
  const faults = examined.filter(({ verdict }) => verdict === 'fault').map(label);
  assert.deepEqual(faults, ['cluster identity']);
});

test('a check that throws, or does not end, is a fault of that check alone', async t => {
  const stack = await healthyStack(t);
  const check = (name: string, ask: Check['ask']): Check => ({ group: 'cluster', name, ask });
  const broken = () => {
    throw new TypeError('a fault of ours');
  };
  const checks = [
    check('broken', broken),
    check('endless', () => new Promise(() => {})),
    check('well', async () => ok('x')),
  ];
  const examined = await examine(await stack.context(), checks, 50);
  assert.deepEqual(
    examined.map(({ verdict, seen }) => [verdict, seen]),
    [
      ['fault', 'the check failed: a fault of ours'],
      ['fault', 'the check failed: no answer within 0.05 s'],
      ['ok', 'x'],
    ],
  );
  assert.equal(examined[0]!.remedy, 'slipway doctor local');
});

test('the report: faults first under each group, checks of one name that are ok on one line, the remedy below', async t => {
  const stack = await healthyStack(t);
  stack.objects.delete(at.service('data-services'));
  const examined = await doctor(stack);
  const text = printed('local', examined);
  assert.match(
    text,
    /rollouts\n {2}fault {6}rollout data-services: there is no Deployment.*\n {13}→ pulumi up --stack local\n/,
  );
  assert.match(text, /\n {2}ok {9}rollout: 2 \(ai-services, knowledge-services\)\n/);
  assert.ok(text.endsWith(`\nlocal: ${summary(examined)}\n`));
  assert.match(summary(examined), /^1 fault, 1 warning, 1 not asked, \d+ ok$/);
  const json = JSON.parse(asJson('local', NOW, examined));
  assert.equal(json.verdict, 'fault');
  assert.equal(json.asked, NOW.toISOString());
  const entry = json.checks.find((one: Examined) => label(one) === 'rollouts rollout data-services');
  assert.deepEqual(Object.keys(entry), ['group', 'name', 'subject', 'verdict', 'seen', 'remedy']);
});
