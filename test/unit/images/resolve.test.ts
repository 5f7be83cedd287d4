import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { REVISION } from '../../../images/manifest.ts';
import { RegistryClient } from '../../../images/registry.ts';
import { resolveTracked } from '../../../images/resolve.ts';
import { FakeRegistry, REGISTRY } from './fake-registry.ts';

const PLATFORMS = ['linux/amd64'];
const COMMIT = 'c'.repeat(40);
let fake: FakeRegistry;
let client: RegistryClient;

beforeEach(async () => {
  fake = await FakeRegistry.start();
  client = new RegistryClient({ endpoints: fake.endpoints, retries: 0 });
});
afterEach(() => fake.stop());
const resolve = (...repositories: string[]) =>
  resolveTracked(
    client,
    repositories.map(repository => ({ registry: REGISTRY, repository, built: 'main', live: 'live-dev' })),
  );

test('live comes before built, built before waiting, in the order asked for', async () => {
  const live = fake.index('a/live', 'live-dev', PLATFORMS, { [REVISION]: COMMIT });
  fake.index('a/live', 'main', PLATFORMS, { [REVISION]: 'd'.repeat(40) }, 'newer');
  const built = fake.index('a/built', 'main', PLATFORMS);
  fake.index('a/waiting', 'live-other', PLATFORMS);
  assert.deepEqual(await resolve('a/waiting', 'a/live', 'a/built'), [
    { state: 'waiting' },
    { state: 'live', digest: live, commit: COMMIT, tag: `cccccccccccc-${live.slice(7, 19)}` },
    { state: 'built', digest: built, commit: 'unknown', tag: `unknown-${built.slice(7, 19)}` },
  ]);
});

test('an annotation that is no commit is not taken for one', async () => {
  fake.index('a/b', 'main', PLATFORMS, { [REVISION]: 'main; rm -rf' });
  assert.equal((await resolve('a/b'))[0]?.commit, 'unknown');
});

test('a registry out of reach is an error, and no image is taken as waiting', async () => {
  fake.stop();
  await assert.rejects(resolve('a/b'), { name: 'UnreachableError' });
});
