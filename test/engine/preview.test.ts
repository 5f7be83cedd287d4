// What `slipway preview` makes of a real preview; that the recordings of the unit tests are what the engine says today.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseEvents } from '../../commands/preview/events.ts';
import { reportOf } from '../../commands/preview/report.ts';
import { type Engine, startEngine } from './engine.ts';
import { type FakeCluster, startFakeCluster } from './fake-cluster.ts';
import { configuration, encryptedSecrets } from './local-stack.ts';
import { type Previews, scenarios, startPreviews } from './previews.ts';
import { trimmed } from './trim.ts';

/** Those where the engine and the providers have most to say; a preview of each takes seconds. */
const compared = ['review', 'rolled-out', 'rebuild-lost', 'creation', 'secret', 'fault-resource', 'drift-gone'];

test('the recordings that the unit tests read are what the engine says', async t => {
  const previews: Previews = await startPreviews();
  t.after(() => previews.end());
  const reportIn = (text: string) => reportOf('test', parseEvents(text).events);
  for (const name of compared) {
    const recorded = readFileSync(`test/fixtures/events/${name}.jsonl`, 'utf8');
    const now = await previews.events(scenarios[name]!);
    assert.deepEqual(reportIn(now), reportIn(recorded), name);
    assert.deepEqual(reportIn(trimmed(now)), reportIn(now), name);
  }
});

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

/** `slipway preview local` on the tests' lock, cluster and secrets, with `changes` to the committed configuration. */
async function preview(changes: Record<string, unknown>, ...args: string[]) {
  engine.configure(configuration('local', cluster, encrypted, changes));
  const command = ['commands/slipway.ts', 'preview', 'local', '--stacks', engine.folder, ...args];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...command], {
    env: { ...engine.env, KUBECONFIG: join(engine.folder, 'kubeconfig') },
  });
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      written[stream] += text;
    });
  const status = await new Promise(resolve => child.on('close', resolve));
  assert.ok(!`${written.stdout}${written.stderr}`.includes('4711'), written.stdout + written.stderr);
  return { status, ...written };
}

test('slipway preview of a new stack names the images that are built, each with its dependents, and ends well (P3)', async () => {
  const file = join(engine.folder, 'report.json');
  const { status, stdout, stderr } = await preview({}, '--json', file);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^local: 2 images are rebuilt, \d\d other changes\n/);
  assert.match(
    stdout,
    /\nRebuilds\n {2}cerebral\/ai-base:cpu\n {4}it is new\n {4}then built on it: ai-services, data-services, knowledge-services\n {2}slipway\/step:main\n {4}it is new\n/,
  );
  assert.ok(!readFileSync(file, 'utf8').includes('4711'));
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')).faults, []);
});

test('slipway preview shows every fault of a configuration once, as the settings say it, and fails', async () => {
  const { status, stdout, stderr } = await preview({ variant: 'gpu', serivces: [] });
  assert.equal(status, 1);
  assert.match(stdout, /^local: the preview has 1 fault\n\nFaults\n {2}Pulumi\.local\.yaml has 2 faults:\n/);
  for (const fault of ['slipway:variant: found "gpu"; allowed: cpu', 'slipway:serivces: no such key'])
    assert.equal(stdout.split(fault).length - 1, 1, stdout);
  assert.equal(stderr, 'slipway: the preview of local has faults, see above\n');
});

test('slipway preview fails where no change is expected, and where a rebuild was not reviewed', async () => {
  const unchanged = await preview({}, '--expect-no-changes');
  assert.equal(unchanged.status, 1);
  assert.equal(unchanged.stderr, 'slipway: local and its cluster differ, see above; expected no change\n');
  const unseen = await preview({}, '--expect', '/dev/null');
  assert.equal(unseen.status, 1);
  assert.match(unseen.stderr, /cerebral\/ai-base:cpu: it would be rebuilt; no review of local has it\n/);
});

test('a stack file that is not there is one line', async () => {
  const { status, stdout, stderr } = await preview({}, '--stacks', '/nowhere');
  assert.equal(status, 1, stdout);
  assert.equal(stdout, '');
  assert.equal(stderr, 'slipway: there is no stack "local" in /nowhere; there is none\n');
});
