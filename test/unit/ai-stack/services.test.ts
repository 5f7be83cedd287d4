// The sample of AI-stack: its Dockerfiles as they stand, and its services as real processes on what those copy.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { parseReference } from '../../../images/reference.ts';
import { context, inContext, readImage, type ServiceProcess, startService, unpackImage } from './sample-image.ts';

const dockerfiles = {
  aidb: 'ai-stack/mcp-servers/aidb/Dockerfile',
  'hybrid-coordinator': 'ai-stack/mcp-servers/hybrid-coordinator/Dockerfile',
  'ralph-wiggum': 'ai-stack/mcp-servers/ralph-wiggum/Dockerfile',
  embeddings: 'ai-stack/mcp-servers/embeddings-service/Dockerfile',
  'nixos-docs': 'ai-stack/mcp-servers/nixos-docs/Dockerfile',
  'dashboard-api': 'dashboard/backend/Dockerfile',
};
type Name = keyof typeof dockerfiles;
const names = Object.keys(dockerfiles) as Name[];
const images = Object.fromEntries(names.map(name => [name, readImage(dockerfiles[name])])) as Record<
  Name,
  ReturnType<typeof readImage>
>;
/** Nobody listens there. */
const away = 'http://127.0.0.1:1';

/** One of the six is a version ahead. */
const versionOf = (name: Name) => (name === 'nixos-docs' ? '2' : '1');

const scratch = mkdtempSync(join(tmpdir(), 'slipway-ai-stack-'));
const folders = new Map<Name, string>();
const running: Partial<Record<Name, ServiceProcess>> = {};

function folderOf(name: Name): string {
  if (!folders.has(name)) {
    const folder = unpackImage(images[name], scratch);
    const main = join(folder, 'main.py');
    // As the tests of a rollout change it.
    writeFileSync(main, readFileSync(main, 'utf8').replace(/^VERSION = '1'$/m, `VERSION = '${versionOf(name)}'`));
    folders.set(name, folder);
  }
  return folders.get(name)!;
}

async function start(name: Name, env: Record<string, string> = {}): Promise<ServiceProcess> {
  return startService(images[name], folderOf(name), { AIDB_FILE: join(scratch, 'aidb.sqlite3'), ...env });
}

/** One more of a service, for as long as the test runs. */
async function another(t: TestContext, name: Name, env: Record<string, string>): Promise<ServiceProcess> {
  const service = await start(name, env);
  t.after(() => service.kill());
  return service;
}

// biome-ignore lint/suspicious/noExplicitAny: the services answer JSON of any shape
async function ask(url: string, method = 'GET', body?: object): Promise<{ status: number; content: any }> {
  const answer = await fetch(url, { method, body: body && JSON.stringify(body) });
  return { status: answer.status, content: await answer.json() };
}

const urlOf = (name: Name) => running[name]!.url;
const addresses = () =>
  Object.fromEntries(
    Object.entries(running).map(([name, { url }]) => [`${name.toUpperCase().replaceAll('-', '_')}_URL`, url]),
  );

before(async () => {
  const startAll = (some: Name[], env = {}) =>
    Promise.all(
      some.map(async name => {
        running[name] = await start(name, env);
      }),
    );
  await startAll(['aidb', 'ralph-wiggum', 'embeddings', 'nixos-docs']);
  await startAll(['hybrid-coordinator'], addresses());
  await startAll(['dashboard-api'], addresses());
});

after(async () => {
  await Promise.all(Object.values(running).map(service => service.kill()));
  rmSync(scratch, { recursive: true, force: true });
});

test('six Dockerfiles lie where the team has them, and copy what the repository’s root has (A1)', () => {
  for (const name of names) {
    const { copied } = images[name];
    assert.ok(copied.includes('ai-stack/shared/http_service.py'), `${name} takes nothing from beside its folder`);
    for (const path of copied) assert.ok(inContext(path), `${name}: ${path} is not in the context`);
  }
});

test('none of them names a registry, the tag latest, or root (A1)', () => {
  for (const name of names) {
    const { bases, user } = images[name];
    assert.equal(bases.length, 1);
    for (const base of bases) {
      const { tag } = parseReference(base);
      assert.ok(!base.includes('/'), `${name}: ${base} names a registry or an organisation`);
      assert.ok(tag !== undefined && tag !== 'latest', `${name}: ${base} is another image each day`);
    }
    assert.match(user ?? 'root', /^[1-9]\d*:[1-9]\d*$/, `${name} runs as ${user ?? 'root'}`);
  }
});

test('each listens on the port that its Dockerfile exposes and the others ask (A1)', () => {
  const known = readFileSync(join(context, 'ai-stack/shared/peers.py'), 'utf8');
  for (const name of names) {
    const { port } = images[name];
    assert.equal(Number(new RegExp(`"${name}": (\\d+)`).exec(known)?.[1]), port);
    const main = readFileSync(join(context, dockerfiles[name], '../main.py'), 'utf8');
    assert.match(main, new RegExp(`\\b${port}\\b|PORTS\\[_NAME\\]`), `${name} does not listen on ${port}`);
  }
});

test('each of the six is healthy on what its image holds, and tells its name and VERSION (A1)', async () => {
  for (const name of names) {
    assert.deepEqual(await ask(`${urlOf(name)}/health`), { status: 200, content: { status: 'ok' } });
    const { content } = await ask(urlOf(name));
    assert.deepEqual([content.service, content.version], [name, versionOf(name)]);
  }
});

test('aidb keeps documents and finds them by their words', async () => {
  const url = urlOf('aidb');
  await ask(`${url}/v1/documents/tide`, 'PUT', { text: 'draft' });
  await ask(`${url}/v1/documents/tide`, 'PUT', { text: 'The tide lifts the boat off the slip' });
  await ask(`${url}/v1/documents/rope%2Fold`, 'PUT', { text: 'An old rope AND a "knot"' });
  const found = await ask(`${url}/v1/search?q=boat`);
  assert.deepEqual(found.content.documents, [{ name: 'tide', text: 'The tide lifts the boat off the slip' }]);
  const quoted = await ask(`${url}/v1/search?q=${encodeURIComponent('"knot" AND (')}`);
  assert.deepEqual(
    quoted.content.documents.map((each: { name: string }) => each.name),
    ['rope/old'],
  );
  assert.equal((await ask(`${url}/v1/documents/rope%2Fold`, 'DELETE')).status, 200);
  assert.equal((await ask(`${url}/v1/documents/rope%2Fold`)).status, 404);
  const left = (await ask(`${url}/v1/documents`)).content.documents;
  assert.ok(!left.some((each: { name: string }) => each.name === 'rope/old'));
});

test('aidb is not healthy while its file is gone', async t => {
  const file = join(scratch, 'gone.sqlite3');
  const { url } = await another(t, 'aidb', { AIDB_FILE: file });
  assert.equal((await ask(`${url}/health`)).status, 200);
  rmSync(file);
  const { status, content } = await ask(`${url}/health`);
  assert.equal(status, 503);
  assert.match(content.error, /unable to open database file/);
});

test('embeddings are the same for the same text, and nearer for texts alike', async () => {
  const url = urlOf('embeddings');
  const texts = ['rolling out containers', 'rolling out containers', 'lemon cake with sugar'];
  const { vectors, dimensions } = (await ask(`${url}/v1/embeddings`, 'POST', { texts })).content;
  assert.equal(vectors[0].length, dimensions);
  assert.deepEqual(vectors[0], vectors[1]);
  const { ranked } = (await ask(`${url}/v1/rank`, 'POST', { query: 'a container rolls', texts: texts.slice(1) }))
    .content;
  assert.equal(ranked[0].index, 0);
  assert.ok(ranked[0].score > 0.2 && ranked[1].score < 0.2, JSON.stringify(ranked));
});

test('nixos-docs finds an option by a word of its name in camel case', async () => {
  const { options } = (await ask(`${urlOf('nixos-docs')}/v1/search?q=tcp+ports`)).content;
  assert.equal(options[0].name, 'networking.firewall.allowedTCPPorts');
  const one = await ask(`${urlOf('nixos-docs')}/v1/options/networking.hostName`);
  assert.equal(one.content.type, 'string');
});

test('ralph-wiggum repeats a task until it is done, and gives up at the limit', async () => {
  const loop = (body: object) => ask(`${urlOf('ralph-wiggum')}/v1/loops`, 'POST', body);
  const collatz = (await loop({ task: 'collatz', of: 27, limit: 500 })).content;
  assert.deepEqual(collatz, { task: 'collatz', turns: 111, done: true, state: { number: 1 } });
  const bounded = (await loop({ task: 'collatz', of: 27, limit: 50 })).content;
  assert.deepEqual([bounded.turns, bounded.done], [50, false]);
  const { state, done } = (await loop({ task: 'root', of: 2 })).content;
  assert.ok(done && Math.abs(state.guess - Math.SQRT2) < 1e-12);
  assert.match((await loop({ task: 'paint' })).content.error, /^there is no task paint; there are root, collatz$/);
});

test('the coordinator merges words and likeness, and says who is missing', async t => {
  const put = (name: string, text: string) => ask(`${urlOf('aidb')}/v1/documents/${name}`, 'PUT', { text });
  await put('exact', 'how a deployment rolls');
  await put('alike', 'several deployments rolling');
  await put('other', 'lemon cake with sugar');
  const found = async (url: string) => {
    const { content } = await ask(`${url}/v1/search?q=deployment`);
    return { names: content.documents.map((each: { name: string }) => each.name), missing: content.missing };
  };
  assert.deepEqual(await found(urlOf('hybrid-coordinator')), { names: ['exact', 'alike'], missing: [] });

  const alone = await another(t, 'hybrid-coordinator', { AIDB_URL: urlOf('aidb'), EMBEDDINGS_URL: away });
  const { names, missing } = await found(alone.url);
  assert.deepEqual(names, ['exact']);
  assert.match(missing.join(), /^embeddings at http:\/\/127\.0\.0\.1:1: .*refused/);
});

test('the dashboard tells of each of the other five whether it is healthy', async t => {
  const all = (await ask(`${urlOf('dashboard-api')}/v1/services`)).content;
  assert.equal(all.healthy, true, JSON.stringify(all));
  assert.deepEqual(
    all.services.map((each: { name: string; version: string }) => [each.name, each.version]),
    names.filter(name => name !== 'dashboard-api').map(name => [name, versionOf(name)]),
  );
  const { url } = await another(t, 'dashboard-api', { ...addresses(), NIXOS_DOCS_URL: away });
  const { healthy, services } = (await ask(`${url}/v1/services`)).content;
  assert.equal(healthy, false);
  assert.deepEqual(
    services.filter((each: { healthy: boolean }) => !each.healthy).map((each: { name: string }) => each.name),
    ['nixos-docs'],
  );
});

test('a request that makes no sense is a 400 that says why', async () => {
  const { status, content } = await ask(`${urlOf('aidb')}/v1/search?q=`);
  assert.deepEqual([status, content.error], [400, "the query's q is no text of 1 to 1000 characters"]);
  assert.equal((await ask(`${urlOf('embeddings')}/v1/rank`, 'POST', { query: 'a' })).status, 400);
  assert.equal((await ask(`${urlOf('nixos-docs')}/v1/nothing`)).status, 404);
});

test('without aidb the coordinator lives, and answers no search; what is under way at SIGTERM it answers', async t => {
  let held: Promise<void> | undefined;
  const aidb = createServer(async (_, response) => {
    if (!held) return response.destroy();
    await held;
    response.end('{"documents": []}');
  });
  t.after(() => aidb.close());
  await once(aidb.listen(0, '127.0.0.1'), 'listening');
  const AIDB_URL = `http://127.0.0.1:${(aidb.address() as AddressInfo).port}`;
  const coordinator = await another(t, 'hybrid-coordinator', { AIDB_URL });
  const search = () => ask(`${coordinator.url}/v1/search?q=deployment`);

  const without = await search();
  assert.equal(without.status, 503);
  assert.match(without.content.error, /^aidb at /);
  assert.equal((await ask(`${coordinator.url}/health`)).status, 200);

  held = setTimeout(200);
  const arrived = once(aidb, 'request');
  const answered = search();
  await arrived;
  const ended = coordinator.end();
  assert.equal((await answered).status, 200);
  assert.equal((await ended).code, 0);
});

test('each ends on SIGTERM long before it would be killed, and has written nothing beside itself (A1)', async () => {
  const ends = await Promise.all(names.map(async name => ({ name, ...(await running[name]!.end()) })));
  for (const { name, code, taken } of ends) {
    assert.equal(code, 0, `${name} ended with ${code}`);
    // A fraction of a second on a machine that is idle; kubelet kills after 30.
    assert.ok(taken < 5000, `${name} took ${Math.round(taken)} ms`);
    const fresh = unpackImage(images[name], scratch);
    assert.deepEqual(readdirSync(folders.get(name)!).sort(), readdirSync(fresh).sort());
  }
});
