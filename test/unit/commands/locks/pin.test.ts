import assert from 'node:assert/strict';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { type PinOptions, pin } from '../../../../commands/locks/pin.ts';
import { type LockEntry, printLock } from '../../../../images/lock.ts';
import { OCI_INDEX, platformsOf } from '../../../../images/manifest.ts';
import { BOTH, PINNING, SERVICES, type StackName, serving, TwoStacks, waitingImages } from '../support/stacks.ts';

const noCluster = () => Promise.reject(new Error('no cluster is asked here'));
const run = async (stacks: TwoStacks, stack: StackName, options: Partial<PinOptions> = {}) =>
  pin(await stacks.open(stack), {
    services: [],
    pinning: PINNING,
    dryRun: false,
    deployments: noCluster,
    ...options,
  });

/** What the registry of `stack` has under `digest`, as an entry. */
const entryOf = async (stacks: TwoStacks, stack: StackName, repository: string, digest: string, commit: string) => {
  const { client, settings } = await stacks.open(stack);
  const found = await client.manifest({ registry: settings.registry.name, repository, digest: digest as never });
  assert.ok(found?.manifest.kind === 'index');
  const platforms = [...platformsOf(found.manifest)].map(([platform, child]) => [platform, child.digest]);
  return {
    digest,
    mediaType: OCI_INDEX,
    platforms: Object.fromEntries(platforms),
    commit,
    pinnedAt: PINNING.at,
    pinnedBy: PINNING.by,
  } as LockEntry;
};

const start = async (t: TestContext) => {
  const stacks = await TwoStacks.start(t);
  const { dev } = stacks.registries;
  const attestation = dev.attestation(
    'cerebral/ai-services',
    dev.image('cerebral/ai-services', 'x', 'linux/amd64').digest,
  );
  const live = stacks.publish('dev', 'ai-services', 'live-dev', { more: [attestation] });
  return { stacks, dev, live };
};

test('pin writes what is live, and what the tags of the bases and of the step image are; the rest stays waiting', async t => {
  const { stacks, dev, live } = await start(t);
  stacks.publish('dev', 'ai-services', 'main', { salt: 'newer, and not rolled out yet' });
  const cuda = dev.index('cerebral/ai-base', 'cuda', BOTH);
  const upstream = { 'docker.io/library/python:3.11-slim': 'unknown' as const };
  stacks.writeLock('dev', { ...waitingImages(), 'cerebral/retired': 'waiting' }, upstream);

  const { diff, notes } = await run(stacks, 'dev');
  const service = await entryOf(stacks, 'dev', 'cerebral/ai-services', live, 'c'.repeat(40));
  assert.deepEqual(Object.keys(service.platforms), BOTH, 'an attestation is no platform');
  assert.equal(
    stacks.lockText('dev'),
    printLock({
      version: 1,
      images: {
        ...waitingImages(),
        'cerebral/retired': 'waiting',
        'cerebral/ai-services': service,
        'cerebral/ai-base:cuda': await entryOf(stacks, 'dev', 'cerebral/ai-base', cuda, 'unknown'),
      },
      upstream,
    }),
  );
  assert.deepEqual(diff, [
    `cerebral/ai-base:cuda: waiting → ${cuda.slice(7, 19)} of an unknown commit`,
    `cerebral/ai-services: waiting → ${live.slice(7, 19)} of commit cccccccccccc`,
  ]);
  assert.deepEqual(notes, ['data-services: never built']);
});

test('an image that was pinned already keeps the day and the name of its pinning', async t => {
  const { stacks } = await start(t);
  await run(stacks, 'dev');
  const before = stacks.lockText('dev');
  const written = statSync(stacks.lockFile('dev')).ino;
  const { diff } = await run(stacks, 'dev', { pinning: { at: '2027-01-01T00:00:00Z', by: 'Bob' } });
  assert.deepEqual(diff, []);
  assert.equal(stacks.lockText('dev'), before);
  assert.equal(statSync(stacks.lockFile('dev')).ino, written, 'an unchanged lock is not written');
});

test('what an entry did not know is filled in, and a recorded commit is kept', async t => {
  const stacks = await TwoStacks.start(t);
  const live = stacks.publish('dev', 'ai-services', 'live-dev', { commit: '' });
  const known = await entryOf(stacks, 'dev', 'cerebral/ai-services', live, 'd'.repeat(40));
  const recorded = { ...known, platforms: { 'linux/amd64': 'unknown' as const, 'linux/arm64': 'unknown' as const } };
  stacks.writeLock('dev', { ...waitingImages(), 'cerebral/ai-services': recorded });
  const { diff } = await run(stacks, 'dev');
  assert.deepEqual(stacks.lock('dev').images['cerebral/ai-services'], known);
  assert.deepEqual(diff, [`cerebral/ai-services: ${live.slice(7, 19)} of commit dddddddddddd, recorded anew`]);
});

test('a service of which the registry has nothing any more keeps its entry', async t => {
  const { stacks, dev } = await start(t);
  await run(stacks, 'dev');
  const before = stacks.lockText('dev');
  dev.remove('cerebral/ai-services', 'live-dev');
  const { diff, notes } = await run(stacks, 'dev');
  assert.deepEqual([diff, notes], [[], ['ai-services, data-services: never built']]);
  assert.equal(stacks.lockText('dev'), before);
});

test('a service that was built and that no rollout has judged is pinned to what its Deployment serves', async t => {
  const { stacks } = await start(t);
  const served = stacks.publish('dev', 'data-services', 'aaaaaaaaaaaa-bbbbbbbbbbbb', { salt: 'first' });
  stacks.publish('dev', 'data-services', 'main', { salt: 'second' });
  const image = `10.34.0.202:5000/cerebral/data-services:x@${served}`;
  const with_ = (deployment?: ReturnType<typeof serving>) =>
    run(stacks, 'dev', { deployments: async () => new Map(deployment ? [['data-services', deployment]] : []) });

  assert.deepEqual((await with_()).notes, ['data-services: no workload runs it']);
  const starting = await with_(serving('data-services', image, 0));
  assert.deepEqual(starting.notes, [`data-services: its Deployment does not serve ${image} yet`]);
  const foreign = await with_(serving('data-services', 'elsewhere.example/x:1'));
  assert.deepEqual(foreign.notes, [
    'data-services: its Deployment runs elsewhere.example/x:1, which is no digest of cerebral/data-services',
  ]);
  assert.equal(stacks.lock('dev').images['cerebral/data-services'], 'waiting');

  assert.deepEqual((await with_(serving('data-services', image))).notes, []);
  assert.equal((stacks.lock('dev').images['cerebral/data-services'] as LockEntry).digest, served);
});

test('where only the cluster knows and it is out of reach, nothing is written', async t => {
  const { stacks } = await start(t);
  stacks.publish('dev', 'data-services', 'main');
  const before = stacks.lockText('dev');
  await assert.rejects(run(stacks, 'dev'), {
    message: 'only the cluster knows what data-services runs: no cluster is asked here',
  });
  assert.equal(stacks.lockText('dev'), before);
});

test('a Deployment whose digest the registry has lost is named', async t => {
  const { stacks } = await start(t);
  stacks.publish('dev', 'data-services', 'main');
  const image = `10.34.0.202:5000/cerebral/data-services:x@sha256:${'9'.repeat(64)}`;
  await assert.rejects(
    run(stacks, 'dev', { deployments: async () => new Map([['data-services', serving('data-services', image)]]) }),
    {
      message:
        `stack dev runs 10.34.0.202:5000/cerebral/data-services@sha256:${'9'.repeat(64)}, which its registry does not ` +
        'have any more; build the service again before it is pinned',
    },
  );
});

test('on a stack that locks, entries stay as they are, and a missing one is what is deployed, or waiting', async t => {
  const stacks = await TwoStacks.start(t);
  const old = stacks.publish('staging', 'ai-services', 'one');
  const newer = stacks.publish('staging', 'ai-services', 'live-staging', { salt: 'newer' });
  assert.notEqual(old, newer);
  const entry = await entryOf(stacks, 'staging', 'cerebral/ai-services', old, 'c'.repeat(40));
  stacks.writeLock('staging', { ...waitingImages(), 'cerebral/ai-services': entry });
  const before = stacks.lockText('staging');
  const { diff, notes } = await run(stacks, 'staging');
  assert.deepEqual(diff, []);
  assert.deepEqual(notes, ['ai-services, data-services: as its lock says; promote and rollback change that']);
  assert.equal(stacks.lockText('staging'), before);

  stacks.writeLock('staging', {});
  const image = `10.44.0.202:5000/cerebral/ai-services:x@${old}`;
  const filled = await run(stacks, 'staging', {
    deployments: async () => new Map([['ai-services', serving('ai-services', image)]]),
  });
  assert.equal((stacks.lock('staging').images['cerebral/ai-services'] as LockEntry).digest, old);
  assert.equal(stacks.lock('staging').images['cerebral/data-services'], 'waiting');
  assert.ok(filled.diff.includes('cerebral/data-services: no entry → waiting'), filled.diff.join('\n'));
});

test('named services are pinned alone; a name that is none is told with the nearest', async t => {
  const { stacks, dev } = await start(t);
  dev.index('cerebral/ai-base', 'cuda', BOTH);
  stacks.publish('dev', 'data-services', 'live-dev');
  await run(stacks, 'dev', { services: ['data-services'] });
  const { images } = stacks.lock('dev');
  assert.equal(typeof images['cerebral/data-services'], 'object');
  assert.deepEqual([images['cerebral/ai-services'], images['cerebral/ai-base:cuda']], ['waiting', 'waiting']);
  await assert.rejects(run(stacks, 'dev', { services: ['ai-service', 'data-services', 'zzz'] }), {
    message:
      'stack dev runs no "ai-service" (did you mean "ai-services"?), no "zzz"; it runs ai-services, data-services',
  });
});

test('a dry run shows the same and writes nothing', async t => {
  const { stacks } = await start(t);
  const before = stacks.lockText('dev');
  const dry = await run(stacks, 'dev', { dryRun: true });
  assert.equal(stacks.lockText('dev'), before);
  assert.deepEqual(await run(stacks, 'dev'), dry);
});

test('a stack without a lock gets one, with an entry for each of its images', async t => {
  const { stacks } = await start(t);
  rmSync(stacks.lockFile('dev'));
  await run(stacks, 'dev');
  assert.deepEqual(Object.keys(stacks.lock('dev').images).sort(), Object.keys(waitingImages()).sort());
  assert.equal(SERVICES.length, 2);
});

test('a registry that does not let the user in is told with the sign-in', async t => {
  const { stacks, dev } = await start(t);
  dev.misbehave = (_, response) => !!response.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
  const host = dev.url.replace('http://', '');
  await assert.rejects(run(stacks, 'dev'), ({ message }: Error) =>
    message.endsWith(
      `\nThe registry of stack dev does not let this user do that; sign in as one whom it lets: docker login ${host}`,
    ),
  );
});

test('a registry out of reach, and a faulty lock, leave the lock as it is', async t => {
  const { stacks, dev } = await start(t);
  const before = stacks.lockText('dev');
  dev.misbehave = (_, response) => !!response.writeHead(503).end();
  await assert.rejects(run(stacks, 'dev'), { name: 'RegistryError' });
  dev.stop();
  await assert.rejects(run(stacks, 'dev'), { name: 'UnreachableError' });
  assert.equal(stacks.lockText('dev'), before);
  writeFileSync(stacks.lockFile('dev'), 'version: 2\n');
  await assert.rejects(run(stacks, 'dev'), { name: 'LockError' });
  assert.equal(stacks.lockText('dev'), 'version: 2\n');
  assert.ok(!existsSync(`${stacks.lockFile('dev')}.partial`));
});
