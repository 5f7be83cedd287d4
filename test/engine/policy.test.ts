// The policy pack by Pulumi's own way: `--policy-pack`, on the real CLI.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Engine, startEngine } from './engine.ts';
import { type FakeCluster, startFakeCluster } from './fake-cluster.ts';
import { configuration, encryptedSecrets } from './local-stack.ts';

let encrypted: Record<string, unknown>;
let engine: Engine;
let cluster: FakeCluster;

before(async () => {
  engine = await startEngine('.', 'local');
  encrypted = await encryptedSecrets(engine);
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
  const lock = join(engine.folder, 'lock.yaml');
  writeFileSync(lock, edit(readFileSync('test/fixtures/locks/local.yaml', 'utf8')));
  engine.configure(configuration('local', cluster, encrypted, { lock }));
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
