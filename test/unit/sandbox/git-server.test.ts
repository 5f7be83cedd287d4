import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { makeRepositories } from '../../../sandbox/git/repositories.ts';
import { clone, secret, startListener, startServer } from './git-fixture.ts';

const none = '0'.repeat(40);
let listener: Awaited<ReturnType<typeof startListener>>;
let server: Awaited<ReturnType<typeof startServer>>;
let developer: Awaited<ReturnType<typeof clone>>;

before(async () => {
  listener = await startListener();
});
beforeEach(async () => {
  await server?.stop();
  listener.deliveries.length = 0;
  server = await startServer([listener.url]);
  developer = await clone(`${server.url}/shop.git`);
});
after(async () => {
  await server.stop();
  listener.stop();
});

async function push(...args: string[]) {
  await developer.git('push', '--quiet', 'origin', ...args);
  await server.settled();
  return listener.deliveries.at(-1)!.payload;
}

test('what is pushed can be cloned, also by the commit alone', async () => {
  const first = await developer.commit('First', { 'a.txt': 'one' });
  await developer.git('push', '--quiet', 'origin', 'main');
  await developer.commit('Second', { 'a.txt': 'two' });
  await developer.git('push', '--quiet', 'origin', 'main');
  const reader = await clone(`${server.url}/shop.git`);
  await reader.git('fetch', '--quiet', '--depth=1', 'origin', first);
  assert.equal(await reader.git('show', 'FETCH_HEAD:a.txt'), 'one');
});

test('a private repository is seen and pushed to by its token alone', async () => {
  const address = (password: string) =>
    `${server.url.replace('//', `//anyone:${encodeURIComponent(password)}@`)}/private.git`;
  const owner = await clone(address(secret));
  await owner.commit('First', { 'a.txt': 'one' });
  await owner.git('push', '--quiet', 'origin', 'main');
  assert.match(await owner.git('ls-remote', 'origin'), /refs\/heads\/main/);
  for (const url of [address('another'), `${server.url}/private.git`]) {
    const { git } = await clone(url);
    await assert.rejects(git('-c', 'core.askPass=true', 'ls-remote', 'origin'), /Authentication failed|could not read/);
  }
});

test('a new branch is told with all of its commits, oldest first', async () => {
  const ids = [
    await developer.commit('One', { 'services/a/main.py': '1', 'README.md': 'x' }),
    await developer.commit('Two', { 'services/a/main.py': '2', 'services/b/main.py': '1', 'README.md': undefined }),
  ];
  const event = await push('main');
  assert.equal(event.ref, 'refs/heads/main');
  assert.deepEqual([event.before, event.after], [none, ids[1]]);
  assert.deepEqual([event.created, event.deleted, event.forced], [true, false, false]);
  assert.deepEqual(
    event.commits.map(({ id }: { id: string }) => id),
    ids,
  );
  const [one, two] = event.commits;
  assert.deepEqual([one.added, one.modified, one.removed], [['README.md', 'services/a/main.py'], [], []]);
  assert.deepEqual(
    [two.added, two.modified, two.removed],
    [['services/b/main.py'], ['services/a/main.py'], ['README.md']],
  );
  assert.equal(two.message, 'Two');
  assert.deepEqual(two.author, { name: 'Ada', email: 'ada@example.com' });
  assert.equal(event.head_commit.id, ids[1]);
  assert.equal(event.pusher.name, 'Ada');
  assert.deepEqual(
    [event.repository.name, event.repository.full_name, event.repository.clone_url, event.repository.default_branch],
    ['shop', 'owner/shop', 'http://10.36.0.1:3000/shop.git', 'main'],
  );
});

test('a further push is told with its own commits alone, a message of several lines and odd file names whole', async () => {
  const first = await developer.commit('First', { a: '1' });
  await push('main');
  const second = await developer.commit('Title\n\nBody of\ntwo lines', { 'with space/ä "q".txt': '1' });
  const event = await push('main');
  assert.deepEqual([event.before, event.after, event.created], [first, second, false]);
  assert.equal(event.commits.length, 1);
  assert.equal(event.commits[0].message, 'Title\n\nBody of\ntwo lines');
  assert.deepEqual(event.commits[0].added, ['with space/ä "q".txt']);
});

test('an empty commit is told with no files', async () => {
  await developer.commit('First', { a: '1' });
  await push('main');
  await developer.commit('Once more');
  const [commit] = (await push('main')).commits;
  assert.deepEqual([commit.message, commit.added, commit.modified, commit.removed], ['Once more', [], [], []]);
});

test('a forced push is told as forced, a deleted branch as deleted', async () => {
  await developer.commit('First', { a: '1' });
  const lost = await developer.commit('Lost', { a: '2' });
  await push('main', 'main:side');
  await developer.git('reset', '--quiet', '--hard', 'HEAD~1');
  const kept = await developer.commit('Kept', { a: '3' });
  const event = await push('--force', 'main');
  assert.deepEqual([event.before, event.after, event.forced], [lost, kept, true]);
  assert.deepEqual(
    event.commits.map(({ message }: { message: string }) => message),
    ['Kept'],
  );
  const gone = await push('--delete', 'side');
  assert.deepEqual([gone.ref, gone.after, gone.deleted, gone.forced], ['refs/heads/side', none, true, false]);
  assert.deepEqual([gone.commits, gone.head_commit], [[], null]);
});

test('a merge is told with what it brought to its first parent', async () => {
  await developer.commit('First', { a: '1' });
  await push('main');
  await developer.git('checkout', '--quiet', '-b', 'side');
  await developer.commit('Side', { 'services/b/x': '1' });
  await developer.git('checkout', '--quiet', 'main');
  await developer.commit('Main', { 'services/a/x': '1' });
  await developer.git('merge', '--quiet', '--no-ff', '--message', 'Merge', 'side');
  const event = await push('main');
  const merge = event.commits.find(({ message }: { message: string }) => message === 'Merge');
  assert.deepEqual(merge.added, ['services/b/x']);
  assert.equal(event.commits.length, 3);
});

test('every updated ref of one push is an event of its own, signed over the very bytes that are sent', async () => {
  await developer.commit('First', { a: '1' });
  await developer.git('tag', 'v1');
  await push('main', 'v1');
  assert.deepEqual(listener.deliveries.map(({ payload }) => payload.ref).sort(), ['refs/heads/main', 'refs/tags/v1']);
  for (const { headers, body } of listener.deliveries) {
    const expected = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
    assert.equal(headers['x-hub-signature-256'], expected);
    assert.equal(headers['x-github-event'], 'push');
    assert.equal(headers['content-type'], 'application/json');
  }
  const ids = listener.deliveries.map(({ headers }) => headers['x-github-delivery']);
  assert.equal(new Set(ids).size, 2);
});

test('each delivery is logged with its status, and the secret is not', async () => {
  await developer.commit('First', { a: '1' });
  await push('main');
  assert.equal(server.lines.length, 1);
  assert.match(
    server.lines[0]!,
    /^owner\/shop refs\/heads\/main 0{12}\.\.[0-9a-f]{12} → http:\/\/127.* status 202 after \d+ ms$/,
  );
  assert.ok(!server.lines.join().includes(secret));
});

test('a fetch or a push of nothing tells nobody', async () => {
  await developer.commit('First', { a: '1' });
  await push('main');
  await developer.git('push', '--quiet', 'origin', 'main');
  await developer.git('fetch', '--quiet', 'origin');
  await server.settled();
  assert.equal(listener.deliveries.length, 1);
});

test('a listener that never answers holds no push up', async () => {
  const silent = await startListener(() => 503);
  const slow = await startServer([silent.url], [10_000]);
  const other = await clone(`${slow.url}/shop.git`);
  await other.commit('First', { a: '1' });
  const started = Date.now();
  await other.git('push', '--quiet', 'origin', 'main');
  assert.ok(Date.now() - started < 5000);
  silent.stop();
  await slow.stop();
});

test('an unknown repository is refused with those that are known', async () => {
  const answer = await fetch(`${server.url}/other.git/info/refs?service=git-upload-pack`);
  assert.equal(answer.status, 404);
  assert.match(await answer.text(), /no repository at \/other\.git\/info\/refs; there are \/shop\.git/);
});

test('a repository name that could leave the folder is refused', async () => {
  for (const name of ['../up', 'a/b', '.hidden', '']) {
    const repositories = [{ name, fullName: 'o/x' }];
    await assert.rejects(makeRepositories({ root: server.settings.root, repositories }), /letters, digits/);
  }
});

test('existing repositories are kept when the server starts again', async () => {
  const id = await developer.commit('First', { a: '1' });
  await push('main');
  await makeRepositories(server.settings);
  assert.match(await developer.git('ls-remote', 'origin', 'main'), new RegExp(`^${id}`));
});
