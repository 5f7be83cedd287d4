// The policy pack by Pulumi's own way: `--policy-pack`, on the real CLI.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { type Engine, startEngine } from './engine.ts';
import { type FakeCluster, startFakeCluster } from './fake-cluster.ts';

let engine: Engine;
let cluster: FakeCluster;

before(async () => {
  engine = await startEngine('.', 'local');
  cluster = await startFakeCluster(join(engine.folder, 'kubeconfig'), 'slipway-sandbox');
});
after(() => {
  cluster?.stop();
  engine?.end();
});

const preview = (...args: string[]) =>
  engine.pulumi(['preview', '--policy-pack', 'policy', ...args], { KUBECONFIG: join(engine.folder, 'kubeconfig') });

/** The committed configuration of the stack, with the lock of the tests as `edit` leaves it. */
function configure(edit: (lock: string) => string = lock => lock): void {
  const { config } = parse(readFileSync('Pulumi.local.yaml', 'utf8')) as { config: Record<string, unknown> };
  const lock = join(engine.folder, 'lock.yaml');
  writeFileSync(lock, edit(readFileSync('test/fixtures/locks/local.yaml', 'utf8')));
  const changes = {
    lock,
    cluster: { context: 'slipway-sandbox', server: cluster.server },
    registryTls: { certificate: 'certificate-4711', key: 'key-4711' },
    registryHtpasswd: 'joe:$2y$05$hash-4711',
    webhookSecret: 'webhook-4711',
  };
  for (const [key, value] of Object.entries(changes)) config[`slipway:${key}`] = value;
  engine.configure(config);
}

test('a stack that keeps the rules passes the policy pack', async () => {
  configure();
  const { status, output } = await preview();
  assert.equal(status, 0, output);
  assert.match(output, /slipway@v1\.0\.0/);
});

test('a preview of a stack that breaks a rule fails with the rule, the place, what is allowed and what to do', async () => {
  // The node is amd64; this registry runs on arm64 alone.
  configure(lock => lock.replace(/(docker\.io\/library\/registry:3\.1\.2:[\s\S]*?)\n {6}linux\/amd64: \S+/, '$1'));
  const { status, output } = await preview();
  assert.notEqual(status, 0);
  assert.match(output, /\bplatforms\b/);
  assert.match(
    output,
    /Deployment registry\/registry: spec\.template\.spec\.containers\[0\]\.image: found docker\.io\/library\/registry:3\.1\.2@sha256:[0-9a-f]+, an index with linux\/arm64; allowed: an index with linux\/amd64/,
  );
  assert.ok(!output.includes('4711'), output);
});

test('the policy pack tells a fault of the configuration in the words of the program, without a stack trace', async () => {
  configure();
  const { status, output } = await preview('--config', 'slipway:variant=gpu');
  assert.notEqual(status, 0);
  assert.match(output, /slipway:variant: found "gpu"; allowed: cpu/);
  assert.ok(!/\n\s+at /.test(output), output);
});
