import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Engine, startEngine } from './engine.ts';
import { clusterUid, type FakeCluster, startFakeCluster } from './fake-cluster.ts';
import { configuration, encryptedSecrets } from './local-stack.ts';

let encrypted: Record<string, unknown>;
let engine: Engine;
let cluster: FakeCluster;
let env: Record<string, string>;

before(async () => {
  engine = await startEngine('.', 'local');
  encrypted = await encryptedSecrets(engine);
  env = { KUBECONFIG: join(engine.folder, 'kubeconfig') };
  cluster = await startFakeCluster(env.KUBECONFIG!, 'slipway-sandbox');
});
after(() => {
  cluster?.stop();
  engine?.end();
});

const configure = (changes: Record<string, unknown> = {}) =>
  engine.configure(configuration('local', cluster, encrypted, changes));

const preview = (...args: string[]) => engine.pulumi(['preview', ...args], env);

/** The lines of the diagnostics, without the live display above them. */
const diagnostics = (output: string) => output.slice(output.indexOf('Diagnostics:'));

test('every fault of a configuration is shown once, without a stack trace (P4)', async () => {
  configure({
    variant: 'gpu',
    serivces: [],
    registry: undefined,
    webhookSecret: undefined,
    registryHtpasswd: 'joe:$2y$05$open-4711',
  });
  const { status, output, seconds } = await preview();
  assert.notEqual(status, 0);
  const shown = diagnostics(output);
  for (const fault of [
    'slipway:variant: found "gpu"; allowed: cpu',
    'slipway:serivces: no such key',
    'slipway:registry: missing',
    'slipway:webhookSecret: missing',
    'slipway:registryHtpasswd: not encrypted',
  ]) {
    assert.equal(shown.split(fault).length - 1, 1, output);
  }
  assert.ok(!/\n\s+at /.test(output), output);
  assert.ok(!output.includes('4711'), output);
  assert.ok(seconds < 20, `it took ${seconds} s`);
});

test("a text where a list is meant is Pulumi's own to refuse, before the program starts", async () => {
  configure({ services: 'ai-services' });
  const { status, output } = await preview();
  assert.notEqual(status, 0);
  assert.match(output, /Stack 'local' with configuration key 'services' must be of type 'array<string>'/);
});

test('another cluster behind the context is refused before anything is asked of it (P6)', async () => {
  configure({ cluster: { context: 'slipway-sandbox', uid: 'aaaaaaaa-2222-4333-8444-555555555555' } });
  cluster.requests.length = 0;
  const { status, output } = await preview();
  assert.notEqual(status, 0);
  assert.match(diagnostics(output), /stack local may only touch the cluster with uid aaaaaaaa-.* leads to 11111111-/);
  assert.deepEqual(cluster.requests, ['GET /api/v1/namespaces/kube-system']);
});

test('a context that the kubeconfig does not have is one line', async () => {
  configure({ cluster: { context: 'elsewhere', uid: clusterUid } });
  const { status, output } = await preview();
  assert.notEqual(status, 0);
  assert.match(diagnostics(output), /error: .*elsewhere/);
  assert.ok(!/\n\s+at /.test(output), output);
});

test('an upstream image that is not pinned stops the program with the remedy', async () => {
  configure({ lock: 'locks/local.yaml' });
  const { status, output } = await preview();
  assert.notEqual(status, 0);
  assert.match(diagnostics(output), /locks\/local\.yaml: upstream docker\.io\/\S+ has "unknown"; expected its digest/);
});

test('a first preview plans the whole stack, shows no secret, and changes nothing (P3)', async () => {
  configure();
  cluster.requests.length = 0;
  const { status, output } = await preview();
  assert.equal(status, 0, output);
  assert.match(output, /\+ \d\d to create/);
  assert.match(output, /waiting\s*: \[\s*\[?0\]?\s*:? ?"ai-services"/);
  assert.ok(!output.includes('4711'), output);
  assert.ok(
    cluster.requests.every(request => request.startsWith('GET ') || request.includes('dryRun')),
    cluster.requests.join('\n'),
  );
});

test('a stack that locks is planned without a key, a secret or a resource that builds', async t => {
  const staging = await startEngine('.', 'staging');
  t.after(staging.end);
  const { 'slipway:webhookSecret': _, ...texts } = await encryptedSecrets(staging);
  staging.configure(configuration('staging', cluster, texts));
  const { status, output } = await staging.pulumi(['preview'], env);
  assert.equal(status, 0, output);
  assert.match(output, /\+ \d\d to create/);
  assert.ok(!/docker-build|command:local|tekton/.test(output), output);
});
