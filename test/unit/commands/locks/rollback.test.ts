import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { promote } from '../../../../commands/locks/promote.ts';
import { rollback } from '../../../../commands/locks/rollback.ts';
import type { Digest } from '../../../../images/digest.ts';
import type { Lock, LockEntry } from '../../../../images/lock.ts';
import { OCI_INDEX } from '../../../../images/manifest.ts';
import { makeRepository } from '../support/repository.ts';
import { PINNING, TwoStacks, waitingImages } from '../support/stacks.ts';

const [AI, DATA] = ['cerebral/ai-services', 'cerebral/data-services'];
const pinned = (digest: string): LockEntry => ({
  digest: digest as Digest,
  mediaType: OCI_INDEX,
  platforms: { 'linux/amd64': 'unknown', 'linux/arm64': 'unknown' },
  commit: 'c'.repeat(40),
  pinnedAt: 'unknown',
  pinnedBy: 'unknown',
});

/** Stack staging in a git repository, with three images of each service in its registry. */
async function start(t: TestContext) {
  const stacks = await TwoStacks.start(t);
  const git = makeRepository(stacks.folder);
  const [a, b, c] = ['a', 'b', 'c'].map(salt => stacks.publish('staging', 'ai-services', `ai-${salt}`, { salt })) as [
    Digest,
    Digest,
    Digest,
  ];
  const [d, e] = ['d', 'e'].map(salt => stacks.publish('staging', 'data-services', `data-${salt}`, { salt })) as [
    Digest,
    Digest,
  ];
  const write = (images: Lock['images'], upstream: Lock['upstream'] = {}) =>
    stacks.writeLock('staging', { ...waitingImages(), ...images }, upstream);
  const commit = (images: Lock['images'], upstream?: Lock['upstream']) => {
    write(images, upstream);
    git('add', 'staging.lock.yaml');
    git('commit', '--quiet', '--message', 'lock');
    return git('rev-parse', 'HEAD').trim();
  };
  const run = async (services: string[] = [], dryRun = false) =>
    rollback(await stacks.open('staging'), { services, dryRun });
  const digests = () => {
    const { images } = stacks.lock('staging');
    return [AI, DATA].map(key =>
      typeof images[key!] === 'object' ? (images[key!] as LockEntry).digest : images[key!],
    );
  };
  return { stacks, git, write, commit, run, digests, a, b, c, d, e };
}

test('rollback writes the services of the lock before, with their records, and leaves bases and upstream as they are', async t => {
  const { stacks, commit, run, a, b, c, d, e } = await start(t);
  const old = { 'docker.io/library/python:3.11-slim': 'unknown' as const };
  const first = commit({ [AI!]: pinned(a), [DATA!]: pinned(d) }, old);
  const upstream = { ...old, 'docker.io/library/node:22-bookworm-slim': 'unknown' as const };
  const newer = { 'cerebral/added': 'waiting' as const, 'cerebral/ai-base:cuda': pinned(e) };
  commit({ [AI!]: pinned(b), [DATA!]: pinned(d), ...newer }, upstream);
  commit({ [AI!]: pinned(b), [DATA!]: pinned(d), ...newer, 'cerebral/ai-base:cuda': pinned(c) }, upstream);
  const { diff, notes } = await run();
  const { images, upstream: after } = stacks.lock('staging');
  const wanted = { [AI!]: pinned(a), [DATA!]: pinned(d), ...newer, 'cerebral/ai-base:cuda': pinned(c) };
  assert.deepEqual(images, { ...waitingImages(), ...wanted });
  assert.deepEqual(after, upstream);
  assert.deepEqual(diff, [
    `${AI}: ${b.slice(7, 19)} of commit cccccccccccc → ${a.slice(7, 19)} of commit cccccccccccc`,
  ]);
  assert.match(notes.join(), new RegExp(`^as in commit ${first.slice(0, 12)} of 20\\d\\d-`));
});

test('named services go back alone, to the newest lock in which one of them differs', async t => {
  const { commit, run, digests, a, b, d, e } = await start(t);
  commit({ [AI!]: pinned(a), [DATA!]: pinned(d) });
  commit({ [AI!]: pinned(b), [DATA!]: pinned(d) });
  commit({ [AI!]: pinned(b), [DATA!]: pinned(e) });
  await run(['ai-services']);
  assert.deepEqual(digests(), [a, e]);
});

test('a lock that is not committed yet goes back to the committed one', async t => {
  const { write, commit, run, digests, a, b } = await start(t);
  commit({ [AI!]: pinned(a) });
  write({ [AI!]: pinned(b) });
  await run();
  assert.deepEqual(digests(), [a, 'waiting']);
});

test('a merged pull request is one step back, whatever was committed on its way', async t => {
  const { git, commit, run, digests, a, b, c } = await start(t);
  commit({ [AI!]: pinned(a) });
  git('checkout', '--quiet', '-b', 'promotion');
  commit({ [AI!]: pinned(b) });
  commit({ [AI!]: pinned(c) });
  git('checkout', '--quiet', 'main');
  git('merge', '--quiet', '--no-ff', '--message', 'merge', 'promotion');
  await run();
  assert.deepEqual(digests(), [a, 'waiting']);
});

test('no rollback takes a workload away: what was waiting then stays on its digest', async t => {
  const { commit, run, digests, a, b, d } = await start(t);
  commit({ [AI!]: pinned(a) });
  commit({ [AI!]: pinned(b), [DATA!]: pinned(d) });
  await run();
  assert.deepEqual(digests(), [a, d]);
  await assert.rejects(
    run(['data-services']),
    /^Error: \S+staging\.lock\.yaml has been committed 2 times, never with another digest of data-services; there is no lock before this one$/,
  );
});

test('an image that the registry has no more is told, and nothing is written', async t => {
  const { stacks, commit, run, a, b } = await start(t);
  const first = commit({ [AI!]: pinned(a) });
  commit({ [AI!]: pinned(b) });
  const before = stacks.lockText('staging');
  stacks.registries.staging.remove(AI!, a);
  await assert.rejects(run(), {
    message:
      `the lock of ${first.slice(0, 12)} is not taken again, nothing was changed:\n` +
      `registry of stack staging: 10.44.0.202:5000/${AI}@${a} is not there; ` +
      'needed: an index with linux/amd64 and linux/arm64. Push it again',
  });
  assert.equal(stacks.lockText('staging'), before);
});

test('a dry run shows the same and writes nothing', async t => {
  const { stacks, commit, run, a, b } = await start(t);
  commit({ [AI!]: pinned(a) });
  commit({ [AI!]: pinned(b) });
  const before = stacks.lockText('staging');
  const dry = await run([], true);
  assert.equal(stacks.lockText('staging'), before);
  assert.deepEqual(await run(), dry);
});

test('versions that are no lock, and a lock that was deleted and came back, are stepped over', async t => {
  const { stacks, git, commit, run, digests, a, b } = await start(t);
  commit({ [AI!]: pinned(a) });
  git('rm', '--quiet', 'staging.lock.yaml');
  git('commit', '--quiet', '--message', 'gone');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(stacks.lockFile('staging'), 'version: 0\n');
  git('add', '.');
  git('commit', '--quiet', '--message', 'old form');
  commit({ [AI!]: pinned(b) });
  await run();
  assert.deepEqual(digests(), [a, 'waiting']);
});

test('without history, without a repository and without git it is said why there is no lock before', async t => {
  const { stacks, commit, write, run, a } = await start(t);
  write({ [AI!]: pinned(a) });
  const intro = `the lock before this one is looked up in the git history of ${stacks.lockFile('staging')}, and`;
  const fails = (why: string) =>
    assert.rejects(run(), ({ message }: Error) => message.startsWith(`${intro} ${why}`) && !message.includes('\n'));
  await fails('git: fatal: your current branch');
  commit({ [DATA!]: 'waiting', [AI!]: pinned(a) });
  await assert.rejects(run(), /has been committed once, never with another digest of ai-services, data-services; /);

  const { PATH } = process.env;
  process.env.PATH = stacks.folder;
  await fails('git is not on the PATH').finally(() => {
    process.env.PATH = PATH;
  });
  const { rmSync } = await import('node:fs');
  rmSync(`${stacks.folder}/.git`, { recursive: true });
  await fails('git: fatal: not a git repository');
});

test('a shallow clone that ends too early names the command that fetches the rest', async t => {
  const { stacks, git, commit, a, b } = await start(t);
  commit({ [AI!]: pinned(a) });
  commit({ [AI!]: pinned(b) });
  git('clone', '--quiet', '--depth', '1', `file://${stacks.folder}`, `${stacks.folder}/shallow`);
  stacks.configure('staging', { digests: 'lock', lock: `${stacks.folder}/shallow/staging.lock.yaml` });
  await assert.rejects(
    rollback(await stacks.open('staging'), { services: [], dryRun: false }),
    /and this clone has only a part of it; fetch the rest: git fetch --unshallow$/,
  );
});

test('a stack that tracks has nothing to roll back', async t => {
  const { stacks } = await start(t);
  await assert.rejects(rollback(await stacks.open('dev'), { services: [], dryRun: false }), {
    message:
      'stack dev has slipway:digests track, so what is built and not its lock says what runs; build the commit that is ' +
      'wanted',
  });
});

test('what was promoted can be taken back', async t => {
  const { stacks, git, digests } = await start(t);
  const options = { services: [], pinning: PINNING, dryRun: false, deployments: async () => new Map(), say: () => {} };
  const locked = [];
  for (const salt of ['first', 'second']) {
    stacks.publish('dev', 'ai-services', 'live-dev', { salt });
    await promote(await stacks.open('dev'), await stacks.open('staging'), options);
    locked.push(stacks.lockText('staging'));
    git('add', 'staging.lock.yaml');
    git('commit', '--quiet', '--message', salt);
  }
  await rollback(await stacks.open('staging'), { services: [], dryRun: false });
  assert.equal(stacks.lockText('staging'), locked[0]);
  assert.equal(digests()[1], 'waiting');
});
