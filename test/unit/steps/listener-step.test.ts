// The listener as its pod runs it: pushes over HTTP, and what it does beside them.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPending } from '../../../cluster/runs.ts';
import { runStep } from '../../../steps/run.ts';
import { FakeRuns } from './support/fake-runs.ts';
import { temporaryFolder } from './support/folder.ts';
import { pushConfigText } from './support/push-config.ts';

const SECRET = 'a secret of this test';
const NAMES = Array.from({ length: 12 }, (_, i) => `service-${i}`);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function setUp(t: TestContext, more: object = {}) {
  const folder = temporaryFolder(t);
  const cluster = new FakeRuns();
  writeFileSync(join(folder, 'push.json'), pushConfigText(NAMES, { parallel: 3, ...more }));
  writeFileSync(join(folder, 'secret'), SECRET);
  /** Starts it; gives how to end it, as kubelet would. */
  const listen = async () => {
    const port = await freePort();
    const env = {
      SLIPWAY_PORT: String(port),
      SLIPWAY_PUSH_CONFIG: join(folder, 'push.json'),
      SLIPWAY_WEBHOOK_SECRET_FILE: join(folder, 'secret'),
    };
    const out: string[] = [];
    const before = process.listeners('SIGTERM');
    const ended = runStep('listener', env, { connect: () => cluster.connect(), stdout: line => out.push(line) });
    while (!out.some(line => line.includes('listening on port'))) await sleep(5);
    // Its own, and not those of the test runner.
    const handlers = process.listeners('SIGTERM').filter(handler => !before.includes(handler));
    const end = async () => {
      for (const handler of handlers) handler('SIGTERM');
      assert.equal(await ended, 0);
    };
    return { port, out, end };
  };
  return { cluster, listen };
}

async function push(port: number, files: string[]) {
  const body = JSON.stringify({
    ...{ ref: 'refs/heads/main', repository: { full_name: 'baerautotech/cerebral' }, after: 'a'.repeat(40) },
    commits: [{ added: files }],
  });
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');
  const headers = { 'x-hub-signature-256': `sha256=${signature}`, 'x-github-event': 'push' };
  return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body, headers })).json() as Promise<{
    runs: string[];
  }>;
}

const until = async (what: () => boolean) => {
  for (const end = Date.now() + 8000; !what(); await sleep(20)) assert.ok(Date.now() < end, what.toString());
};

test('a merge of twelve changed services builds three at a time, and a listener that is killed strands none', async t => {
  const { cluster, listen } = await setUp(t);
  const building = () => [...cluster.runs.values()].filter(run => !isPending(run) && !run.status);
  const first = await listen();
  const { runs } = await push(first.port, ['libs/common/a.py']);
  assert.equal(runs.length, 12);
  await until(() => building().length === 3);
  assert.match(first.out.join(''), /released .*; 9 wait, as 3 build at a time/);
  await first.end();
  for (const run of building()) cluster.end(run.metadata.name);
  await sleep(50);
  assert.equal(building().length, 0, 'nobody releases');

  const second = await listen();
  let most = 0;
  while ([...cluster.runs.values()].some(run => !run.status)) {
    await until(() => building().length > 0);
    most = Math.max(most, building().length);
    cluster.end(building()[0]!.metadata.name);
  }
  assert.ok(most <= 3, `${most} at a time`);
  await second.end();
});

test('it deletes the old runs of each service as it begins', async t => {
  const { cluster, listen } = await setUp(t, { keep: 2 });
  for (const name of ['a', 'b', 'c', 'd']) {
    cluster.add(name, { metadata: { name }, spec: { pipelineRef: { name: 'cerebral-microservice-pipeline' } } });
    cluster.end(name);
  }
  const { end } = await listen();
  await until(() => cluster.runs.size === 2);
  assert.deepEqual([...cluster.runs.keys()], ['c', 'd']);
  await end();
});
