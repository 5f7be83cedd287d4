import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { type AddressInfo, connect as dial } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Kube, KubeError, type KubeObject } from '../../../cluster/kube.ts';
import { makeListener } from '../../../steps/listener.ts';
import { parsePushConfig } from '../../../steps/push-config.ts';
import { recordedLog } from './support/folder.ts';
import { pushConfigText, pushedService } from './support/push-config.ts';

const SECRET = 'a secret of this test';
const configOf = (names: string[], branch = 'main') => parsePushConfig(pushConfigText(names, { branch }));
const event = (files: string[], more: object = {}) =>
  JSON.stringify({
    ref: 'refs/heads/main',
    repository: { full_name: 'baerautotech/cerebral' },
    after: 'a'.repeat(40),
    created: false,
    forced: false,
    deleted: false,
    commits: [{ added: files }],
    ...more,
  });
const sign = (body: string, secret = SECRET) => ({
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
});
const paramsOf = (run: KubeObject) =>
  Object.fromEntries(run.spec.params.map(({ name, value }: { name: string; value: string }) => [name, value]));

interface Given {
  names?: string[];
  branch?: string;
  create?: (run: KubeObject, attempt: number) => void;
  largest?: number;
  most?: number;
  secret?: string;
}

async function setUp(t: TestContext, given: Given = {}) {
  const {
    names = ['ai-services', 'data-services', 'knowledge-services'],
    branch,
    create,
    largest,
    most,
    secret = SECRET,
  } = given;
  const { log, text } = recordedLog();
  const created: KubeObject[] = [];
  let lists = 0;
  let attempts = 0;
  const kube = {
    list: async () => {
      lists += 1;
      return [];
    },
    create: async (_: string, run: KubeObject) => {
      attempts += 1;
      create?.(run, attempts);
      created.push(run);
      return { ...run, metadata: { ...run.metadata, name: `${run.metadata.generateName}x` } };
    },
  } as unknown as Kube;
  let told = 0;
  const options = {
    ...{ config: configOf(names, branch), secret: async () => secret, largest, most },
    created: () => {
      told += 1;
    },
  };
  const server = makeListener(() => kube, options, log);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  const post = (body: string | Buffer<ArrayBuffer>, headers: Record<string, string>) =>
    fetch(url, { method: 'POST', body, headers: { 'x-github-event': 'push', ...headers } });
  const push = async (body: string, headers: Record<string, string> = sign(body)) => {
    const answer = await post(body, headers);
    return { status: answer.status, ...((await answer.json()) as { message: string; runs?: string[] }) };
  };
  const built = () => created.map(run => paramsOf(run)['deployment-name']).sort();
  return { push, post, url, port, text, created, built, lists: () => lists, told: () => told };
}

test('a signed push creates a run of each service whose files it changes, and of no other', async t => {
  const { push, created, built } = await setUp(t);
  const files = ['microservices/ai-services/a.py', 'microservices/knowledge-services/b.py', 'README.md'];
  const answer = await push(event(files));
  assert.equal(answer.status, 202);
  assert.deepEqual(built(), ['ai-services', 'knowledge-services']);
  const run = created.find(one => paramsOf(one)['deployment-name'] === 'ai-services')!;
  assert.equal(run.metadata.generateName, 'cerebral-ai-services-');
  assert.deepEqual(run.metadata.annotations, {
    'slipway.dev/because': 'the push changes files of microservices/ai-services/',
  });
  assert.deepEqual(paramsOf(run), {
    'repo-branch': 'main',
    'image-name': 'cerebral/ai-services',
    'deployment-name': 'ai-services',
    dockerfile: 'microservices/ai-services/Dockerfile',
    'build-context': './microservices/ai-services/',
    commit: 'a'.repeat(40),
    changes: 'microservices/ai-services/ libs/common/',
  });
  assert.equal((await push(event(['README.md']))).status, 202);
  assert.equal(created.length, 2);
});

test('whoever lets runs begin is told of new ones, and of nothing else', async t => {
  const { push, told } = await setUp(t);
  await push(event(['README.md']));
  assert.equal(told(), 0);
  await push(event(['microservices/ai-services/a.py', 'microservices/data-services/a.py']));
  assert.equal(told(), 1);
});

test('of 200 services the one that changed is built, from one reading of the payload', async t => {
  const names = Array.from({ length: 200 }, (_, i) => `service-${i}`);
  const { push, built, lists } = await setUp(t, { names });
  assert.equal((await push(event(['microservices/service-117/main.py']))).status, 202);
  assert.deepEqual(built(), ['service-117']);
  assert.equal(lists(), 0);
  assert.equal((await push(event([], { commits: [] }))).runs?.length, 200, 'no run of any is known');
  assert.equal(lists(), 1, 'all services of an empty push share one look at the runs');
});

test('a call without a signature, or with a forged one, creates nothing and is told so', async t => {
  const { push, created, text } = await setUp(t);
  const body = event(['microservices/ai-services/a.py']);
  const forged = sign(body, 'not the secret');
  for (const headers of [{}, forged, { 'x-hub-signature-256': 'sha256=00' }, { 'x-hub-signature-256': 'x' }]) {
    const answer = await push(body, headers as Record<string, string>);
    assert.deepEqual([answer.status, answer.runs], [401, undefined]);
  }
  assert.equal((await push(`${body} `, sign(body))).status, 401, 'the signature is of the very bytes');
  assert.deepEqual(created, []);
  assert.match(text(), /refused with 401/);
});

test('without a secret nobody is let in', async t => {
  const { push, created } = await setUp(t, { secret: '' });
  const body = event(['microservices/ai-services/a.py']);
  assert.equal((await push(body, sign(body, ''))).status, 500);
  assert.deepEqual(created, []);
});

test('another repository, another branch, a deleted branch and another event are answered, and create nothing', async t => {
  const { push, created } = await setUp(t);
  const files = ['microservices/ai-services/a.py'];
  for (const more of [
    { repository: { full_name: 'baerautotech/cerebral-mobile' } },
    { ref: 'refs/heads/other' },
    { ref: 'refs/tags/main' },
    { after: '0'.repeat(40), deleted: true },
  ]) {
    const body = event(files, more);
    assert.deepEqual(await push(body), {
      status: 200,
      message: 'nothing to build: main of baerautotech/cerebral is built',
    });
  }
  const body = event(files);
  assert.equal((await push(body, { ...sign(body), 'x-github-event': 'ping' })).status, 200);
  assert.deepEqual(created, []);
});

test('a stack whose branch is not main builds pushes to that branch', async t => {
  const { push, created } = await setUp(t, { branch: 'release/2.x' });
  const files = ['microservices/ai-services/a.py'];
  await push(event(files));
  assert.deepEqual(created, []);
  await push(event(files, { ref: 'refs/heads/release/2.x' }));
  assert.equal(paramsOf(created[0]!)['repo-branch'], 'release/2.x');
});

test('file names that lead elsewhere or hold a command build no service', async t => {
  const { push, created } = await setUp(t);
  const files = [
    '../../etc/passwd',
    '/etc/passwd',
    'x/$(touch /tmp/x)',
    'microservices/../microservices/ai-services/a',
    'a\0b',
  ];
  assert.equal((await push(event(files))).status, 202);
  assert.deepEqual(created, []);
});

test('a run that the API server refuses for the moment is tried again; one that it refuses for good is told', async t => {
  const busy = new KubeError('POST /', 503, 'Busy', 'later');
  const once = await setUp(t, {
    create: (_, attempt) => {
      if (attempt === 1) throw busy;
    },
  });
  assert.equal((await once.push(event(['microservices/ai-services/a.py']))).status, 202);
  const denied = new KubeError('POST /', 403, 'Forbidden', 'never');
  const never = await setUp(t, {
    create: run => {
      if (paramsOf(run)['deployment-name'] === 'ai-services') throw denied;
    },
  });
  const answer = await never.push(event([], { created: true }));
  assert.deepEqual([answer.status, answer.message], [500, '1 of 3 runs could not be created; send the push again']);
  assert.deepEqual(never.built(), ['data-services', 'knowledge-services']);
});

/** What a git host would never send, signed by the stack's secret, and the answer to each. */
const BAD: Record<string, [body: string | Buffer<ArrayBuffer>, status: number, message: string]> = {
  'nothing at all': ['', 400, 'a payload of 0 bytes that is no JSON object of a push'],
  'a text': ['not json', 400, 'a payload of 8 bytes that is no JSON object of a push'],
  'a list': ['[]', 400, 'a payload of 2 bytes that is no JSON object of a push'],
  null: ['null', 400, 'a payload of 4 bytes that is no JSON object of a push'],
  'bytes that are no UTF-8': [
    Buffer.from([0xff, 0xfe, 0x00]),
    400,
    'a payload of 3 bytes that is no JSON object of a push',
  ],
  'a form, which is the git hosts’ default': [
    `payload=${encodeURIComponent(event([]))}`,
    400,
    "a payload as a form; set the webhook's content type to application/json at the git host",
  ],
  'JSON that is cut off': [
    '{"ref":"refs/heads/main"',
    400,
    'a payload of 24 characters that is no JSON object; expected a push event',
  ],
  'an object of something else': [
    '{}',
    400,
    'a payload without "ref" or "repository.full_name"; expected a push event',
  ],
  'a ref that is a number': [
    event([], { ref: 7 }),
    400,
    'a payload without "ref" or "repository.full_name"; expected a push event',
  ],
  'no repository': [
    event([], { repository: null }),
    400,
    'a payload without "ref" or "repository.full_name"; expected a push event',
  ],
  'a repository that is a text': [
    event([], { repository: 'baerautotech/cerebral' }),
    400,
    'a payload without "ref" or "repository.full_name"; expected a push event',
  ],
  'a short commit': [
    event([], { after: 'abc1234' }),
    400,
    'a payload whose "after" is no commit of 40 digits; expected a push event',
  ],
  'a command in the place of a commit': [
    event([], { after: '$(touch /tmp/x)' }),
    400,
    'a payload whose "after" is no commit of 40 digits; expected a push event',
  ],
  'a flag that is a text': [
    event([], { forced: 'yes' }),
    400,
    'a payload without "commits", or with "created", "forced" or "deleted" that are no booleans; expected a push event',
  ],
  'no commits': [
    event([], { commits: undefined }),
    400,
    'a payload without "commits", or with "created", "forced" or "deleted" that are no booleans; expected a push event',
  ],
  'commits that are texts': [
    event([], { commits: ['x'] }),
    400,
    'something other than an object; expected a push event',
  ],
  'files that are no texts': [
    event([], { commits: [{ added: [{ path: 'x' }] }] }),
    400,
    'a commit whose changed files are no texts; expected a push event',
  ],
  'a tag of the branch’s name': [
    event(['microservices/ai-services/a.py'], { ref: 'refs/tags/main' }),
    200,
    'nothing to build: main of baerautotech/cerebral is built',
  ],
  'more brackets than a push has': [
    `{"x":${'['.repeat(100)}${']'.repeat(100)}}`,
    400,
    'a payload of 206 bytes that is no JSON object of a push',
  ],
};

for (const [what, [body, status, message]] of Object.entries(BAD)) {
  test(`${what}: ${status}, and nothing is created`, async t => {
    const { post, created, text } = await setUp(t);
    const signature = createHmac('sha256', SECRET).update(body).digest('hex');
    const answer = await post(body, { 'x-hub-signature-256': `sha256=${signature}` });
    assert.deepEqual([answer.status, await answer.json()], [status, { message }]);
    assert.deepEqual(created, []);
    assert.equal(text(), status === 200 ? '' : `refused with ${status}: ${message}`);
  });
}

test('a method, and a signature of another kind, that are not taken are each told so', async t => {
  const { url, push, created } = await setUp(t);
  const got = await fetch(url);
  assert.deepEqual([got.status, await got.json()], [405, { message: 'GET is not allowed; POST is' }]);
  const body = event(['microservices/ai-services/a.py']);
  const sha1 = createHmac('sha1', SECRET).update(body).digest('hex');
  for (const name of ['x-hub-signature', 'x-hub-signature-256']) {
    const headers = { [name]: `sha1=${sha1}` };
    assert.deepEqual(await push(body, headers), {
      status: 401,
      message: "a call that the stack's webhook secret has not signed (x-hub-signature-256)",
    });
  }
  assert.deepEqual(created, []);
});

test('nothing that is sent ends it: no JSON, the wrong JSON, too much, half a call, many at one time', async t => {
  const { push, post, url, port, created } = await setUp(t, { largest: 10_000, most: 50_000 });
  const bodies = ['', 'not json', '[]', 'null', '{}', '{"after":7}', '[7', `{"x":${'['.repeat(5000)}`];
  for (const body of [...bodies, event([], { after: '$(id)' }), event([], { commits: 7 })]) {
    assert.equal((await push(body)).status, 400, body.slice(0, 40));
  }
  // More than the connection holds, so that the caller is still sending when it is refused.
  const large = 'x'.repeat(8_000_000);
  assert.equal((await post(large, sign(large))).status, 413);
  const half = dial(port, '127.0.0.1');
  half.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 500\r\n\r\nhalf');
  await new Promise(resolve => setTimeout(resolve, 50));
  half.destroy();
  const many = 'x'.repeat(9000);
  await Promise.allSettled(Array.from({ length: 40 }, () => post(many, sign(many))));
  assert.equal((await fetch(url)).status, 405);
  assert.equal((await fetch(new URL('/ready', url))).status, 200);
  assert.deepEqual(created, []);
  assert.equal((await push(event(['microservices/ai-services/a.py']))).status, 202);
});

test('calls that were refused leave room for those that follow', async t => {
  const { push } = await setUp(t, { largest: 10_000, most: 12_000 });
  for (let i = 0; i < 5; i++) {
    const body = event([], { padding: 'x'.repeat(8000) });
    assert.equal((await push(body, sign(body, 'not the secret'))).status, 401);
  }
  const body = event(['microservices/ai-services/a.py'], { padding: 'x'.repeat(8000) });
  assert.equal((await push(body)).status, 202);
});

test('a push of shared files builds all services that name them', async t => {
  const { push, built, created } = await setUp(t);
  assert.equal((await push(event(['libs/common/a.py']))).runs?.length, 3);
  assert.deepEqual(built(), ['ai-services', 'data-services', 'knowledge-services']);
  for (const { metadata } of created) {
    assert.equal(metadata.annotations?.['slipway.dev/because'], 'the push changes files of libs/common/');
  }
});

test('a configuration that lacks something is refused in one line', () => {
  const whole = configOf(['a']);
  const without = JSON.stringify({ ...whole, services: [{ ...pushedService('a'), changes: [] }] });
  for (const text of ['', '{}', '{"repository":"a/b","branch":"main"}', 'null', without]) {
    assert.throws(() => parsePushConfig(text), /^Error: [^\n]+$/);
  }
});
