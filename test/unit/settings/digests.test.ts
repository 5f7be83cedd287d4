import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { rolledOutImage } from '../../../cluster/workload.ts';
import { parseLock } from '../../../images/lock.ts';
import { RegistryClient } from '../../../images/registry.ts';
import { type DigestSource, resolveServices } from '../../../settings/digests.ts';
import { readSettings } from '../../../settings/settings.ts';
import { mirrored, pinnedUpstream } from '../../../settings/upstream.ts';
import { FakeRegistry, REGISTRY } from '../images/fake-registry.ts';
import { stackValues } from './stack-files.ts';

const file = 'test/fixtures/locks/local.yaml';
const lock = parseLock(readFileSync(file, 'utf8'), file);
const settings = readSettings('local', await stackValues('local'));
const deadUrl = `http://127.0.0.1:${await closedPort()}`;
const deadRegistry = new RegistryClient({
  endpoints: [{ name: settings.registry.name, aliases: [], url: deadUrl }],
  retries: 0,
});
const fault = await deadRegistry
  .head({ registry: settings.registry.name, repository: 'x', tag: 'main' })
  .then(String, error => error.message as string);
const source: DigestSource = {
  lock,
  client: deadRegistry,
  registryDeclared: true,
  workloads: true,
  rolledOut: new Map(),
  preview: false,
  patience: { tries: 2, milliseconds: 10, say: () => {} },
};

test('a stack that locks takes digests from its lock and asks no registry', async () => {
  const { services, notes } = await resolveServices({ ...settings, digests: 'lock' }, source);
  const { state, image, digest, commit } = services.get('ai-services')!;
  assert.equal(state, 'pinned');
  assert.equal(
    image,
    `10.34.0.202:5000/cerebral/ai-services:${commit!.slice(0, 12)}-${digest!.slice(7, 19)}@${digest}`,
  );
  assert.deepEqual(notes, []);
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
