import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { runCopy } from '../../../commands/copy.ts';
import type { Digest } from '../../../images/digest.ts';
import { printEndpoints } from '../../../images/endpoints.ts';
import { DOCKER_LIST, DOCKER_MANIFEST } from '../../../images/manifest.ts';
import { FakeRegistry, REGISTRY } from '../images/fake-registry.ts';
import { temporaryFolder } from '../steps/support/folder.ts';
import { database, HOLE, judging, keptIn, OLD, scanned } from './support/scanned.ts';

const BOTH = ['linux/amd64', 'linux/arm64'];
const TO = 'registry.staging.example:5000';
const SOURCE = `${REGISTRY}/team/app`;
const TARGET = `${TO}/live/app`;
let source: FakeRegistry;
let target: FakeRegistry;
let said: string[];

beforeEach(async () => {
  // Nobody's password is asked for here.
  process.env.DOCKER_CONFIG = '/nowhere';
  [source, target] = [await FakeRegistry.start(), await FakeRegistry.start()];
  said = [];
});
afterEach(() => {
  source.stop();
  target.stop();
});

const copy = (
  from: string,
  to: string,
  options: { immutable?: boolean; unscanned?: boolean; stacks?: string } = {},
) => {
  const endpoints = printEndpoints([...source.endpoints, { name: TO, aliases: [], url: target.url }]);
  return runCopy(from, to, { endpoints, ...options }, line => said.push(line));
};
const publish = (tag = 'v1', salt = '') =>
  source.index('team/app', tag, BOTH, {}, salt, { layers: [Buffer.from('shared'), Buffer.from(`of ${salt}`)] });
const tagOf = (tag: string) => target.manifests.get(`live/app ${tag}`)?.bytes;
const indexOf = (digest: Digest) => source.manifests.get(`team/app ${digest}`)?.bytes;

test('one line tells what was copied: digest, platforms, what is attached, bytes, what was there (A4)', async () => {
  const amd64 = source.image('team/app', undefined, BOTH[0]!);
  const attestation = source.attestation('team/app', amd64.digest);
  const digest = source.index('team/app', 'v1', BOTH, {}, '', { layers: [Buffer.alloc(2e6, 1)], more: [attestation] });
  for (const kind of ['signature', 'sbom']) source.attach('team/app', digest, `application/vnd.example.${kind}`);
  const line = await copy(`${SOURCE}:v1`, `${TARGET}:v2`);
  assert.equal(line, `${TARGET}:v2@${digest} (2 platforms, 3 attached, 2.0 MB, 0 of 8 blobs were there)`);
  assert.deepEqual(target.missing('live/app', digest), []);
  assert.deepEqual(tagOf('v2'), indexOf(digest));
  const again = await copy(`${SOURCE}:v1`, `${TARGET}:v2`);
  assert.match(again, /2\.0 MB, all 8 blobs were there, the tag was already there\)$/);
});

test('the tag is written last, after all that the image is of (A4)', async () => {
  const digest = publish();
  source.attach('team/app', digest, 'application/vnd.example.signature');
  await copy(`${SOURCE}:v1`, TARGET);
  const puts = target.requests.filter(request => request.startsWith('PUT'));
  assert.equal(puts.at(-1), 'PUT /v2/live/app/manifests/v1');
  assert.equal(puts.filter(request => request.endsWith('/manifests/v1')).length, 1);
});

for (const [from, to, tags] of [
  [':v1', ':v2', ['v2']],
  [':v1', '', ['v1']],
  ['', '', ['latest']],
  ['@', ':v2', ['v2']],
  ['@', '', []],
  [':gone@', '', ['gone']],
] as const) {
  test(`a copy of app${from.replace('@', '@sha256:…')} to app${to} writes the tags [${tags}] (A4)`, async () => {
    const digest = publish(from === '' ? 'latest' : 'v1');
    const line = await copy(`${SOURCE}${from.replace('@', `@${digest}`)}`, `${TARGET}${to}`);
    const name = tags.length === 0 ? TARGET : `${TARGET}:${tags[0]}`;
    assert.ok(line.startsWith(`${name}@${digest} (2 platforms, `), line);
    const written = [...target.manifests.keys()].filter(key => !key.includes('sha256'));
    assert.deepEqual(
      written,
      tags.map(tag => `live/app ${tag}`),
    );
    assert.deepEqual(target.missing('live/app', digest), []);
  });
}

test('a tag moves while it is copied, and the image that was looked at first is what arrives (A4)', async () => {
  const digest = publish();
  source.misbehave = (_, response) => {
    response.once('finish', () => publish('v1', 'newer'));
    return false;
  };
  assert.ok((await copy(`${SOURCE}:v1`, TARGET)).startsWith(`${TARGET}:v1@${digest} `));
  assert.deepEqual(tagOf('v1'), indexOf(digest));
});

test('a single manifest is copied with a note of its one platform (A4)', async () => {
  const { digest } = source.image('team/app', 'v1', 'linux/arm64', '', [Buffer.from('layer')]);
  const line = await copy(`${SOURCE}:v1`, TARGET);
  assert.equal(line, `${TARGET}:v1@${digest} (1 platform, 0 attached, 1 kB, 0 of 2 blobs were there)`);
  assert.deepEqual(said.slice(0, 2), [
    `not scanned: no stack asks for it of what goes to ${TO}`,
    `${SOURCE}:v1 is a single manifest, of linux/arm64 alone; it is copied as it is`,
  ]);
});

test("Docker's manifest list is copied as it is, with its media types (A4)", async () => {
  const config = (architecture: string) =>
    source.blob('team/app', Buffer.from(JSON.stringify({ os: 'linux', architecture })));
  const manifests = ['amd64', 'arm64'].map(architecture => {
    const body = { schemaVersion: 2, mediaType: DOCKER_MANIFEST, config: config(architecture), layers: [] };
    const digest = source.put('team/app', undefined, body, DOCKER_MANIFEST);
    return {
      mediaType: DOCKER_MANIFEST,
      digest,
      size: JSON.stringify(body).length,
      platform: { os: 'linux', architecture },
    };
  });
  const digest = source.put('team/app', 'v1', { schemaVersion: 2, mediaType: DOCKER_LIST, manifests }, DOCKER_LIST);
  assert.match(await copy(`${SOURCE}:v1`, TARGET), /\(2 platforms, 0 attached, /);
  assert.deepEqual(target.manifests.get('live/app v1'), source.manifests.get(`team/app ${digest}`));
  assert.equal(target.manifests.get(`live/app ${manifests[0]!.digest}`)?.mediaType, DOCKER_MANIFEST);
});

test('within one registry blobs are mounted, and none goes over the wire (A4)', async () => {
  const digest = publish();
  await copy(`${SOURCE}:v1`, `${REGISTRY}/other/app`);
  assert.deepEqual(source.missing('other/app', digest), []);
  assert.deepEqual(
    source.requests.filter(request => /^(GET|PUT) \S+\/blobs\//.test(request)),
    [],
  );
});

test('--immutable refuses a tag of another image before a byte moves; of the same image it is said to be there (A5)', async () => {
  const [first, second] = [publish('v1', 'one'), publish('v2', 'two')];
  await copy(`${SOURCE}:v1`, `${TARGET}:v1`, { immutable: true });
  assert.match(await copy(`${SOURCE}:v1`, `${TARGET}:v1`, { immutable: true }), /, the tag was already there\)$/);
  target.requests.length = 0;
  await assert.rejects(copy(`${SOURCE}:v2`, `${TARGET}:v1`, { immutable: true }), {
    message: `${TARGET}:v1 is ${first}, expected ${second} or none; this tag never moves: choose another one`,
  });
  assert.deepEqual(target.requests, ['HEAD /v2/live/app/manifests/v1']);
  await copy(`${SOURCE}:v2`, `${TARGET}:v1`);
  assert.deepEqual(tagOf('v1'), indexOf(second), 'without the option a tag moves');
});

test('--immutable refuses a tag that another has written during the copy (A5)', async () => {
  publish('v1', 'one');
  const theirs = target.index('live/app', 'theirs', BOTH, {}, 'theirs');
  const { bytes, mediaType } = target.manifests.get(`live/app ${theirs}`)!;
  target.misbehave = ({ method }) => {
    if (method === 'POST') target.put('live/app', 'v1', bytes, mediaType);
    return false;
  };
  await assert.rejects(copy(`${SOURCE}:v1`, TARGET, { immutable: true }), /:v1 is sha256:.*this tag never moves/);
  assert.deepEqual(tagOf('v1'), bytes);
});

test('what goes to a registry whose stack asks for a scan must pass it, and keeps its report; --unscanned goes without (A7)', async t => {
  const stacks = temporaryFolder(t);
  const ask = (threshold: string) => {
    const { config } = parse(readFileSync('Pulumi.ai-stack-staging.yaml', 'utf8'));
    config['slipway:registry'].name = TO;
    config['slipway:scan'] = { database: database(stacks), threshold };
    writeFileSync(join(stacks, 'Pulumi.ai-stack-staging.yaml'), stringify({ config }));
  };
  const digest = publish();
  await scanned(source, 'team/app', digest, [OLD], judging(stacks));
  ask('medium');
  await assert.rejects(copy(`${SOURCE}:v1`, TARGET, { stacks }), {
    message: new RegExp(`^${SOURCE}:v1: a vulnerability is medium or worse:\n {2}${HOLE} `),
  });
  assert.ok(!target.requests.some(request => /^(PUT|POST|PATCH)/.test(request)), 'nothing was sent');
  ask('critical');
  await copy(`${SOURCE}:v1`, TARGET, { stacks });
  assert.deepEqual(keptIn(target, 'live/app'), { reports: 2, boms: 2 });
  assert.equal(target.requests.filter(request => request.startsWith('PUT')).at(-1), 'PUT /v2/live/app/manifests/v1');
  ask('low');
  await copy(`${SOURCE}:v1`, `${TO}/other/app`, { stacks, unscanned: true });
  assert.ok(target.manifests.has('other/app v1'));
});

test('a source that is not there is told with what is there (A4)', async () => {
  publish('v1');
  publish('v1.1');
  await assert.rejects(copy(`${SOURCE}:v2`, TARGET), {
    message: `${SOURCE}:v2 is not there: team/app has no tag v2, but tags v1, v1.1`,
  });
  await assert.rejects(copy(`${REGISTRY}/team/ap:v1`, TARGET), {
    message: `${REGISTRY}/team/ap:v1 is not there: there is no image of team/ap at all`,
  });
  assert.deepEqual(target.requests, []);
});

test('a registry that wants somebody else says where to sign in (A4)', async () => {
  publish();
  const deny: FakeRegistry['misbehave'] = (_, response) =>
    !!response.writeHead(401, { 'www-authenticate': 'Basic' }).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
  source.misbehave = deny;
  await assert.rejects(copy(`${SOURCE}:v1`, TARGET), {
    message: new RegExp(
      `UNAUTHORIZED.*\nRegistry ${REGISTRY} does not let .*: docker login ${new URL(source.url).host}$`,
    ),
  });
  source.misbehave = () => false;
  target.misbehave = deny;
  await assert.rejects(copy(`${SOURCE}:v1`, TARGET), {
    message: new RegExp(`\nRegistry ${TO} does not let .*: docker login ${new URL(target.url).host}$`),
  });
});

test('a target that refuses is told, with what became of the tag (A4)', async () => {
  publish();
  target.misbehave = ({ method }, response) =>
    method === 'POST' &&
    !!response.writeHead(405).end('{"errors":[{"code":"UNSUPPORTED","message":"the registry is read-only"}]}');
  await assert.rejects(copy(`${SOURCE}:v1`, TARGET), {
    message: new RegExp(
      `^POST ${target.url}/\\S+: UNSUPPORTED: the registry is read-only\n${TARGET}:v1 is as it was\\. Run the same again: what was copied is not copied twice$`,
    ),
  });
  assert.equal(tagOf('v1'), undefined);
});

for (const [from, to, why] of [
  ['app:v1', TARGET, /^image reference "app:v1": it names no registry; expected .*, of Docker Hub docker\.io\/app:v1$/],
  [`${SOURCE}:v1`, 'live/app', /^image reference "live\/app": it names no registry; /],
  [`https://${SOURCE}:v1`, TARGET, /it is a URL; leave out the scheme$/],
  [`docker://${SOURCE}:v1`, TARGET, /it is a URL; leave out the scheme$/],
  [`${REGISTRY}/Team/app:v1`, TARGET, /has upper-case letters/],
  [`${SOURCE}:v 1`, TARGET, /contains white space$/],
  [`${SOURCE}:-v1`, TARGET, /"-v1" is no tag/],
  [`${SOURCE}@sha256:12`, TARGET, /^image reference /],
  [SOURCE, `${TO}/`, /it names no repository$/],
  ['', TARGET, /it is empty/],
  [`${SOURCE}:v1`, `${TARGET}@sha256:${'a'.repeat(64)}`, /it names a digest, and a copy has that of its source/],
] as const) {
  test(`copy "${from}" to "${to}" is a line that says what is wrong, and nobody is asked`, async () => {
    await assert.rejects(copy(from, to), error => {
      const { message } = error as Error;
      return why.test(message) && !message.includes('\n');
    });
    assert.deepEqual([...source.requests, ...target.requests], []);
  });
}

test('a script has one line on stdout and the rest on stderr, and a status that tells (A4)', () => {
  const slipway = (...args: string[]) =>
    spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', 'commands/slipway.ts', 'copy', ...args], {
      encoding: 'utf8',
      env: { ...process.env, SLIPWAY_ENDPOINTS: '' },
    });
  const unnamed = slipway('app:v1', TARGET);
  assert.deepEqual([unnamed.status, unnamed.stdout], [1, '']);
  assert.match(unnamed.stderr, /^slipway: image reference "app:v1": it names no registry; .*\n$/);
  const endpoint = slipway(`${SOURCE}:v1`, TARGET, '--endpoints', 'nonsense');
  assert.match(endpoint.stderr, /^slipway: endpoint "nonsense": it has no "="/);
  assert.match(slipway(`${SOURCE}:v1`).stderr, /missing required argument 'target'/);
});
