import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { rolledOutImage } from '../../../cluster/workload.ts';
import { parseLock } from '../../../images/lock.ts';
import { RegistryClient } from '../../../images/registry.ts';
import { type DigestSource, resolveServices } from '../../../settings/digests.ts';
import { readSettings } from '../../../settings/settings.ts';
import { mirrored, pinnedUpstream } from '../../../settings/upstream.ts';
import { FakeRegistry, REGISTRY } from '../images/fake-registry.ts';
import { publishable } from '../images/published-lock.ts';
import { stackValues } from './stack-files.ts';

const file = 'test/fixtures/locks/local.yaml';
const { lock, publish } = publishable(parseLock(readFileSync(file, 'utf8'), file));
const settings = readSettings('local', await stackValues('local'));
const deadUrl = `http://127.0.0.1:${await closedPort()}`;
const deadRegistry = new RegistryClient({
  endpoints: [{ name: settings.registry.name, aliases: [], url: deadUrl }],
  retries: 0,
});
const fault = await deadRegistry
  .manifest({ registry: settings.registry.name, repository: 'x', tag: 'main' })
  .then(String, error => error.message as string);
const source: DigestSource = {
  lock,
  client: deadRegistry,
  registryDeclared: true,
  workloads: true,
  running: new Map(),
  rolledOut: new Map(),
  preview: false,
  patience: { tries: 2, milliseconds: 10, say: () => {} },
};

/** The settings as those of a stack that locks. */
const locking = { ...settings, digests: 'lock' as const };
const wanted = (service: string) => {
  const entry = lock.images[`cerebral/${service}`];
  assert.ok(typeof entry === 'object');
  return `${REGISTRY}/cerebral/${service}:${entry.commit.slice(0, 12)}-${entry.digest.slice(7, 19)}@${entry.digest}`;
};
const allWaiting = settings.services.map(({ name }) => [name, { state: 'waiting' }]);

/** A registry that has what the lock names. */
async function lockedRegistry(t: TestContext) {
  const fake = await FakeRegistry.start();
  t.after(() => fake.stop());
  publish(fake);
  return { fake, client: new RegistryClient({ endpoints: fake.endpoints, retries: 0 }) };
}

test('a stack that locks takes digests from its lock, once the registry is seen to have them', async t => {
  const { fake, client } = await lockedRegistry(t);
  const { services, notes } = await resolveServices(locking, { ...source, client });
  for (const { name } of settings.services) assert.equal(services.get(name)!.image, wanted(name));
  assert.equal(services.get('ai-services')!.state, 'pinned');
  assert.deepEqual(notes, []);
  assert.equal(fake.requests.length, settings.services.length);
});

test('a render of a stack that locks asks no registry', async () => {
  const { services } = await resolveServices(locking, { ...source, client: undefined });
  assert.equal(services.get('ai-services')!.image, wanted('ai-services'));
});

for (const preview of [true, false]) {
  const what = preview ? 'preview' : 'up';
  test(`a lock that names what the registry does not have is refused at ${what}, with image, registry and remedy`, async t => {
    const { fake, client } = await lockedRegistry(t);
    const digests = ['data-services', 'knowledge-services'].map(name => wanted(name).split('@')[1]!);
    fake.remove('cerebral/data-services', digests[0]!);
    fake.remove('cerebral/knowledge-services', digests[1]!);
    await assert.rejects(resolveServices(locking, { ...source, client, preview }), {
      message: [
        'locks/local.yaml names 2 images that are not in registry 10.34.0.202:5000 (https://127.0.0.1:15000):',
        `  cerebral/data-services@${digests[0]}`,
        `  cerebral/knowledge-services@${digests[1]}`,
        'Nothing was changed. Bring them there: slipway promote --from <stack> --to local data-services knowledge-services; ' +
          'or go back: slipway rollback local data-services knowledge-services',
      ].join('\n'),
    });
  });

  test(`the first ${what} of a stack that locks goes on without its registry, and its services wait`, async t => {
    const first = { ...source, workloads: false, registryDeclared: false, preview };
    const { services, notes } = await resolveServices(locking, first);
    assert.deepEqual([...services], allWaiting);
    assert.deepEqual(notes, [
      'registry 10.34.0.202:5000 is not there yet, so all services are waiting; after the up: ' +
        'slipway promote --from <stack> --to local ai-services data-services knowledge-services',
    ]);
    const cutOff = await resolveServices(locking, { ...first, registryDeclared: true });
    assert.deepEqual([...cutOff.services], allWaiting);
    assert.deepEqual(cutOff.notes, [`no service runs yet, so all are waiting: ${fault}`]);
    const { fake, client } = await lockedRegistry(t);
    const there = await resolveServices(locking, { ...first, registryDeclared: true, client });
    assert.equal(there.services.get('ai-services')!.state, 'pinned');
    assert.equal(fake.requests.length, settings.services.length);
  });
}

test('with the registry out of reach, a preview of a stack that locks goes on and says what it has not seen', async () => {
  const { services, notes } = await resolveServices(locking, { ...source, preview: true });
  assert.equal(services.get('ai-services')!.image, wanted('ai-services'));
  assert.deepEqual(notes, [`it is not known whether the registry has what locks/local.yaml names: ${fault}`]);
});

test('with the registry out of reach, an up of a stack that locks takes what runs, and nothing new', async () => {
  const running = new Map(settings.services.map(({ name }) => [name, wanted(name)]));
  const said: string[] = [];
  const patience = { tries: 2, milliseconds: 10, say: (text: string) => said.push(text) };
  const { services, notes } = await resolveServices(locking, { ...source, running, patience });
  assert.equal(services.get('ai-services')!.image, wanted('ai-services'));
  assert.deepEqual(notes, [
    `it is not known whether the registry has what locks/local.yaml names, and all of it runs already: ${fault}`,
  ]);
  assert.deepEqual(said, [`waiting up to 0.02 s for the registry: ${fault}`]);

  running.set('data-services', wanted('ai-services'));
  running.delete('knowledge-services');
  for (const registryDeclared of [true, false]) {
    await assert.rejects(resolveServices(locking, { ...source, running, registryDeclared }), {
      message:
        'an up rolls out no digest that it has not seen in the registry (here data-services knowledge-services); ' +
        `bring the registry back, then run it again: ${fault}`,
    });
  }
});

test('a registry that does not let the user in is told with the sign-in', async t => {
  const { fake, client } = await lockedRegistry(t);
  fake.misbehave = (_, response) => !!response.writeHead(401).end();
  await assert.rejects(resolveServices(locking, { ...source, client, preview: true }), ({ message }: Error) =>
    message.startsWith(
      'the registry does not let this user see whether it has what locks/local.yaml names; sign in: docker login ' +
        `127.0.0.1:15000 (GET ${fake.url}/v2/cerebral/`,
    ),
  );
});

test('a service without an entry in the lock of a stack that locks is an error, all at once, with the command', async () => {
  const { 'cerebral/ai-services': _, 'cerebral/data-services': __, ...images } = lock.images;
  await assert.rejects(resolveServices(locking, { ...source, lock: { ...lock, images }, client: undefined }), {
    message:
      'locks/local.yaml has no entry for cerebral/ai-services, cerebral/data-services; expected a digest or the word waiting ' +
      'for each service that stack local runs. Run: slipway pin local ai-services data-services, or ' +
      'slipway promote --from <stack> --to local ai-services data-services',
  });
  const waits = {
    ...lock,
    images: { ...images, 'cerebral/ai-services': 'waiting', 'cerebral/data-services': 'waiting' },
  };
  const { services } = await resolveServices(locking, { ...source, lock: waits as typeof lock, client: undefined });
  assert.deepEqual(services.get('ai-services'), { state: 'waiting' });
});

test('a render of a stack that tracks takes a service without an entry as waiting', async () => {
  const none = { ...lock, images: {} };
  const { services } = await resolveServices(settings, { ...source, lock: none, client: undefined });
  assert.deepEqual([...services], allWaiting);
});

test('before the registry is declared every service waits', async () => {
  const { services } = await resolveServices(settings, { ...source, registryDeclared: false });
  assert.deepEqual(
    [...services],
    settings.services.map(({ name }) => [name, { state: 'waiting' }]),
  );
});

test('an up refuses while the registry is out of reach, because an older digest would be a rollback', async () => {
  await assert.rejects(resolveServices(settings, source), {
    message: `an up must know what runs, or it rolls back to an older digest; bring the registry back, then run it again: ${fault}`,
  });
});

test('an up waits for a registry whose pod is starting again, and says so once', async t => {
  const fake = await FakeRegistry.start();
  t.after(() => fake.stop());
  const live = fake.index('cerebral/ai-services', 'live-local', ['linux/amd64']);
  const away = new RegistryClient({ endpoints: [{ ...fake.endpoints[0]!, url: deadUrl }], retries: 0 });
  const there = new RegistryClient({ endpoints: fake.endpoints, retries: 0 });
  let asked = 0;
  const client = new Proxy(there, {
    get: (_, key) => {
      const answering = asked++ < 2 ? away : there;
      const value = Reflect.get(answering, key);
      return typeof value === 'function' ? value.bind(answering) : value;
    },
  });
  const said: string[] = [];
  const patience = { tries: 5, milliseconds: 100, say: (text: string) => said.push(text) };
  const [only] = settings.services.filter(({ name }) => name === 'ai-services');
  const { services } = await resolveServices({ ...settings, services: [only!] }, { ...source, client, patience });
  assert.equal(services.get('ai-services')!.digest, live);
  assert.deepEqual(said, [`waiting up to 0.5 s for the registry: ${fault}`]);
});

test('a preview goes on with the lock, and says so', async () => {
  const { services, notes } = await resolveServices(settings, { ...source, preview: true });
  assert.equal(services.get('ai-services')!.state, 'pinned');
  assert.deepEqual(notes, [`this preview takes digests from locks/local.yaml, and what runs may be newer: ${fault}`]);
});

test('an up that was cut off before anything ran can go on without the registry', async () => {
  const { services, notes } = await resolveServices(settings, { ...source, workloads: false });
  assert.equal(services.get('ai-services')!.state, 'waiting');
  assert.deepEqual(notes, [`no service runs yet, so all are waiting: ${fault}`]);
});

test('what a rollout wrote stays until a run has judged it, and a note says so', async t => {
  const fake = await FakeRegistry.start();
  t.after(() => fake.stop());
  const live = fake.index('cerebral/ai-services', 'live-local', ['linux/amd64']);
  const client = new RegistryClient({ endpoints: fake.endpoints, retries: 0 });
  const resolve = async (running: string) => {
    const rolledOut = new Map([['ai-services', running]]);
    const { services, notes } = await resolveServices(settings, { ...source, client, rolledOut });
    return { ...services.get('ai-services')!, notes };
  };
  const ahead = `${REGISTRY}/cerebral/ai-services:abcdefabcdef-222222222222@sha256:${'2'.repeat(64)}`;
  const cutOff = await resolve(ahead);
  assert.deepEqual([cutOff.state, cutOff.image], ['unjudged', ahead]);
  assert.match(cutOff.notes.join(), /^ai-services stays on .*: its rollout goes on, or was cut off/);

  const judged = await resolve(`${REGISTRY}/cerebral/ai-services:unknown-${live.slice(7, 19)}@${live}`);
  assert.deepEqual([judged.state, judged.notes], ['live', []]);
  const foreign = await resolve(`elsewhere.example/x:1@sha256:${'2'.repeat(64)}`);
  assert.deepEqual([foreign.digest, foreign.notes], [live, []]);
});

test('an image counts as a rollout’s where the rollout is the manager of that field', () => {
  const manager = (name: string) => ({ manager: name, fieldsV1: { 'f:spec': { 'f:containers': { 'f:image': {} } } } });
  const deployment = (...managedFields: object[]) => ({
    metadata: { name: 'a', managedFields },
    spec: {
      template: {
        spec: {
          containers: [
            { name: 'sidecar', image: 's' },
            { name: 'a', image: 'i' },
          ],
        },
      },
    },
  });
  assert.deepEqual(rolledOutImage(deployment(manager('slipway'), manager('slipway-rollout'))), [['a', 'i']]);
  assert.deepEqual(rolledOutImage(deployment(manager('slipway'))), []);
});

test('an upstream image that the lock does not pin is named, with the command that shows its digest', () => {
  const unpinned = parseLock(
    'version: 1\nimages: {}\nupstream:\n  docker.io/library/registry:3.1.2: unknown\n',
    'locks/x.yaml',
  );
  assert.throws(() => pinnedUpstream(unpinned, 'locks/x.yaml', 'docker.io/library/registry:3.1.2'), {
    message:
      'locks/x.yaml: upstream docker.io/library/registry:3.1.2 has "unknown"; expected its digest, as ' +
      '`docker buildx imagetools inspect docker.io/library/registry:3.1.2` prints it',
  });
});

test('a mirror stands in for the registry and leaves name, tag and digest alone', () => {
  const pin = pinnedUpstream(lock, file, 'docker.io/library/python:3.11-slim');
  assert.equal(mirrored(pin, '127.0.0.1:15001'), pin.replace('docker.io', '127.0.0.1:15001'));
  assert.equal(mirrored(pin, undefined), pin);
});

/** A port of this machine on which nothing listens any more. */
function closedPort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
