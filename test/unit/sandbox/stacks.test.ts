import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { DEFAULT_PORTS, type SandboxConfig } from '../../../sandbox/config.ts';
import { lockPath } from '../../../sandbox/images/upstream-lock.ts';
import { machineValues } from '../../../sandbox/machine-values.ts';
import { makeOutside } from '../../../sandbox/outside/outside.ts';
import { mergeStackFiles, secretAt, stackArgs, stackFolder, writeStackFile } from '../../../sandbox/pulumi.ts';
import { serviceRows, type Workload } from '../../../sandbox/services.ts';
import { placed } from '../../../sandbox/slipway.ts';
import { aiStack, cerebral, cybermesh, stackOfSystem, takeStack } from '../../../sandbox/stacks.ts';

const given = (): SandboxConfig => ({
  home: mkdtempSync(join(tmpdir(), 'slipway-stacks-')),
  cache: '/nowhere',
  ports: DEFAULT_PORTS,
});

test('--system names a system of the sandbox; another is refused with those that there are (P7)', () => {
  assert.equal(stackOfSystem('cybermesh').name, 'cybermesh-dev');
  assert.throws(
    () => stackOfSystem('skynet'),
    /no system is called "skynet"; there are cerebral, cybermesh, ai-stack$/,
  );
});

test('pulumi runs on the stack that --stack names, and on local where it names none', () => {
  assert.deepEqual(takeStack(['preview', '--diff']), { stack: cerebral, args: ['preview', '--diff'] });
  for (const name of [['--stack', 'cybermesh-dev'], ['--stack=cybermesh-dev'], ['-s', 'cybermesh-dev']]) {
    assert.deepEqual(takeStack(['up', ...name, '--yes']), { stack: cybermesh, args: ['up', '--yes'] });
  }
  assert.throws(() => takeStack(['up', '--stack', 'prod']), /no stack "prod"; there are local, cybermesh-dev, ai-/);
  assert.throws(() => takeStack(['up', '--stack']), /--stack needs a name: local, /);
});

test('each stack has a file of its own, in one folder with the others', async () => {
  const config = given();
  const [verb, file] = [
    stackArgs(config, 'ai-stack-local', 'up'),
    join(stackFolder(config), 'Pulumi.ai-stack-local.yaml'),
  ];
  assert.deepEqual(verb, ['--stack', 'ai-stack-local', '--config-file', file]);
  assert.deepEqual(stackArgs(config, 'local', 'output'), ['--stack', 'local']);
});

test('a stack that was never started on this sandbox is told with the command that starts it', async () => {
  const config = given();
  await assert.rejects(mergeStackFiles(config), /has no stack local yet; run: npm start$/);
  mkdirSync(stackFolder(config), { recursive: true });
  await writeStackFile(config, 'local', { 'slipway:lock': '/locks/local.yaml' });
  await mergeStackFiles(config);
  await assert.rejects(
    mergeStackFiles(config, cybermesh),
    /no stack cybermesh-dev yet; run: npm start -- --system cyb/,
  );
});

test("the machine's copy keeps its secrets, takes what has changed in the committed file, and leaves out what is null here", async () => {
  const config = given();
  const file = join(stackFolder(config), 'Pulumi.local.yaml');
  mkdirSync(stackFolder(config), { recursive: true });
  const secrets = { 'slipway:secrets': { tls: { 'root.crt': { secure: 'v1:x' } } }, 'slipway:variant': 'gone' };
  writeFileSync(file, JSON.stringify({ encryptionsalt: 's', config: secrets }));
  await writeStackFile(config, 'local', {
    'slipway:registry': { endpoint: 'https://127.0.0.1:1', aliases: null },
    'slipway:mirror': null,
  });
  const copy = parse(readFileSync(file, 'utf8'));
  assert.equal(copy.encryptionsalt, 's');
  assert.equal(copy.config['slipway:variant'], 'cpu');
  assert.equal(copy.config['slipway:registry'].endpoint, 'https://127.0.0.1:1');
  assert.equal(copy.config['slipway:registry'].clusterIP, '10.34.0.202');
  assert.ok(!('aliases' in copy.config['slipway:registry']) && !('slipway:mirror' in copy.config));
  assert.ok(secretAt(copy.config, 'slipway:secrets.tls["root.crt"]'));
  assert.ok(!secretAt(copy.config, 'slipway:secrets.tls["tls.crt"]'));
  assert.ok(!secretAt(copy.config, 'slipway:secrets.tls'));
});

test("a registry in the cluster is reached by the stack's own port; one outside has no face that a stack declares", async () => {
  const config = given();
  const registry = async (stack: typeof cerebral) => (await machineValues(config, stack, 'uid'))['slipway:registry'];
  assert.deepEqual(await registry(aiStack), {
    endpoint: 'https://127.0.0.1:15005',
    outside: { host: '127.0.0.1', port: 15005 },
  });
  const program = join(config.home, 'program');
  writeFileSync(program, '');
  await makeOutside(config, { path: () => program });
  assert.deepEqual(await registry(cybermesh), { endpoint: 'https://127.0.0.1:15003' });
  const values = await machineValues(config, cybermesh, 'uid');
  assert.equal(values['slipway:lock'], join(config.home, 'locks', 'cybermesh-dev.yaml'));
  assert.deepEqual(values['slipway:registryCredentials'], { username: 'external' });
});

test('models and datasets come from the store here, whatever the committed file says of an environment (M5)', async () => {
  const config = given();
  const program = join(config.home, 'program');
  writeFileSync(program, '');
  await makeOutside(config, { path: () => program });
  mkdirSync(stackFolder(config), { recursive: true });
  await writeStackFile(config, cybermesh.name, await machineValues(config, cybermesh, 'uid'));
  const { config: merged } = parse(readFileSync(join(stackFolder(config), 'Pulumi.cybermesh-dev.yaml'), 'utf8'));
  for (const [volume, bucket] of Object.entries(cybermesh.volumes)) {
    const { s3, ...others } = merged['slipway:volumes'][volume];
    assert.deepEqual(others, {});
    assert.equal(s3.bucket, bucket);
    assert.equal(s3.endpoint, 'http://10.36.0.1:9000');
    for (const sum of Object.values(s3.objects)) assert.match(sum as string, /^[0-9a-f]{64}$/);
  }
  assert.ok('weights.bin' in merged['slipway:volumes'].models.s3.objects);
});

test("`build --system` is told the sandbox's builder, mirror, lock and port; other verbs the stack files (A3)", () => {
  const config = given();
  const words = ['build', '--system', 'ai-stack', '--tag', 'x'];
  assert.ok(!placed(config, words).includes('--lock'), 'the system was never started here');
  mkdirSync(join(config.home, 'locks'));
  writeFileSync(lockPath(config, aiStack.name), '');
  const line = placed(config, words);
  assert.deepEqual(line.slice(-4), ['--system', 'ai-stack', '--tag', 'x']);
  const flags = line.slice(1, -4).join(' ');
  assert.match(flags, /--builder slipway --mirror 127\.0\.0\.1:15001 --lock \S+\/locks\/ai-stack-local\.yaml/);
  assert.match(flags, /--endpoints localhost:5000=https:\/\/127\.0\.0\.1:15005$/);
  assert.deepEqual(placed(config, ['build', 'local', 'ai-services']).slice(-2), ['--stacks', stackFolder(config)]);
  assert.deepEqual(placed(config, ['verify', 'a']), ['verify', 'a']);
});

const workload = (name: string, namespace: string, image: string): Workload => ({
  metadata: { name, namespace },
  spec: { replicas: 3, template: { spec: { containers: [{ name, image }] } } },
  status: { availableReplicas: 2 },
});

test('the table has the services of every system, and nothing that only serves them', () => {
  const digest = `sha256:${'a1'.repeat(32)}`;
  const rows = serviceRows(given(), [
    workload('backend', 'cybermesh', `eu-frankfurt-1.ocir.io/team/cybermesh/backend:main@${digest}`),
    workload('internal-registry', 'registry', `docker.io/library/registry:3.1.2@${digest}`),
    workload('slipway-push', 'tekton-pipelines', `10.34.0.202:5000/slipway/step:main@${digest}`),
    workload(
      'ai-services',
      'cerebral-platform',
      `10.34.0.202:5000/cerebral/ai-services:0123456789ab-a1a1a1a1a1a1@${digest}`,
    ),
    workload('aidb', 'ai-stack', `localhost:5000/ai-stack-aidb:dev@${digest}`),
    workload('by-hand', 'default', 'localhost:5000/unpinned:dev'),
  ]);
  assert.deepEqual(
    rows.map(row => row.slice(0, 4)),
    [
      ['aidb', 'sha256:a1a1a1a1a1a1', '-', '2/3'],
      ['ai-services', 'sha256:a1a1a1a1a1a1', '0123456789ab', '2/3'],
      ['backend', 'sha256:a1a1a1a1a1a1', '-', '2/3'],
    ],
  );
  assert.equal(rows[2]![4], 'http://backend.cybermesh.localhost:18080/');
});
