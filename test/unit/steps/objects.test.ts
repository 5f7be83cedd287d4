// Objects of a bucket in a volume: the step as a pod runs it, with a store that checks each signature.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import dns from 'node:dns';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { parseChecksums } from '../../../images/checksums.ts';
import { fetchObjects } from '../../../steps/objects/objects.ts';
import { runStep } from '../../../steps/run.ts';
import { selfSigned } from '../../engine/tls-registry.ts';
import { FakeS3, type Keys } from '../../fake-s3.ts';
import { recordedLog, temporaryFolder } from './support/folder.ts';

const BUCKET = 'ai-models';
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const newKeys = (): Keys => ({ accessKey: `AK${randomBytes(8).toString('hex')}`, secretKey: randomUUID() });

interface Options {
  keys?: Keys;
  tls?: { cert: string; key: string };
}

async function setUp(t: TestContext, objects: Record<string, Uint8Array>, { keys, tls }: Options = {}) {
  const folder = temporaryFolder(t);
  const store = await FakeS3.start(BUCKET, keys, tls);
  t.after(() => store.stop());
  for (const [path, bytes] of Object.entries(objects)) store.objects.set(`v3/${path}`, Buffer.from(bytes));
  const target = join(folder, 'models');
  const list = join(folder, 'sha256sums');
  mkdirSync(target);
  writeFileSync(list, listOf(objects));
  const env = {
    SLIPWAY_OBJECTS_ENDPOINT: store.url,
    SLIPWAY_OBJECTS_BUCKET: BUCKET,
    SLIPWAY_OBJECTS_PREFIX: 'v3/',
    SLIPWAY_OBJECTS_TARGET: target,
    SLIPWAY_OBJECTS_LIST: list,
    AWS_ACCESS_KEY_ID: keys?.accessKey,
    AWS_SECRET_ACCESS_KEY: keys?.secretKey,
    AWS_SESSION_TOKEN: keys?.sessionToken,
  };
  const stdout: string[] = [];
  const stderr: string[] = [];
  /** Runs the step; gives its exit status and the reason of its failure. */
  const step = async (more: Record<string, string | undefined> = {}) => {
    const io = { stdout: (line: string) => stdout.push(line), stderr: (line: string) => stderr.push(line) };
    const status = await runStep('fetch-objects', { ...env, ...more }, io);
    return { status, reason: stderr.at(-1)?.trim() };
  };
  /** The same below the step, where a test need not wait long for another try. */
  const { log, lines } = recordedLog();
  const endpoint = store.url;
  const fetched = (more: Partial<Parameters<typeof fetchObjects>[0]> = {}, stop?: AbortSignal) =>
    fetchObjects(
      {
        ...{ endpoint, region: 'us-east-1', bucket: BUCKET, addressing: 'path', keys, prefix: 'v3', target },
        ...{ files: parseChecksums(readFileSync(list, 'utf8')), timeout: 60_000, tries: { retries: 3, wait: 10 } },
        ...more,
      },
      log,
      stop,
    );
  const left = () => readdirSync(target, { recursive: true }).map(String).sort();
  const read = (path: string) => readFileSync(join(target, path));
  return { folder, store, target, list, env, stdout, stderr, step, fetched, lines, left, read };
}

const listOf = (objects: Record<string, Uint8Array>) =>
  Object.entries(objects)
    .map(([path, bytes]) => `${sha256(bytes)}  ${path}\n`)
    .join('');

/** Begins to send `bytes`, and breaks off after `sent` of them. */
function breakOff(response: ServerResponse, bytes: Uint8Array, sent: number): true {
  response.writeHead(200, { 'content-length': bytes.length });
  response.write(bytes.subarray(0, sent), () => response.destroy());
  return true;
}

test('the objects of the list, and no others, are in the volume when the container starts (M5)', async t => {
  const keys = newKeys();
  const objects = {
    'model.bin': randomBytes(3_000_000),
    'labels/größe & co+(1).txt': Buffer.from('a\nb\n'),
    empty: Buffer.of(),
  };
  const { store, step, stdout, left, read } = await setUp(t, objects, { keys });
  store.objects.set('v3/other.bin', Buffer.from('not asked for'));
  assert.deepEqual(await step(), { status: 0, reason: undefined });
  assert.deepEqual(left(), ['empty', 'labels', 'labels/größe & co+(1).txt', 'model.bin']);
  for (const [path, bytes] of Object.entries(objects)) assert.ok(read(path).equals(bytes), path);
  assert.match(stdout.at(-2)!, /copied 3 objects, 3\.0 MB in \d+\.\d s from bucket ai-models at http:\S+$/m);
  assert.ok(!store.requests.some(request => request.includes('other.bin')));
});

test('another user can read what was copied, whatever the umask (M5)', async t => {
  const { env, target } = await setUp(t, { 'a/b/model.bin': Buffer.from('x') });
  const main = join(import.meta.dirname, '../../../steps/main.ts');
  const script = 'umask 077; exec "$0" "$1" fetch-objects';
  await promisify(execFile)('sh', ['-c', script, process.execPath, main], { env: env as NodeJS.ProcessEnv });
  const mode = (path: string) => statSync(join(target, path)).mode & 0o777;
  assert.deepEqual([mode('a'), mode('a/b'), mode('a/b/model.bin')], [0o755, 0o755, 0o644]);
});

test('a pod that starts again copies what is missing or wrong, and asks for nothing else (M5)', async t => {
  const objects = { one: randomBytes(1000), two: randomBytes(1000), three: randomBytes(1000) };
  const { store, target, step, stdout, left, read } = await setUp(t, objects);
  writeFileSync(join(target, 'one'), objects.one);
  writeFileSync(join(target, 'two'), 'half of it');
  writeFileSync(join(target, `.part-${randomUUID()}`), 'cut off');
  const { ino } = statSync(join(target, 'one'));
  assert.equal((await step()).status, 0);
  assert.deepEqual(left(), ['one', 'three', 'two']);
  assert.ok(read('two').equals(objects.two));
  assert.equal(statSync(join(target, 'one')).ino, ino);
  assert.ok(!store.requests.includes('GET v3/one'));
  assert.match(stdout.at(-2)!, /copied 2 objects, .*; 1 were there already/);
  store.stop();
  assert.equal((await step()).status, 0, 'what is whole needs no store');
});

test('a checksum that differs names object, expected and found, and leaves nothing of it (M5)', async t => {
  const { store, step, left } = await setUp(t, {
    'model.bin': Buffer.from('right'),
    'other.bin': Buffer.from('other'),
  });
  store.objects.set('v3/model.bin', Buffer.from('wrong'));
  const { status, reason } = await step();
  assert.equal(status, 1);
  assert.equal(
    reason,
    `slipway fetch-objects: object v3/model.bin of bucket ai-models at ${store.url} has another content: expected sha256:${sha256(Buffer.from('right'))}, ` +
      `found sha256:${sha256(Buffer.from('wrong'))}; upload the right one, or write the checksum of this one into the list`,
  );
  assert.deepEqual(left(), ['other.bin']);
});

test('every object that is missing is named before a byte is copied (M5)', async t => {
  const { store, step, left } = await setUp(t, { a: Buffer.from('a'), b: Buffer.from('b'), c: Buffer.from('c') });
  store.objects.delete('v3/a');
  store.objects.delete('v3/c');
  const { status, reason } = await step();
  assert.equal(status, 1);
  const missing = (key: string) =>
    `object v3/${key} of bucket ai-models at ${store.url} is not there; upload it, or take it out of the checksum list`;
  assert.equal(reason, `slipway fetch-objects: 2 of 3 objects can't be had: ${missing('a')} | ${missing('c')}`);
  assert.deepEqual(left(), []);
});

test('a bucket that is not there is one line, however long the list (M5)', async t => {
  const { step, store } = await setUp(t, { a: Buffer.from('a'), b: Buffer.from('b') });
  const { reason } = await step({ SLIPWAY_OBJECTS_BUCKET: 'ai-model' });
  assert.equal(
    reason,
    `slipway fetch-objects: bucket ai-model is not at ${store.url}; check the names of bucket, region and endpoint`,
  );
});

test('a key that the store does not know, a wrong one and none are told apart, and no message has one (M5)', async t => {
  const keys = { ...newKeys(), sessionToken: randomUUID() };
  const { step, stdout, stderr } = await setUp(t, { a: Buffer.from('a') }, { keys });
  assert.equal((await step()).status, 0);
  const cases: [Record<string, string | undefined>, RegExp][] = [
    [{ AWS_SECRET_ACCESS_KEY: 'wrong' }, /does not take the access key \(SignatureDoesNotMatch\); check the Secret/],
    [{ AWS_SESSION_TOKEN: 'wrong' }, /does not take the access key \(SignatureDoesNotMatch\); check the Secret/],
    [{ AWS_ACCESS_KEY_ID: 'AKnobody' }, /does not take the access key \(InvalidAccessKeyId\); check the Secret/],
    [
      { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_SESSION_TOKEN: '' },
      /object v3\/b of bucket ai-models at \S+ is refused \(AccessDenied\); no access key was given: name the Secret/,
    ],
    [{ AWS_SECRET_ACCESS_KEY: '' }, /AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: found one of the two; allowed: both/],
  ];
  const list = join(temporaryFolder(t), 'list');
  writeFileSync(list, listOf({ b: Buffer.from('b') }));
  for (const [more, expected] of cases) {
    const { status, reason } = await step({ ...more, SLIPWAY_OBJECTS_LIST: list });
    assert.notEqual(status, 0);
    assert.match(reason!, expected);
  }
  const said = JSON.stringify([stdout, stderr]);
  for (const secret of Object.values(keys)) assert.ok(!said.includes(secret));
});

test('an object that a key may not read is named, with what the store says, the secret not echoed (M5)', async t => {
  const keys = newKeys();
  const { store, step } = await setUp(t, { a: Buffer.from('a'), b: Buffer.from('b') }, { keys });
  store.answer = (_, response, key) => {
    if (key !== 'v3/b') return false;
    response
      .writeHead(403)
      .end(`<Error><Code>AccessDenied</Code><Message>no, ${keys.accessKey} with ${keys.secretKey}</Message></Error>`);
    return true;
  };
  const { reason } = await step();
  assert.match(
    reason!,
    /object v3\/b of bucket ai-models at \S+ is refused \(AccessDenied: no, … with …\); let this access key read it/,
  );
});

test('another region is named where the store tells it (M5)', async t => {
  const { store, step } = await setUp(t, { a: Buffer.from('a') });
  store.answer = (_, response) => {
    response.writeHead(301, { 'x-amz-bucket-region': 'eu-west-1', location: 'http://127.0.0.1:1/' }).end();
    return true;
  };
  const { reason } = await step();
  assert.match(reason!, /bucket ai-models at \S+ is in region eu-west-1; the stack says us-east-1 \(status 301\)$/);
});

test('a clock that is wrong is told as such (M5)', async t => {
  const { store, step } = await setUp(t, { a: Buffer.from('a') }, { keys: newKeys() });
  store.answer = (_, response) => {
    response.writeHead(403).end('<Error><Code>RequestTimeTooSkewed</Code></Error>');
    return true;
  };
  assert.match((await step()).reason!, /has another time than this node; set the clock of the node or of the store/);
});

test('a store that is away is named with its bucket, after some tries (M5)', async t => {
  const { store, fetched, lines } = await setUp(t, { a: Buffer.from('a') });
  const { url } = store;
  store.stop();
  await assert.rejects(fetched(), {
    name: 'StepFailure',
    message: `bucket ai-models at ${url} can't be reached: connection refused; check that it runs, and that this is its port`,
  });
  assert.equal(lines.filter(line => line.endsWith('; trying again')).length, 3);
});

test('a certificate that nobody here trusts is told at once (M5)', async t => {
  const { certificate, key } = await selfSigned();
  const { fetched, lines, env, folder, left } = await setUp(
    t,
    { a: Buffer.from('a') },
    { tls: { cert: certificate, key } },
  );
  await assert.rejects(fetched(), {
    message:
      /^bucket ai-models at https:\S+ can't be reached: its certificate is not trusted; name its authority in NODE_EXTRA_CA_CERTS$/,
  });
  assert.deepEqual(lines, []);
  const authority = join(folder, 'ca.crt');
  writeFileSync(authority, certificate);
  const main = join(import.meta.dirname, '../../../steps/main.ts');
  const trusting = { ...env, NODE_EXTRA_CA_CERTS: authority } as NodeJS.ProcessEnv;
  await promisify(execFile)(process.execPath, [main, 'fetch-objects'], { env: trusting });
  assert.deepEqual(left(), ['a']);
});

test('plain HTTP where TLS is asked for is told at once (M5)', async t => {
  const { store, step } = await setUp(t, { a: Buffer.from('a') });
  const { reason } = await step({ SLIPWAY_OBJECTS_ENDPOINT: store.url.replace('http:', 'https:') });
  assert.match(reason!, /it does not speak TLS there; for plain HTTP its endpoint starts with http:\/\/$/);
});

test('a transfer that breaks off goes on where it was, as often as it brings more (M5)', async t => {
  const bytes = randomBytes(1_000_000);
  const { store, fetched, read } = await setUp(t, { 'model.bin': bytes });
  const ranges: (string | undefined)[] = [];
  store.answer = (request, response) => {
    if (request.method !== 'GET') return false;
    ranges.push(request.headers.range);
    const from = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
    if (from === 0) return breakOff(response, bytes, 200_000);
    const size = bytes.length;
    response.writeHead(206, { 'content-range': `bytes ${from}-${size - 1}/${size}`, 'content-length': size - from });
    const part = bytes.subarray(from, from + 100_000);
    response.write(part, () => (from + part.length < size ? response.destroy() : response.end()));
    return true;
  };
  await fetched({ tries: { retries: 1, wait: 10 } });
  assert.ok(read('model.bin').equals(bytes));
  assert.ok(ranges.length >= 5 && ranges[0] === undefined && ranges.slice(1).every(Boolean), String(ranges));
});

test('a store that gives no parts sends the object again from its start (M5)', async t => {
  const bytes = randomBytes(300_000);
  const { store, fetched, read } = await setUp(t, { 'model.bin': bytes });
  let calls = 0;
  store.answer = (request, response) => {
    if (request.method !== 'GET') return false;
    calls += 1;
    if (calls === 1) return breakOff(response, bytes, 100_000);
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    return true;
  };
  await fetched();
  assert.equal(calls, 2);
  assert.ok(read('model.bin').equals(bytes));
});

test('a store that fails is tried again, and in the end its own words are shown (M5)', async t => {
  const { store, fetched, left } = await setUp(t, { a: Buffer.from('a') });
  let failing = 2;
  store.answer = (_, response) => {
    if (failing === 0) return false;
    failing -= 1;
    response.writeHead(503).end('<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>');
    return true;
  };
  await fetched();
  assert.deepEqual(left(), ['a']);
  failing = -1;
  await assert.rejects(fetched({ prefix: '', files: parseChecksums(listOf({ b: Buffer.from('b') })) }), {
    message:
      /^object b of bucket ai-models at \S+: the store fails \(SlowDown: Reduce your request rate\.\); look into its log$/,
  });
});

test('a store that stands still is given up, and the whole has an end of its own (M5)', async t => {
  const bytes = randomBytes(100_000);
  const { store, fetched, left } = await setUp(t, { a: bytes });
  store.answer = (request, response) => {
    if (request.method !== 'GET') return false;
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 10));
    return true;
  };
  await assert.rejects(fetched({ stall: 50, tries: { retries: 1, wait: 10 }, timeout: 5000 }), {
    message: /^bucket ai-models at \S+ can't be reached: nothing moved for 0\.05 s$/,
  });
  await assert.rejects(fetched({ timeout: 200 }), {
    message: /not done within 0\.2 s \(0 of 1 objects, 1 kB\); give it more time, or see why the store is slow/,
  });
  assert.deepEqual(left(), []);
});

test('a pod that is deleted meanwhile ends the copy at once, and leaves no part of it (M5)', async t => {
  const { store, fetched, left } = await setUp(t, { a: Buffer.from('a') });
  const stop = new AbortController();
  store.answer = request => {
    if (request.method === 'GET') setTimeout(() => stop.abort(), 20);
    return request.method === 'GET';
  };
  await assert.rejects(fetched({}, stop.signal), { message: 'cancelled; what was copied stays' });
  assert.deepEqual(left(), []);
});

test('a volume that is too small is told before a byte is copied (M5)', async t => {
  const { store, step, left } = await setUp(t, { 'model.bin': Buffer.from('x') });
  store.answer = (request, response) => {
    if (request.method === 'HEAD') response.writeHead(200, { 'content-length': 9e15 }).end();
    return request.method === 'HEAD';
  };
  const { reason } = await step();
  assert.match(reason!, /the volume at \S+ is too small: 9000000\.0 GB to copy, and \S+ GB free; make it larger$/);
  assert.deepEqual(left(), []);
});

test('a volume that can’t be written, or is not there, is told with its path (M5)', async t => {
  const { step, target } = await setUp(t, { 'a/b': Buffer.from('x') });
  assert.match(
    (await step({ SLIPWAY_OBJECTS_TARGET: `${target}/no` })).reason!,
    /models\/no can't be written \(ENOENT\)/,
  );
  writeFileSync(join(target, 'a'), 'a file in the place of a folder');
  assert.match((await step()).reason!, /a\/b can't be written to \S+models: (EEXIST|ENOTDIR)/);
  assert.deepEqual(readdirSync(target), ['a']);
});

test('an object that is kept packed is copied as it is kept (M5)', async t => {
  const bytes = gzipSync('a model');
  const { store, step, read } = await setUp(t, { 'model.gz': bytes });
  store.answer = (_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bytes.length }).end(bytes);
    return true;
  };
  assert.equal((await step()).status, 0);
  assert.ok(read('model.gz').equals(bytes));
});

test('a list that leads out of the volume, or is none, names each line, and nothing is asked (M5)', async t => {
  const { store, list, step, folder } = await setUp(t, { a: Buffer.from('a') });
  const sum = sha256(Buffer.from('a'));
  writeFileSync(list, `${sum}  ../a\n${sum}  /etc/a\n${sum}  a/../../b\n\n# a comment\nabc  d\n${sum}  ok\n`);
  const { status, reason } = await step();
  assert.equal(status, 1);
  for (const part of [
    'line 1: found path "../a"',
    'line 2: found path "/etc/a"',
    'line 3: ',
    'line 6: found "abc d"',
  ]) {
    assert.ok(reason!.includes(part), reason);
  }
  assert.deepEqual(store.requests, []);
  assert.equal(existsSync(join(folder, 'a')), false);
  assert.match((await step({ SLIPWAY_OBJECTS_LIST: `${list}-no` })).reason!, /checksum list \S+-no: ENOENT/);
});

test('every parameter that is not valid is told at once (M5)', async t => {
  const { step } = await setUp(t, { a: Buffer.from('a') });
  const { status, reason } = await step({
    SLIPWAY_OBJECTS_ENDPOINT: 'http://me:hunter-two@store/',
    SLIPWAY_OBJECTS_BUCKET: 'a/b',
    SLIPWAY_OBJECTS_PREFIX: '../x',
    SLIPWAY_OBJECTS_ADDRESSING: 'host',
    SLIPWAY_OBJECTS_TARGET: 'models',
    SLIPWAY_OBJECTS_TIMEOUT: '0',
  });
  assert.equal(status, 2);
  for (const name of ['ENDPOINT', 'BUCKET', 'PREFIX', 'ADDRESSING', 'TARGET', 'TIMEOUT']) {
    assert.ok(reason!.includes(`SLIPWAY_OBJECTS_${name}: found`), reason);
  }
  assert.ok(!reason!.includes('hunter-two'));
  const hosts = await step({ SLIPWAY_OBJECTS_ADDRESSING: 'virtual-host' });
  assert.match(hosts.reason!, /ADDRESSING: found "virtual-host"; allowed: path: an address has no hosts below it/);
});

test('without an endpoint it is Amazon’s of the region, the bucket in front of the host (M5)', async t => {
  const keys = newKeys();
  const { store, fetched, read } = await setUp(t, { 'a/b': Buffer.from('a') }, { keys });
  const port = new URL(store.url).port;
  const asked: string[] = [];
  t.mock.method(dns, 'lookup', (host: string, _: unknown, found: (...args: unknown[]) => void) => {
    asked.push(host);
    found(null, [{ address: '127.0.0.1', family: 4 }]);
  });
  await fetched({ endpoint: `http://store.example:${port}`, addressing: 'virtual-host' });
  assert.ok(read('a/b').equals(Buffer.from('a')));
  assert.deepEqual([...new Set(asked)], ['ai-models.store.example']);
});
