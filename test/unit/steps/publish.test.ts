import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Digest } from '../../../images/digest.ts';
import { parseManifest, platformsOf } from '../../../images/manifest.ts';
import { Superseded } from '../../../steps/order.ts';
import { type PublishRequest, publish } from '../../../steps/publish.ts';
import { COMMIT } from './support/environment.ts';
import { recordedLog } from './support/folder.ts';
import { REGISTRY, TestRegistry } from './support/registry.ts';

const REPOSITORY = 'cerebral/ai-services';
const OTHER_COMMIT = 'f'.repeat(40);

async function setUp(t: TestContext) {
  const registry = await TestRegistry.start();
  t.after(() => registry.stop());
  const images = (content = 'x') =>
    new Map<string, Digest>([
      ['linux/amd64', registry.image(REPOSITORY, 'linux/amd64', content)],
      ['linux/arm64', registry.image(REPOSITORY, 'linux/arm64', content)],
    ]);
  const { log, text } = recordedLog();
  const put = (digests: Map<string, Digest>, more: Partial<PublishRequest> = {}) =>
    publish(
      registry.client(),
      {
        registry: REGISTRY,
        repository: REPOSITORY,
        imageTag: 'main',
        repoUrl: 'https://git.example.com/x',
        commit: COMMIT,
        digests,
        check: async () => {},
        ...more,
      },
      log,
    );
  const tag = (name: string) => registry.tags.get(`${REPOSITORY}:${name}`);
  return { registry, images, put, tag, text };
}

test('the index has every platform and says which commit it is of', async t => {
  const { registry, images, put } = await setUp(t);
  const digests = images();
  const { digest } = await put(digests);
  const index = parseManifest(registry.manifests.get(`${REPOSITORY}@${digest}`)!.bytes);
  assert.ok(index.kind === 'index');
  assert.deepEqual(new Map([...platformsOf(index)].map(([platform, child]) => [platform, child.digest])), digests);
  assert.deepEqual(index.annotations, {
    'org.opencontainers.image.revision': COMMIT,
    'org.opencontainers.image.source': 'https://git.example.com/x',
  });
});

test('the index is under a tag that never moves and under the image tag', async t => {
  const { images, put, tag, text } = await setUp(t);
  const { digest, reference } = await put(images());
  const fixed = `${COMMIT.slice(0, 12)}-${digest.slice(7, 19)}`;
  assert.equal(reference, `${REGISTRY}/${REPOSITORY}:${fixed}@${digest}`);
  assert.deepEqual([tag(fixed), tag('main')], [digest, digest]);
  assert.match(text(), /:main: new → /);
});

test('the image tag moves only after the index was verified under the tag that never moves', async t => {
  const { registry, images, put } = await setUp(t);
  await put(images());
  const fixed = registry.requests.findIndex(line => /^PUT .*manifests\/[0-9a-f]{12}-/.test(line));
  const moved = registry.requests.findIndex(line => /^PUT .*\/manifests\/main$/.test(line));
  const verified = registry.requests.findIndex((line, i) => i > fixed && /^(GET|HEAD) .*manifests\/sha256:/.test(line));
  assert.ok(fixed >= 0 && fixed < verified && verified < moved, registry.requests.join('\n'));
});

test('the same images of the same commit give the same index, in whatever order they were built', async t => {
  const { images, put, text } = await setUp(t);
  const digests = images();
  const first = await put(digests);
  assert.deepEqual(await put(new Map([...digests].reverse())), first);
  assert.match(text(), /unchanged: .* has these images, built from commit .*; no tag moves/);
});

test('the same images of another commit keep the index, its commit and every tag', async t => {
  const { registry, images, put, tag } = await setUp(t);
  const first = await put(images());
  assert.equal(first.commit, COMMIT);
  const tags = new Map(registry.tags);
  registry.requests.length = 0;
  assert.deepEqual(await put(images(), { commit: OTHER_COMMIT }), first);
  assert.deepEqual(registry.tags, tags);
  assert.equal(tag('main'), first.digest);
  assert.ok(!registry.requests.some(line => line.startsWith('PUT ')), registry.requests.join('\n'));
});

test('one platform that differs is another index, and the one before stays under its own tag', async t => {
  const { registry, images, put, tag } = await setUp(t);
  const first = await put(images());
  const digests = images().set('linux/arm64', registry.image(REPOSITORY, 'linux/arm64', 'new'));
  const second = await put(digests, { commit: OTHER_COMMIT });
  assert.equal(second.commit, OTHER_COMMIT);
  assert.notEqual(first.digest, second.digest);
  assert.equal(tag(`${COMMIT.slice(0, 12)}-${first.digest.slice(7, 19)}`), first.digest);
  assert.equal(tag('main'), second.digest);
});

test('the same images under another image tag, or with a platform fewer, are published', async t => {
  const { images, put, tag } = await setUp(t);
  const first = await put(images());
  const release = await put(images(), { commit: OTHER_COMMIT, imageTag: 'release' });
  assert.equal(tag('release'), release.digest);
  assert.equal(release.commit, OTHER_COMMIT);
  const fewer = images();
  fewer.delete('linux/arm64');
  assert.notEqual((await put(fewer)).digest, first.digest);
});

test('an index that somebody pushed by hand, or that lost its own tag, is no index to keep', async t => {
  const { registry, images, put, tag } = await setUp(t);
  registry.index(REPOSITORY, 'main', ['linux/amd64', 'linux/arm64']);
  const published = await put(images());
  assert.equal(published.commit, COMMIT);
  assert.equal(tag('main'), published.digest);
  registry.tags.delete(`${REPOSITORY}:${COMMIT.slice(0, 12)}-${published.digest.slice(7, 19)}`);
  assert.equal((await put(images(), { commit: OTHER_COMMIT })).commit, OTHER_COMMIT);
});

test('the log shows from which digest the image tag has moved', async t => {
  const { images, put, text } = await setUp(t);
  const first = await put(images('1'));
  const second = await put(images('2'));
  assert.ok(text().includes(`:main: ${first.digest.slice(7, 19)} → ${second.digest.slice(7, 19)}`), text());
});

test('an image that the registry does not have moves no tag', async t => {
  const { registry, images, put } = await setUp(t);
  const digests = images().set('linux/arm64', `sha256:${'e'.repeat(64)}`);
  await assert.rejects(put(digests), /linux\/arm64: .* is not in the registry, though its build has ended well/);
  assert.equal(registry.tags.size, 0);
});

test('an image of another platform than it was built for moves no tag', async t => {
  const { registry, images, put } = await setUp(t);
  const digests = images().set('linux/arm64', registry.image(REPOSITORY, 'linux/amd64', 'again'));
  await assert.rejects(put(digests), /linux\/arm64: the builder has built .* for linux\/amd64/);
  assert.equal(registry.tags.size, 0);
});

test('an index in the place of an image is refused', async t => {
  const { registry, images, put } = await setUp(t);
  const digests = images().set('linux/arm64', registry.index(REPOSITORY, 'odd', ['linux/arm64']));
  await assert.rejects(put(digests), /linux\/arm64: .* is an index, expected an image/);
});

test('an index that the registry does not keep whole leaves the image tag where it was', async t => {
  const { registry, images, put, tag } = await setUp(t);
  const before = await put(images('1'));
  const digests = images('2');
  const lost = `/v2/${REPOSITORY}/manifests/${digests.get('linux/arm64')}`;
  let looks = 0;
  // There when the index is put together, gone when it is verified.
  registry.refuse = (_, path) => (path === lost && ++looks > 1 ? 404 : undefined);
  await assert.rejects(put(digests), /linux\/arm64/);
  assert.equal(tag('main'), before.digest);
});

test('credentials in repo-url do not get into the index', async t => {
  const { registry, images, put } = await setUp(t);
  const { digest } = await put(images(), { repoUrl: 'https://robot:hunter-two@git.example.com/x' });
  const { bytes } = registry.manifests.get(`${REPOSITORY}@${digest}`)!;
  assert.ok(!bytes.toString().includes('robot'));
  assert.ok(bytes.toString().includes('https://git.example.com/x'));
});

test('a run that a newer one has overtaken puts its index under the tag that never moves, and moves none', async t => {
  const { images, put, tag } = await setUp(t);
  const { digest } = await put(images());
  const check = async () => {
    throw new Superseded('by run push-2');
  };
  await assert.rejects(put(images('older'), { commit: OTHER_COMMIT, check }), { message: 'superseded: by run push-2' });
  assert.equal(tag('main'), digest);
});
