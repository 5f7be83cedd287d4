import assert from 'node:assert/strict';
import { type AddressInfo, connect as dial } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Kube } from '../../../cluster/kube.ts';
import { makeInterceptor } from '../../../steps/interceptor.ts';
import { recordedLog } from './support/folder.ts';

const PARAMS = { service: 'ai-services', image: 'cerebral/ai-services', changes: 'microservices/ai-services/' };
const push = (files: string[]) =>
  JSON.stringify({ after: 'a'.repeat(40), created: false, forced: false, commits: [{ added: files }] });

async function setUp(t: TestContext) {
  const { log, text } = recordedLog();
  let lists = 0;
  const kube = {
    list: async () => {
      lists += 1;
      return [];
    },
  } as unknown as Kube;
  const server = makeInterceptor(
    () => kube,
    { namespace: 'tekton-pipelines', bases: [], largest: 10_000, most: 50_000 },
    log,
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/push`;
  const post = (body: string) => fetch(url, { method: 'POST', body });
  // As the listener of Triggers v0.32 calls an interceptor.
  const ask = async (body: string, params: unknown = PARAMS) =>
    (await post(JSON.stringify({ body, header: {}, extensions: {}, interceptor_params: params, context: {} }))).json();
  return { ask, post, url, port, text, lists: () => lists };
}

test('a trigger whose service the push changes goes on, and is told why', async t => {
  const { ask } = await setUp(t);
  assert.deepEqual(await ask(push(['microservices/ai-services/a.py'])), {
    continue: true,
    extensions: { because: 'the push changes a file of this service' },
  });
});

test('a trigger whose service it does not change stops', async t => {
  const { ask } = await setUp(t);
  const answer = (await ask(push(['README.md']))) as { continue: boolean; status: { code: number } };
  assert.deepEqual([answer.continue, answer.status.code], [false, 9]);
});

test('all triggers of an empty push share one look at the runs', async t => {
  const { ask, lists } = await setUp(t);
  await Promise.all(Array.from({ length: 20 }, () => ask(push([]))));
  assert.equal(lists(), 1);
});

test('nothing that is sent ends it: no JSON, the wrong JSON, too much, half a call, many at one time', async t => {
  const { ask, post, url, port } = await setUp(t);
  for (const body of ['', 'not json', '[]', 'null', '{}', '{"body":7}', `{"body":${'['.repeat(5000)}`]) {
    const answer = (await (await post(body)).json()) as { continue: boolean; status: { code: number } };
    assert.deepEqual([answer.continue, answer.status.code], [false, 3], body.slice(0, 40));
  }
  for (const body of ['{', '7', 'null', '{"after":"$(id)"}', '{"after":"../../x","commits":[]}']) {
    assert.equal(((await ask(body)) as { continue: boolean }).continue, false, body);
  }
  assert.equal(((await ask(push([]), null)) as { continue: boolean }).continue, false);
  assert.equal((await post('x'.repeat(20_000))).status, 413);
  const half = dial(port, '127.0.0.1');
  half.write('POST /push HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\nhalf');
  await new Promise(resolve => setTimeout(resolve, 50));
  half.destroy();
  await Promise.allSettled(Array.from({ length: 40 }, () => post('x'.repeat(9000))));
  assert.equal((await fetch(url)).status, 405);
  assert.equal((await fetch(new URL('/ready', url))).status, 200);
  assert.equal(((await ask(push(['microservices/ai-services/a.py']))) as { continue: boolean }).continue, true);
});
