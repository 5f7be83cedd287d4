// `slipway build` as a person runs it: a process, a kubeconfig, and an API server over HTTP.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { startApiServer } from '../../cluster/api-server.ts';
import { pushConfigText } from '../../steps/support/push-config.ts';

const UID = '11111111-2222-4333-8444-555555555555';
const RUNS = '/apis/tekton.dev/v1/namespaces/tekton-pipelines/pipelineruns';
const checkout = join(import.meta.dirname, '../../../..');
const condition = (status: string, message = '') => ({ conditions: [{ type: 'Succeeded', status, message }] });

/** `statusOf`: how far a run is, at each look; undefined: still waiting. */
async function setUp(t: TestContext, statusOf: (name: string) => object | undefined, uid = UID) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-build-'));
  const api = await startApiServer();
  t.after(() => {
    api.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const created: { metadata: { name: string } }[] = [];
  api.answer = ({ method, path, body }) => {
    if (path === '/api/v1/namespaces/kube-system') return [200, { metadata: { name: 'kube-system', uid } }];
    if (path.endsWith('/configmaps/slipway-push')) {
      return [
        200,
        { metadata: {}, data: { 'push.json': pushConfigText(['ai-services', 'data-services', 'knowledge-services']) } },
      ];
    }
    if (path === RUNS && method === 'POST') {
      const run = JSON.parse(body);
      run.metadata.name = `${run.metadata.generateName}x`;
      created.push(run);
      return [201, run];
    }
    if (path === RUNS) return [200, { items: created.map(run => ({ ...run, status: statusOf(run.metadata.name) })) }];
    return [404, { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 }];
  };
  const kubeconfig = {
    'current-context': 'x',
    contexts: [{ name: 'slipway-sandbox', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: api.url } }],
    users: [{ name: 'u', user: { token: 't' } }],
  };
  writeFileSync(join(folder, 'kubeconfig'), stringify(kubeconfig));
  const stack = parse(readFileSync(join(checkout, 'Pulumi.local.yaml'), 'utf8'));
  stack.config['slipway:cluster'] = { context: 'slipway-sandbox', uid: UID };
  writeFileSync(join(folder, 'Pulumi.local.yaml'), stringify(stack));
  const run = (...args: string[]) => {
    const command = ['--disable-warning=ExperimentalWarning', 'commands/slipway.ts', 'build', 'local', ...args];
    const child = spawn(process.execPath, [...command, '--stacks', folder], {
      cwd: checkout,
      env: { ...process.env, KUBECONFIG: join(folder, 'kubeconfig') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    return { child, ended: outcome(child) };
  };
  return { run, created };
}

async function outcome(child: ChildProcess) {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]!.setEncoding('utf8').on('data', part => (text[name] += part));
  const status = await new Promise<number | null>(resolve => child.once('close', resolve));
  return { status, ...text };
}

test('all services of the stack are built where none is named; the exit status is 0, and each has its digest', async t => {
  const results = [
    { name: 'outcome', value: 'rolled out' },
    { name: 'digest', value: 'sha256:1234' },
  ];
  const { run, created } = await setUp(t, () => ({ ...condition('True'), results }));
  const { status, stdout, stderr } = await run().ended;
  assert.equal(status, 0, stderr);
  assert.equal(created.length, 3);
  assert.match(stdout, /^knowledge-services {2}rolled out, sha256:1234 {2}\(cerebral-knowledge-services-x\)$/m);
});

test('one that fails is the exit status 1 and its reason; the others are told, too', async t => {
  const { run } = await setUp(t, name =>
    name.includes('data') ? condition('False', 'no such base') : condition('True'),
  );
  const { status, stdout } = await run('ai-services', 'data-services', 'ai-services').ended;
  assert.equal(status, 1);
  assert.deepEqual(stdout.split('\n\n')[1]!.trim().split('\n'), [
    'ai-services    unknown  (cerebral-ai-services-x)',
    'data-services  failed: no such base  (cerebral-data-services-x)',
  ]);
});

test('without --follow it ends at once, and says how to follow', async t => {
  const { run, created } = await setUp(t, () => undefined);
  const { status, stdout } = await run('ai-services', '--no-follow').ended;
  assert.equal(status, 0);
  assert.equal(created.length, 1);
  assert.match(
    stdout,
    /^follow them: kubectl --context slipway-sandbox --namespace tekton-pipelines get pipelineruns cerebral-ai-services-x$/m,
  );
});

test('Ctrl-C ends the following with status 130 and says how to go on; the runs are left alone', async t => {
  const { run, created } = await setUp(t, () => undefined);
  const { child, ended } = run('ai-services');
  while (created.length === 0) await sleep(20);
  await sleep(300);
  child.kill('SIGINT');
  const { status, stdout } = await ended;
  assert.equal(status, 130);
  assert.match(stdout, /waits for slipway-push/);
  assert.match(stdout, /no longer followed; the runs go on: kubectl .* get pipelineruns cerebral-ai-services-x\n$/);
});

test('another cluster than the stack names, and a service that it has not, are one line each and no run', async t => {
  const { run, created } = await setUp(t, () => undefined, '99999999-2222-4333-8444-555555555555');
  const wrong = await run().ended;
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /^slipway: stack local may only touch the cluster with uid 1111.*leads to 9999.*\n$/);
  const right = await setUp(t, () => undefined);
  const unknown = await right.run('ai-servces').ended;
  assert.equal(unknown.status, 1);
  assert.match(
    unknown.stderr,
    /^slipway: "ai-servces" is no service of stack local; .* did you mean "ai-services"\?\n$/,
  );
  assert.deepEqual([created, right.created], [[], []]);
});
