import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { RegistryClient } from '../../../images/registry.ts';
import { verifyIndex } from '../../../images/verify.ts';
import { FakeRegistry, REGISTRY } from './fake-registry.ts';

const BOTH = ['linux/amd64', 'linux/arm64'];
const REF = { registry: REGISTRY, repository: 'cerebral/ai-base', tag: 'cpu' };
const NAME = `${REGISTRY}/cerebral/ai-base:cpu`;
let fake: FakeRegistry;
let client: RegistryClient;

beforeEach(async () => {
  fake = await FakeRegistry.start();
  client = new RegistryClient({ endpoints: fake.endpoints, retries: 0 });
});
afterEach(() => fake.stop());
const brief = (digest: string) => `${digest.slice(0, 19)}…`;

test('an index with each platform gives its digest and those of the platforms', async () => {
  const amd64 = fake.image('cerebral/ai-base', undefined, 'linux/amd64').digest;
  const arm64 = fake.image('cerebral/ai-base', undefined, 'linux/arm64').digest;
  const digest = fake.index('cerebral/ai-base', 'cpu', BOTH);
  assert.deepEqual(await verifyIndex(client, REF, BOTH), {
    digest,
    platforms: { 'linux/amd64': amd64, 'linux/arm64': arm64 },
  });
});

test('an image that is not there is told', async () => {
  await assert.rejects(verifyIndex(client, REF, BOTH), {
    message: `${NAME} is not there; needed: an index with linux/amd64 and linux/arm64. Push it again`,
  });
});

test('a single image is refused, even for the only platform that is wanted', async () => {
  const { digest } = fake.image('cerebral/ai-base', 'cpu', 'linux/amd64');
  await assert.rejects(verifyIndex(client, REF, ['linux/amd64']), {
    message:
      `${NAME} is a single image (${brief(digest)}, linux/amd64); needed: an index with linux/amd64. ` +
      'Build it for all of them at once',
  });
});

test('an index that lacks a platform is refused', async () => {
  const digest = fake.index('cerebral/ai-base', 'cpu', ['linux/arm64']);
  await assert.rejects(verifyIndex(client, REF, BOTH), {
    message: `${NAME} (${brief(digest)}) has linux/arm64; it lacks linux/amd64. Build it for all platforms at once`,
  });
});

test('an index whose manifest is lost is refused', async () => {
  const { digest: amd64 } = fake.image('cerebral/ai-base', undefined, 'linux/amd64');
  const digest = fake.index('cerebral/ai-base', 'cpu', BOTH);
  fake.remove('cerebral/ai-base', amd64);
  await assert.rejects(verifyIndex(client, REF, BOTH), {
    message: `${NAME} (${brief(digest)}) names a manifest for linux/amd64 that the registry does not have. Push it again`,
  });
});
