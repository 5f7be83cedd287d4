import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QUEUE } from '../../cluster/runs.ts';
import { Pipeline, type PipelineArgs } from '../../components/pipeline.ts';
import { leasePath } from '../../steps/order.ts';
import { PUSH_CONFIG, parsePushConfig } from '../../steps/push-config.ts';
import { counts, only, type Recorded, record } from './recorder.ts';
import { digest } from './values.ts';

const step = `10.34.0.202:5000/slipway/step:main@${digest}`;
const base = `10.34.0.202:5000/cerebral/ai-base:cpu@${digest}`;
const service = (name: string) => ({
  name,
  image: `cerebral/${name}`,
  dockerfile: `microservices/${name}/Dockerfile`,
  context: `./microservices/${name}/`,
  changes: [`microservices/${name}/`],
});
const addresses = { 'linux/amd64': 'tcp://amd64:1234', 'linux/arm64': 'tcp://arm64:1234' };
const args: PipelineArgs = {
  stack: 'local',
  system: 'cerebral',
  pipeline: 'cerebral-microservice-pipeline',
  namespace: 'cerebral-platform',
  source: { fullName: 'baerautotech/cerebral', url: 'https://github.com/baerautotech/cerebral', branch: 'main' },
  services: [service('ai-services'), service('data-services')],
  stepImage: step,
  registry: { name: '10.34.0.202:5000', aliases: ['internal:5000'], url: 'http://10.34.0.202:5000' },
  platforms: ['linux/amd64', 'linux/arm64'],
  bases: [{ repository: 'cerebral/ai-base', tag: 'cuda', reference: base }],
  builder: { addresses, clientSecret: 'buildkit-client' },
  insteadOf: { 'http://10.36.0.1:3000/': 'https://github.com/baerautotech/' },
  parallel: 4,
  keepRuns: 20,
  rolloutTimeout: 120,
  remedy: 'pulumi up --stack local',
  webhookSecret: 'made up',
};
const outputs = ({ inputs }: Recorded) =>
  inputs.kind === 'Pipeline' ? { metadata: { ...inputs.metadata, uid: 'the-uid' } } : {};
const declare = (changes: Partial<PipelineArgs> = {}) =>
  record(() => new Pipeline('pipeline', { ...args, ...changes }), { outputs });
const spec = (recorded: Recorded[], kind: string, name: string) =>
  only(recorded, `:${kind}`, `pipeline-${name}`).inputs.spec;
const variables = (entries: { name: string; value: string }[]) =>
  Object.fromEntries(entries.map(({ name, value }) => [name, value]));

test('a pipeline is two tasks, their rights, a Lease for each service, and a listener', async () => {
  assert.deepEqual(counts(await declare()), {
    ServiceAccount: 3,
    Role: 4,
    RoleBinding: 4,
    Lease: 2,
    ConfigMap: 1,
    Secret: 1,
    Task: 2,
    Pipeline: 1,
    Deployment: 1,
    Service: 1,
    NetworkPolicy: 1,
  });
});

test('the listener has a name outside where it is given one', async () => {
  const recorded = await declare({ ingress: { host: 'push.example.com', class: 'nginx', tlsSecret: 'push-tls' } });
  const { metadata, spec: rules } = only(recorded, ':Ingress').inputs;
  assert.equal(metadata.namespace, 'tekton-pipelines');
  assert.deepEqual(rules.tls, [{ hosts: ['push.example.com'], secretName: 'push-tls' }]);
  assert.deepEqual(rules.rules[0].http.paths[0].backend.service, { name: 'slipway-push', port: { number: 8080 } });
});

test("the teams' nine parameters and those of a push are the Pipeline's, with defaults where a run may leave them out", async () => {
  const { params } = spec(await declare(), 'Pipeline', 'cerebral-microservice-pipeline');
  const named = Object.fromEntries(
    params.map((param: { name: string; default?: string }) => [param.name, param.default]),
  );
  assert.deepEqual(named, {
    'repo-url': undefined,
    'image-name': undefined,
    'deployment-name': undefined,
    'deployment-namespace': undefined,
    dockerfile: undefined,
    'build-context': undefined,
    'repo-branch': 'main',
    'image-tag': 'main',
    'registry-url': '10.34.0.202:5000',
    commit: '',
    changes: '',
  });
});

test('steps run by digest as an ordinary user, and take parameters from the environment alone', async () => {
  const task = spec(await declare(), 'Task', 'slipway-build');
  assert.deepEqual(
    task.steps.map((one: { name: string; image: string; command: string[] }) => [one.name, one.image, one.command]),
    [
      ['fetch-preflight', step, ['node', '/app/steps.mjs', 'fetch-preflight']],
      ['build-publish', step, ['node', '/app/steps.mjs', 'build-publish']],
    ],
  );
  assert.equal(task.stepTemplate.securityContext.runAsNonRoot, true);
  const environment = variables(task.stepTemplate.env);
  assert.equal(environment.PARAM_REPO_URL, '$(params.repo-url)');
  assert.equal(environment.SLIPWAY_RUN_NAME, '$(params.run-name)');
  assert.equal(environment.SLIPWAY_ENDPOINTS, '10.34.0.202:5000|internal:5000=http://10.34.0.202:5000');
  assert.deepEqual(JSON.parse(environment.SLIPWAY_BASES!), args.bases);
  assert.deepEqual(JSON.parse(environment.SLIPWAY_BUILDERS!), addresses);
  assert.deepEqual(JSON.parse(environment.SLIPWAY_GIT_CONFIG!), [
    ['url.http://10.36.0.1:3000/.insteadOf', 'https://github.com/baerautotech/'],
  ]);
});

test('the digest that was built is the digest that is rolled out', async () => {
  const pipeline = spec(await declare(), 'Pipeline', 'cerebral-microservice-pipeline');
  const rollout = pipeline.tasks.find((task: { name: string }) => task.name === 'rollout');
  assert.equal(variables(rollout.params).digest, '$(tasks.build.results.digest)');
  assert.equal(variables(rollout.params)['source-commit'], '$(tasks.build.results.commit)');
  // A minute more than going forth and back again may take.
  assert.equal(rollout.timeout, '5m0s');
});

test('a hand-made run may roll out, and nothing may do more than its task', async () => {
  const recorded = await declare();
  const role = only(recorded, ':Role', 'pipeline-slipway-rollout').inputs;
  const resourceNames = ['slipway-ai-services', 'slipway-data-services'];
  const leases = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames };
  assert.equal(role.metadata.namespace, 'cerebral-platform');
  assert.deepEqual(role.rules, [
    { apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'patch'] },
    { apiGroups: [''], resources: ['pods', 'events'], verbs: ['get', 'list'] },
    { ...leases, verbs: ['get'] },
  ]);
  const order = only(recorded, ':Role', 'pipeline-slipway-order').inputs;
  assert.equal(order.metadata.namespace, 'cerebral-platform');
  assert.deepEqual(order.rules, [{ ...leases, verbs: ['get', 'patch'] }]);
  const names = (name: string) =>
    only(recorded, ':RoleBinding', `pipeline-${name}`).inputs.subjects.map((subject: { name: string }) => subject.name);
  assert.deepEqual(names('slipway-rollout'), ['slipway-rollout', 'default']);
  assert.deepEqual(names('slipway-order'), ['slipway-build', 'default']);
  assert.deepEqual(names('slipway-runs'), ['slipway-build', 'slipway-rollout', 'default']);
});

test('the listener runs the step image as an ordinary user, and may do with runs what it must, and nothing else', async () => {
  const recorded = await declare();
  const { template } = only(recorded, ':Deployment', 'pipeline-slipway-push').inputs.spec;
  const [container] = template.spec.containers;
  assert.deepEqual([container.image, container.command.at(-1)], [step, 'listener']);
  assert.equal(container.securityContext.runAsNonRoot, true);
  assert.equal(template.spec.serviceAccountName, 'slipway-push');
  assert.deepEqual(only(recorded, ':Role', 'pipeline-slipway-push').inputs.rules, [
    { apiGroups: ['tekton.dev'], resources: ['pipelineruns'], verbs: ['list', 'create', 'patch', 'delete'] },
  ]);
});

const pushConfig = async (changes: Partial<PipelineArgs> = {}) =>
  parsePushConfig(only(await declare(changes), ':ConfigMap', 'pipeline-slipway-push').inputs.data['push.json']);

test('the listener has one configuration for all services, however many, and no more of a push than one reading', async () => {
  const services = Array.from({ length: 200 }, (_, i) => service(`service-${i}`));
  const config = await pushConfig({ services });
  assert.deepEqual([config.repository, config.branch], ['baerautotech/cerebral', 'main']);
  assert.deepEqual(config.bases, args.bases);
  assert.deepEqual(config.services, services);
  assert.ok(Buffer.byteLength(JSON.stringify(config, null, 1)) < 100_000, 'a ConfigMap holds a megabyte');
});

test('the files that a service shares with others come from its entry in the catalogue', async () => {
  const changes = ['microservices/ai-services/', 'libs/common/', 'VERSION'];
  const { services } = await pushConfig({ services: [{ ...service('ai-services'), changes }] });
  assert.deepEqual(services[0]!.changes, changes);
  for (const path of ['libs/*', '/libs/', '../libs/', 'libs/ common', '']) {
    const odd = declare({ services: [{ ...service('ai-services'), changes: [path] }] });
    await assert.rejects(odd, error => {
      const text = `pipeline.services.ai-services.changes: found "${path}"; expected a folder with "/" at its end`;
      return (error as Error).message.startsWith(text);
    });
  }
  await assert.rejects(
    declare({ services: [{ ...service('ai-services'), changes: [] }] }),
    /services\.ai-services\.changes: found none/,
  );
});

test('a changed configuration restarts the listener', async () => {
  const mark = async (changes: Partial<PipelineArgs>) => {
    const { template } = only(await declare(changes), ':Deployment', 'pipeline-slipway-push').inputs.spec;
    return template.metadata.annotations['slipway.dev/config'];
  };
  assert.equal(await mark({}), await mark({}));
  assert.notEqual(await mark({}), await mark({ services: [service('ai-services')] }));
});

test('a system whose branch is not main builds that branch under a tag of its name, whoever starts the run', async () => {
  const source = { ...args.source, branch: 'release/2.x' };
  const { params } = spec(await declare({ source }), 'Pipeline', 'cerebral-microservice-pipeline');
  const defaults = Object.fromEntries(params.map((one: { name: string; default?: string }) => [one.name, one.default]));
  assert.deepEqual([defaults['repo-branch'], defaults['image-tag']], ['release/2.x', 'release-2.x']);
  const config = await pushConfig({ source });
  assert.equal(config.branch, 'release/2.x');
  assert.equal(variables(config.run.spec.params)['repo-branch'], 'release/2.x');
});

test('each service has an empty Lease beside its workload, by the name that the steps look for', async () => {
  const recorded = await declare();
  for (const { name } of args.services) {
    const { metadata, spec } = only(recorded, ':Lease', `pipeline-slipway-${name}`).inputs;
    assert.equal(spec, undefined);
    assert.ok(leasePath({ namespace: metadata.namespace, deployment: name }).endsWith(`/leases/${metadata.name}`));
  }
});

test("the run of a push fetches from the catalogue's repository and goes with its Pipeline", async () => {
  const { run } = await pushConfig();
  assert.equal(variables(run.spec.params)['repo-url'], 'https://github.com/baerautotech/cerebral');
  assert.deepEqual(run.metadata.ownerReferences, [
    { apiVersion: 'tekton.dev/v1', kind: 'Pipeline', name: 'cerebral-microservice-pipeline', uid: 'the-uid' },
  ]);
  assert.deepEqual(run.spec.taskRunTemplate, { serviceAccountName: 'slipway-build' });
  assert.deepEqual(run.spec.taskRunSpecs, [{ pipelineTaskName: 'rollout', serviceAccountName: 'slipway-rollout' }]);
});

test('a service may have a name of 63 characters, and all that bears it is named by it', async () => {
  const name = 'l'.repeat(63);
  const recorded = await declare({ services: [service(name)] });
  assert.equal(only(recorded, ':Lease', `pipeline-slipway-${name}`).inputs.metadata.name, `slipway-${name}`);
  await assert.rejects(
    declare({ services: [service(`${name}l`)] }),
    /^Error: pipeline\.services: found "l{64}"; expected .*63/,
  );
});

test('the stack’s build secrets are mounted where services are built, and nowhere else', async () => {
  const recorded = await declare({ buildSecrets: { 'ca-bundle': 'PEM', 'pip-config': '[global]' } });
  const secret = only(recorded, ':Secret', 'pipeline-build-secrets').inputs;
  assert.deepEqual(Object.keys(secret.stringData), ['ca-bundle', 'pip-config']);
  const { steps, stepTemplate, volumes } = spec(recorded, 'Task', 'slipway-build');
  const mount = { name: 'secrets', mountPath: '/build-secrets', readOnly: true };
  assert.deepEqual([steps[0].volumeMounts, steps[1].volumeMounts], [undefined, [mount]]);
  assert.equal(variables(stepTemplate.env).SLIPWAY_BUILD_SECRETS, '/build-secrets');
  assert.ok(
    volumes.some((one: { secret?: { secretName: string } }) => one.secret?.secretName === 'slipway-build-secrets'),
  );
  const { steps: plain } = spec(await declare(), 'Task', 'slipway-build');
  assert.equal(plain[1].volumeMounts, undefined);
});

const login = { registries: ['10.34.0.202:5000', 'internal:5000'], username: 'joe', password: 'hunter2' };

test('at a registry that asks inside, nodes, steps and builds of every run sign in, hand-made runs as well', async () => {
  const recorded = await declare({ login });
  const secret = only(recorded, ':Secret', 'pipeline-pull').inputs;
  assert.equal(secret.type, 'kubernetes.io/dockerconfigjson');
  assert.equal(secret.metadata.namespace, 'tekton-pipelines');
  const auth = Buffer.from('joe:hunter2').toString('base64');
  assert.deepEqual(JSON.parse(secret.stringData['.dockerconfigjson']), {
    auths: { '10.34.0.202:5000': { auth }, 'internal:5000': { auth } },
  });
  const imagePullSecrets = [{ name: secret.metadata.name }];
  for (const account of ['slipway-build', 'slipway-rollout', 'slipway-push']) {
    assert.deepEqual(
      only(recorded, ':ServiceAccount', `pipeline-${account}`).inputs.imagePullSecrets,
      imagePullSecrets,
    );
  }
  const handMade = only(recorded, ':ServiceAccountPatch').inputs;
  assert.deepEqual([handMade.metadata.namespace, handMade.metadata.name], ['tekton-pipelines', 'default']);
  assert.deepEqual(handMade.imagePullSecrets, imagePullSecrets);
  for (const task of ['slipway-build', 'slipway-rollout']) {
    const { stepTemplate, volumes } = spec(recorded, 'Task', task);
    assert.equal(variables(stepTemplate.env).DOCKER_CONFIG, '/registry-login');
    const mount = stepTemplate.volumeMounts.find((one: { mountPath: string }) => one.mountPath === '/registry-login');
    const volume = volumes.find((one: { name: string }) => one.name === mount.name);
    assert.deepEqual(volume.secret, {
      secretName: secret.metadata.name,
      items: [{ key: '.dockerconfigjson', path: 'config.json' }],
    });
  }
});

test('the password of the registry is in the pull secret and nowhere else', async () => {
  const auth = Buffer.from('joe:hunter2').toString('base64');
  const holding = (await declare({ login })).filter(({ inputs }) => {
    const text = JSON.stringify(inputs);
    return text.includes('hunter2') || text.includes(auth);
  });
  assert.deepEqual(
    holding.map(({ name }) => name),
    ['pipeline-pull'],
  );
});

test('where the registry is open inside, nobody signs in and no account of another is touched', async () => {
  const recorded = await declare();
  assert.ok(!JSON.stringify(recorded.map(({ inputs }) => inputs)).match(/DOCKER_CONFIG|imagePullSecrets/));
  assert.equal(counts(recorded).ServiceAccount, 3);
});

test('credentials for git are mounted where the commit is fetched, and nowhere else', async () => {
  const recorded = await declare({ gitCredentials: '[]', buildSecrets: { 'ca-bundle': 'PEM' } });
  const secret = only(recorded, ':Secret', 'pipeline-git-credentials').inputs;
  assert.deepEqual(secret.stringData, { 'credentials.json': '[]' });
  assert.equal(secret.metadata.namespace, 'tekton-pipelines');
  const { steps, stepTemplate } = spec(recorded, 'Task', 'slipway-build');
  assert.deepEqual(steps[0].volumeMounts, [{ name: 'git', mountPath: '/git-credentials', readOnly: true }]);
  assert.deepEqual(variables(steps[0].env), { SLIPWAY_GIT_CREDENTIALS: '/git-credentials/credentials.json' });
  assert.deepEqual(
    steps[1].volumeMounts.map(({ name }: { name: string }) => name),
    ['secrets'],
  );
  assert.equal(variables(stepTemplate.env).SLIPWAY_GIT_CREDENTIALS, undefined);
  const rollout = JSON.stringify(spec(recorded, 'Task', 'slipway-rollout'));
  assert.ok(!rollout.includes('git-credentials'));
});

test('the images whose layers are kept in the registry are those that the catalogue asks it for', async () => {
  const cached = async (changes: Partial<PipelineArgs>) =>
    variables(spec(await declare(changes), 'Task', 'slipway-build').stepTemplate.env).SLIPWAY_CACHED_IMAGES;
  assert.equal(await cached({}), undefined);
  const services = [{ ...service('ai-services'), cache: true }, service('data-services')];
  assert.equal(await cached({ services }), 'cerebral/ai-services');
});

test('every run that the stack starts is created waiting, with its place in the queue', async () => {
  const { run, parallel, keep } = await pushConfig({ parallel: 7, keepRuns: 3 });
  assert.deepEqual([parallel, keep], [7, 3]);
  assert.equal(run.spec.status, 'PipelineRunPending');
  assert.deepEqual(run.metadata.labels, { [QUEUE]: 'build' });
});

test('the configuration lies where `slipway build` looks for it', async () => {
  const { metadata, data } = only(await declare(), ':ConfigMap', 'pipeline-slipway-push').inputs;
  assert.deepEqual(
    { namespace: metadata.namespace, configMap: metadata.name, key: Object.keys(data)[0] },
    { ...PUSH_CONFIG },
  );
});

test('a step image without digest, a platform without builder and a pipeline of nothing are refused', async () => {
  await assert.rejects(declare({ stepImage: 'slipway/step:main' }), {
    message:
      'pipeline.stepImage: "slipway/step:main" names no digest, and a tag may mean another image tomorrow; expected registry/repository[:tag]@sha256:…',
  });
  await assert.rejects(declare({ builder: { addresses: { 'linux/amd64': 'tcp://amd64:1234' }, clientSecret: 's' } }), {
    message: 'pipeline.builder.addresses: none for linux/arm64; every platform of the stack needs a build daemon',
  });
  await assert.rejects(declare({ services: [] }), {
    message: 'pipeline.services: found none; a pipeline builds at least one service',
  });
});
