import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { parseLock } from '../../../images/lock.ts';
import { parseReference } from '../../../images/reference.ts';
import { RegistryClient } from '../../../images/registry.ts';
import { factsOf } from '../../../policy/facts.ts';
import { readSettings } from '../../../settings/settings.ts';
import { FakeRegistry } from '../images/fake-registry.ts';
import { stackValues } from '../settings/stack-files.ts';

const both = ['linux/amd64', 'linux/arm64'];
const lockFile = 'test/fixtures/locks/local.yaml';
let registry: FakeRegistry;
before(async () => {
  registry = await FakeRegistry.start();
});
after(() => registry.stop());

async function facts(options: { client?: RegistryClient; secrets?: string[]; changes?: Record<string, unknown> } = {}) {
  const settings = readSettings('local', await stackValues('local', options.changes));
  const lock = parseLock(await readFile(lockFile, 'utf8'), lockFile);
  return {
    lock,
    ...factsOf(settings, lock, { secretTexts: options.secrets ?? [], allSecrets: false }, options.client),
  };
}

test("a stack's registries are its own by every name, and its mirror; its upstream images are those that the lock pins", async () => {
  const { registries, upstream, lock } = await facts();
  assert.deepEqual(registries, [
    '10.34.0.202:5000',
    'internal-registry.registry.svc.cluster.local:5000',
    'registry.dev.cerebral.baerautotech.com',
    '127.0.0.1:15001',
  ]);
  const pinned = lock.upstream['docker.io/library/registry:3.1.2'];
  assert.ok(pinned && typeof pinned !== 'string');
  assert.ok(upstream.includes(`docker.io/library/registry:3.1.2@${pinned.digest}`));
});

test('the nodes have every platform of the stack but those that are emulated', async () => {
  assert.deepEqual((await facts()).nodes, ['linux/amd64']);
  assert.deepEqual((await facts({ changes: { nodePlatforms: undefined } })).nodes, both);
});

test('the platforms of an image come from the lock; the registry is asked for what the lock does not name', async () => {
  registry.requests.length = 0;
  const client = new RegistryClient({ endpoints: registry.endpoints, retries: 0 });
  const { platformsOf, lock } = await facts({ client });
  const entry = lock.images['cerebral/ai-services'];
  assert.ok(entry && typeof entry !== 'string');
  const name = '10.34.0.202:5000/cerebral/ai-services';
  assert.deepEqual(await platformsOf(parseReference(`${name}@${entry.digest}`)), both);
  assert.deepEqual(registry.requests, []);

  for (const platform of both) registry.image('cerebral/ai-services', undefined, platform);
  const index = registry.index('cerebral/ai-services', 'new', both);
  assert.deepEqual(await platformsOf(parseReference(`${name}@${index}`)), both);
  const { digest: single } = registry.image('cerebral/ai-services', undefined, 'linux/amd64');
  assert.deepEqual(await platformsOf(parseReference(`${name}@${single}`)), [], 'no index');
  const nowhere = `sha256:${'0'.repeat(64)}`;
  assert.equal(await platformsOf(parseReference(`${name}@${nowhere}`)), undefined);
  assert.equal(await platformsOf(parseReference(`docker.io/library/x@${nowhere}`)), undefined);
});

test('a secret that is too short to be told from other texts is not looked for', async () => {
  assert.deepEqual((await facts({ secrets: ['short', 'long enough'] })).secretTexts, ['long enough']);
});
