import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type PromoteOptions, promote } from '../../../../commands/locks/promote.ts';
import { digestOf } from '../../../../images/digest.ts';
import type { LockEntry } from '../../../../images/lock.ts';
import type { RegistryOptions } from '../../../../images/registry.ts';
import { fullRegistry } from '../../../../images/registry-errors.ts';
import { type FakeRegistry, REGISTRY } from '../../images/fake-registry.ts';
import { PINNING, SERVICES, serving, TwoStacks, waitingImages } from '../support/stacks.ts';

const BASE = randomBytes(200_000);
const AGAIN = /\n\S+staging\.lock\.yaml is as it was\. Run the same again: what was copied is not copied twice$/;
const noCluster = () => Promise.reject(new Error('no cluster is asked here'));
const run = async (
  stacks: TwoStacks,
  options: Partial<PromoteOptions> = {},
  registries: { dev?: RegistryOptions; staging?: RegistryOptions } = {},
) =>
  promote(await stacks.open('dev', registries.dev), await stacks.open('staging', registries.staging), {
    services: [],
    pinning: PINNING,
    dryRun: false,
    deployments: noCluster,
    say: () => {},
    ...options,
  });

/** The cluster of dev, whose workloads serve these digests, by repository. */
const serve = (digests: Record<string, string>) => async () =>
  new Map(
    Object.entries(digests).map(([repository, digest]) => {
      const name = repository.replace('cerebral/', '');
      return [name, serving(name, `${REGISTRY}/${repository}:x@${digest}`)];
    }),
  );

/** Both services live on dev, with a signature on the first. */
const publish = (stacks: TwoStacks, salt?: string) => stacks.publishLive(SERVICES, BASE, salt);

test('what is live on one stack arrives at the other whole, tagged, and in its lock', async t => {
  const stacks = await TwoStacks.start(t);
  const digests = publish(stacks);
  const upstream = { 'docker.io/library/python:3.11-slim': 'unknown' as const };
  stacks.writeLock('staging', { ...waitingImages(), 'cerebral/retired': 'waiting' }, upstream);
  const said: string[] = [];
  const { diff, notes } = await run(stacks, { say: line => said.push(line) });

  const { staging } = stacks.registries;
  for (const [repository, digest] of Object.entries(digests)) {
    assert.deepEqual(staging.missing(repository, digest), []);
    const tagged = staging.manifests.get(`${repository} cccccccccccc-${digest.slice(7, 19)}`);
    assert.equal(tagged && digestOf(tagged.bytes), digest);
  }
  const lock = stacks.lock('staging');
  assert.deepEqual(stacks.pinned('staging'), digests);
  const entry = lock.images['cerebral/ai-services'] as LockEntry;
  assert.deepEqual(Object.keys(entry.platforms), ['linux/amd64', 'linux/arm64']);
  assert.deepEqual([entry.commit, entry.pinnedAt, entry.pinnedBy], ['c'.repeat(40), PINNING.at, PINNING.by]);
  assert.deepEqual(lock.upstream, upstream);
  assert.equal(lock.images['cerebral/retired'], 'waiting');
  assert.equal(lock.images['cerebral/ai-base:cuda'], 'waiting');
  assert.deepEqual(
    diff,
    Object.entries(digests).map(([key, digest]) => `${key}: waiting → ${digest.slice(7, 19)} of commit cccccccccccc`),
  );
  assert.deepEqual(notes, []);
  assert.match(said[0]!, /^\d+ blobs in 2 images, \d+ to bring$/);
  const { client, settings } = await stacks.open('staging');
  const ref = { registry: settings.registry.name, repository: 'cerebral/ai-services', digest: entry.digest };
  assert.equal((await client.referrers(ref)).referrers.length, 1, 'the signature came along');
});

test('the lock is written after everything else', async t => {
  const stacks = await TwoStacks.start(t);
  publish(stacks);
  const before = stacks.lockText('staging');
  for (const registry of Object.values(stacks.registries)) {
    registry.misbehave = () => {
      assert.equal(stacks.lockText('staging'), before);
      return false;
    };
  }
  const { diff } = await run(stacks);
  assert.equal(diff.length, 2);
});

test('from a stack that locks, what its lock names and its workloads serve is promoted; no tag of it is asked for (A6)', async t => {
  const stacks = await TwoStacks.start(t);
  const digests = publish(stacks);
  await run(stacks);
  stacks.configure('dev', { digests: 'lock' });
  stacks.writeLock('dev', { ...stacks.lock('staging').images, 'cerebral/data-services': 'waiting' });
  stacks.writeLock('staging', waitingImages());
  stacks.registries.dev.remove('cerebral/ai-services', 'live-dev');
  stacks.publish('dev', 'data-services', 'live-dev', { salt: 'not in the lock' });
  const { notes } = await run(stacks, { deployments: serve(digests) });
  assert.deepEqual(stacks.pinned('staging'), { 'cerebral/ai-services': digests['cerebral/ai-services'] });
  assert.deepEqual(notes, [`not promoted: data-services of stack dev: waiting in ${stacks.lockFile('dev')}`]);
});

test('what a lock names and its stack has not run is not promoted: not rolled out, not serving, no cluster to ask (A6)', async t => {
  const stacks = await TwoStacks.start(t);
  const old = publish(stacks, 'old');
  const digests = publish(stacks, 'new');
  await run(stacks);
  stacks.configure('dev', { digests: 'lock' });
  stacks.writeLock('dev', stacks.lock('staging').images);
  stacks.writeLock('staging', waitingImages());
  const before = stacks.lockText('staging');
  const named = digests['cerebral/ai-services']!;
  const was = old['cerebral/ai-services']!;
  const image = `${REGISTRY}/cerebral/ai-services:x@${named}`;
  const refused = async (deployments: PromoteOptions['deployments'], message: string) => {
    await assert.rejects(run(stacks, { services: ['ai-services'], deployments }), { message });
    assert.equal(stacks.lockText('staging'), before);
  };
  const none = 'there is nothing to promote of:\n  ai-services of stack dev: ';
  await refused(
    serve(old),
    `${none}${stacks.lockFile('dev')} names ${named.slice(7, 19)}, and ${was.slice(7, 19)} runs; run: pulumi up --stack dev`,
  );
  await refused(async () => new Map(), `${none}no workload runs it`);
  await refused(
    async () => new Map([['ai-services', { ...serving('ai-services', image, 0), kind: 'StatefulSet' }]]),
    `${none}its StatefulSet does not serve ${image} yet`,
  );
  await refused(noCluster, 'only the cluster knows what ai-services runs: no cluster is asked here');

  const { notes } = await run(stacks, {
    deployments: serve({ ...old, 'cerebral/data-services': digests['cerebral/data-services']! }),
  });
  assert.equal(notes.length, 1);
  assert.deepEqual(stacks.pinned('staging'), { 'cerebral/data-services': digests['cerebral/data-services'] });
});

test('a stack that names another one takes images from that one alone (A6)', async t => {
  const stacks = await TwoStacks.start(t);
  publish(stacks);
  stacks.configure('staging', { digests: 'lock', promotedFrom: 'preprod' });
  const before = stacks.lockText('staging');
  await assert.rejects(run(stacks), {
    message:
      'stack staging has slipway:promotedFrom preprod, so it takes what preprod has run and nothing else; expected --from preprod, not dev',
  });
  assert.equal(stacks.lockText('staging'), before);
  assert.deepEqual(stacks.registries.staging.requests, []);
  stacks.configure('staging', { digests: 'lock', promotedFrom: 'dev' });
  assert.equal((await run(stacks)).diff.length, 2);
});

test('a commit that the lock records and the image does not carry is not lost', async t => {
  const stacks = await TwoStacks.start(t);
  const digest = stacks.publish('dev', 'ai-services', 'x', { commit: '' });
  const commit = 'd'.repeat(40);
  const unknown = { 'linux/amd64': 'unknown' as const, 'linux/arm64': 'unknown' as const };
  const entry = { digest, mediaType: 'application/vnd.oci.image.index.v1+json', platforms: unknown, commit };
  stacks.configure('dev', { digests: 'lock' });
  stacks.writeLock('dev', {
    ...waitingImages(),
    'cerebral/ai-services': { ...entry, pinnedAt: 'unknown', pinnedBy: 'unknown' },
  });
  await run(stacks, { services: ['ai-services'], deployments: serve({ 'cerebral/ai-services': digest }) });
  assert.equal((stacks.lock('staging').images['cerebral/ai-services'] as LockEntry).commit, commit);
  assert.ok(stacks.registries.staging.manifests.has(`cerebral/ai-services dddddddddddd-${digest.slice(7, 19)}`));
});

test('a second promotion of the same changes nothing and sends nothing', async t => {
  const stacks = await TwoStacks.start(t);
  publish(stacks);
  await run(stacks);
  const before = stacks.lockText('staging');
  stacks.registries.staging.requests.length = 0;
  const { diff } = await run(stacks, { pinning: { at: '2027-01-01T00:00:00Z', by: 'Bob' } });
  assert.deepEqual(diff, []);
  assert.equal(stacks.lockText('staging'), before);
  assert.deepEqual(
    stacks.registries.staging.requests.filter(request => /^(POST|PUT)/.test(request)),
    [],
  );
});

test('wrong credentials, at either registry, are told with the sign-in, and nothing is changed', async t => {
  const stacks = await TwoStacks.start(t);
  publish(stacks);
  const before = stacks.lockText('staging');
  const closed = (registry: FakeRegistry, user: string) => {
    const expected = `Basic ${Buffer.from(`${user}:secret of ${user}`).toString('base64')}`;
    registry.misbehave = (request, response) =>
      request.headers.authorization !== expected &&
      !!response
        .writeHead(401, { 'www-authenticate': 'Basic realm="x"' })
        .end('{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
  };
  const as = (user: string, password = `secret of ${user}`): RegistryOptions => ({
    credentials: async () => ({ username: user, password }),
  });
  closed(stacks.registries.dev, 'reader');
  closed(stacks.registries.staging, 'writer');
  for (const [stack, registries] of [
    ['dev', { dev: as('reader', 'wrong-4711'), staging: as('writer') }],
    ['staging', { dev: as('reader'), staging: as('writer', 'wrong-4711') }],
    ['staging', { dev: as('reader'), staging: {} }],
  ] as const) {
    await assert.rejects(run(stacks, {}, registries), ({ message }: Error) => {
      const host = stacks.registries[stack].url.replace('http://', '');
      assert.match(message, /UNAUTHORIZED: authentication required|HTTP_401/);
      assert.ok(message.includes(`The registry of stack ${stack} does not let this user do that`), message);
      assert.ok(message.includes(`docker login ${host}`), message);
      assert.ok(!message.includes('4711'), message);
      return true;
    });
    assert.equal(stacks.lockText('staging'), before);
    assert.equal(stacks.registries.staging.manifests.size, 0);
  }
  const { diff } = await run(stacks, {}, { dev: as('reader'), staging: as('writer') });
  assert.equal(diff.length, 2, 'each registry has its own user');
});

test('a digest that the source has lost is told before anything is copied, with all others of its kind', async t => {
  const stacks = await TwoStacks.start(t);
  const digests = publish(stacks);
  await run(stacks);
  stacks.configure('dev', { digests: 'lock' });
  stacks.writeLock('dev', stacks.lock('staging').images);
  stacks.writeLock('staging', waitingImages());
  const before = stacks.lockText('staging');
  const { dev, staging } = stacks.registries;
  dev.remove('cerebral/ai-services', digests['cerebral/ai-services']!);
  const arm64 = dev.image('cerebral/data-services', undefined, 'linux/arm64', '', [
    BASE,
    Buffer.from('layer of data-services '),
  ]);
  dev.remove('cerebral/data-services', arm64.digest);
  staging.requests.length = 0;
  const name = (service: string) => `${REGISTRY}/cerebral/${service}@${digests[`cerebral/${service}`]}`;
  await assert.rejects(run(stacks, { deployments: serve(digests) }), {
    message: [
      `registry of stack dev: ${name('ai-services')} is not there; needed: an index with linux/amd64 and linux/arm64. Push it again`,
      `registry of stack dev: ${name('data-services')} (${digests['cerebral/data-services']!.slice(0, 19)}…) names a manifest for linux/arm64 that the registry does not have. Push it again`,
    ].join('\n'),
  });
  assert.deepEqual(staging.requests, []);
  assert.equal(stacks.lockText('staging'), before);
});

test('an image without a platform of the target is refused before anything is copied', async t => {
  const stacks = await TwoStacks.start(t);
  stacks.registries.dev.index('cerebral/ai-services', 'live-dev', ['linux/arm64']);
  await assert.rejects(run(stacks, { services: ['ai-services'] }), /has linux\/arm64; it lacks linux\/amd64/);
  assert.deepEqual(stacks.registries.staging.requests, []);
});

test('a target that denies, one whose disk is full, and a source that sends other bytes leave the lock as it is', async t => {
  const stacks = await TwoStacks.start(t);
  publish(stacks);
  const before = stacks.lockText('staging');
  const { dev, staging } = stacks.registries;
  const fails = async (expected: RegExp) => {
    await assert.rejects(run(stacks), ({ message }: Error) => expected.test(message) && AGAIN.test(message));
    assert.equal(stacks.lockText('staging'), before);
  };
  staging.misbehave = (request, response) =>
    request.method !== 'GET' &&
    request.method !== 'HEAD' &&
    !!response.writeHead(403).end('{"errors":[{"code":"DENIED","message":"read only"}]}');
  await fails(
    /POST \S+ DENIED: read only\nThe registry of stack staging does not let this user do that; .* docker login /s,
  );

  staging.misbehave = () => false;
  staging.room = 1000;
  await fails(new RegExp(fullRegistry));

  staging.room = Number.POSITIVE_INFINITY;
  dev.blobs.set(digestOf(BASE), Buffer.alloc(BASE.length));
  await fails(/DIGEST_MISMATCH: the bytes that came are sha256:/);
  assert.ok(!staging.blobs.has(digestOf(BASE)));

  dev.blobs.set(digestOf(BASE), BASE);
  assert.equal((await run(stacks)).diff.length, 2);
});

test('a target that loses what it has taken is seen before the lock is written', async t => {
  const stacks = await TwoStacks.start(t);
  const digests = publish(stacks);
  const before = stacks.lockText('staging');
  const { staging } = stacks.registries;
  const child = JSON.parse(
    stacks.registries.dev.manifests.get(`cerebral/ai-services ${digests['cerebral/ai-services']}`)!.bytes.toString(),
  ).manifests[1].digest as string;
  staging.misbehave = request => {
    if (request.method === 'PUT' && request.url!.endsWith(digests['cerebral/ai-services']!)) {
      setTimeout(() => staging.remove('cerebral/ai-services', child), 5);
    }
    return false;
  };
  await assert.rejects(
    run(stacks),
    /registry of stack staging: .* names a manifest for linux\/arm64 that the registry/,
  );
  assert.equal(stacks.lockText('staging'), before);
});

test('a tag that never moves is not moved', async t => {
  const stacks = await TwoStacks.start(t);
  const digests = publish(stacks);
  const before = stacks.lockText('staging');
  const taken = `cccccccccccc-${digests['cerebral/ai-services']!.slice(7, 19)}`;
  const other = stacks.publish('staging', 'ai-services', taken, { salt: 'other' });
  await assert.rejects(run(stacks), ({ message }: Error) =>
    message.includes(
      `10.44.0.202:5000/cerebral/ai-services:${taken} is ${other}, expected ${digests['cerebral/ai-services']}`,
    ),
  );
  assert.equal(stacks.lockText('staging'), before);
});

test('what nobody has seen running is not promoted: a note, or an error where it was named', async t => {
  const stacks = await TwoStacks.start(t);
  const live = stacks.publish('dev', 'ai-services', 'live-dev');
  const built = stacks.publish('dev', 'data-services', 'main');
  const deployments = async () => new Map();
  const { notes } = await run(stacks, { deployments });
  assert.deepEqual(notes, ['not promoted: data-services of stack dev: no workload runs it']);
  assert.deepEqual(stacks.pinned('staging'), { 'cerebral/ai-services': live });
  await assert.rejects(run(stacks, { services: ['data-services'], deployments }), {
    message: 'there is nothing to promote of:\n  data-services of stack dev: no workload runs it',
  });
  const image = `${REGISTRY}/cerebral/data-services:x@${built}`;
  await run(stacks, {
    services: ['data-services'],
    deployments: async () => new Map([['data-services', serving('data-services', image)]]),
  });
  assert.equal(stacks.pinned('staging')['cerebral/data-services'], built);
});

test('stacks between which nothing can be promoted are told, all faults at once', async t => {
  const stacks = await TwoStacks.start(t);
  const dev = await stacks.open('dev');
  const options = { services: [], pinning: PINNING, dryRun: false, deployments: noCluster, say: () => {} };
  await assert.rejects(promote(dev, dev, options), {
    message:
      '--from and --to are both dev; expected two stacks\nstack dev has slipway:digests track, so what is built and not its ' +
      'lock says what runs; expected a stack with lock',
  });
  stacks.configure('staging', { digests: 'lock', services: ['ai-services'] });
  await assert.rejects(run(stacks, { services: ['data-services'] }), {
    message: 'stack staging runs no "data-services" (did you mean "ai-services"?); it runs ai-services',
  });
  stacks.configure('staging', { digests: 'lock', services: ['bmad-services'] });
  await assert.rejects(run(stacks), { message: 'there is no service that dev and staging both run' });
});

test('a dry run shows what would change, and asks nothing of the target', async t => {
  const stacks = await TwoStacks.start(t);
  publish(stacks);
  const before = stacks.lockText('staging');
  const dry = await run(stacks, { dryRun: true });
  assert.deepEqual(stacks.registries.staging.requests, []);
  assert.equal(stacks.lockText('staging'), before);
  assert.deepEqual(await run(stacks), dry);
});
