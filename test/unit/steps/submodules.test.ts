import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sourceDateEpoch } from '../../../images/reproducible.ts';
import { StepFailure } from '../../../steps/failure.ts';
import { type FetchRequest, fetchSource } from '../../../steps/fetch.ts';
import { recordedLog, temporaryFolder } from './support/folder.ts';
import { commitTree, serveGit } from './support/git-server.ts';

const TOKEN = 'hunter-two';
const gitmodules = (entries: Record<string, string>) =>
  Object.entries(entries)
    .map(([path, url]) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ${url}\n`)
    .join('');

/** `cerebral` with `libs/common`, which has `nested`; each at a commit that its branch has left behind. */
async function setUp(t: TestContext, options: Parameters<typeof serveGit>[1] = {}, common = '../common') {
  const folder = temporaryFolder(t);
  const at = (name: string) => join(folder, 'git', name);
  const nested = commitTree(at('nested'), { 'deep.py': 'deep\n' });
  commitTree(at('nested'), { 'deep.py': 'later\n' });
  const lib = commitTree(at('common'), {
    ...{ '.gitmodules': gitmodules({ nested: '../nested' }), 'lib.py': 'lib\n' },
    nested: { submodule: nested },
  });
  commitTree(at('common'), { 'lib.py': 'later\n', nested: { submodule: nested } });
  const tree = { '.gitmodules': gitmodules({ 'libs/common': common }), 'app.py': 'app\n' };
  const commit = commitTree(at('cerebral'), { ...tree, 'libs/common': { submodule: lib } });
  const server = await serveGit(join(folder, 'git'), options);
  t.after(server.stop);
  const { log, text } = recordedLog();
  const credentialsFile = join(folder, 'credentials.json');
  writeFileSync(credentialsFile, JSON.stringify([{ url: server.url, username: 'robot', token: TOKEN }]));
  const work = join(folder, 'work');
  const fetch = (more: Partial<FetchRequest> = {}) => {
    const request = { repoUrl: `${server.url}/cerebral`, branch: 'main', gitSettings: [], credentialsFile, work };
    return fetchSource({ ...request, env: process.env, retries: 0, ...more }, log);
  };
  return { folder, at, commit, lib, server, text, fetch };
}

const FILES = ['.gitmodules', 'app.py', 'libs/common/.gitmodules', 'libs/common/lib.py', 'libs/common/nested/deep.py'];

test('submodules, and theirs, are fetched at the commits that are named, by addresses relative to the repository', async t => {
  const { fetch, text } = await setUp(t);
  const { folder, files } = await fetch();
  assert.deepEqual([...files].sort(), FILES);
  assert.equal(readFileSync(join(folder, 'libs/common/lib.py'), 'utf8'), 'lib\n');
  assert.equal(readFileSync(join(folder, 'libs/common/nested/deep.py'), 'utf8'), 'deep\n');
  assert.match(text(), /, 5 files, 2 submodules$/m);
});

test('nothing of git is in the source, and a submodule’s files have the times of their content', async t => {
  const { fetch } = await setUp(t);
  const { folder, files } = await fetch();
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  assert.deepEqual(
    names.filter(name => /(?:^|\/)\.git$/.test(name)),
    [],
  );
  const times = () => files.map(path => lstatSync(join(folder, path)).mtimeMs);
  const first = times();
  for (const time of first) assert.ok(time >= 1000 * sourceDateEpoch && time < 1000 * sourceDateEpoch + 86_400_000);
  assert.equal(lstatSync(join(folder, 'libs/common')).mtimeMs, 1000 * sourceDateEpoch);
  await fetch();
  assert.deepEqual(times(), first);
});

test('private submodules of the same host are opened by its token, which no line shows', async t => {
  const { fetch, text } = await setUp(t, { password: TOKEN });
  assert.equal((await fetch()).files.length, FILES.length);
  assert.ok(!text().includes(TOKEN));
});

test('a submodule at a foreign host is not told the token; the reason names it, and what would open it', async t => {
  const elsewhere = await serveGit(temporaryFolder(t), { password: 'another' });
  t.after(elsewhere.stop);
  const { fetch } = await setUp(t, { password: TOKEN }, `${elsewhere.url}/common`);
  await assert.rejects(fetch(), (error: StepFailure) => {
    assert.ok(error instanceof StepFailure);
    assert.match(
      error.message,
      /^submodule libs\/common of http\S+\/cerebral can't be fetched: repository http\S+\/common is not there, or needs credentials .*slipway:gitCredentials$/,
    );
    return true;
  });
  assert.deepEqual(elsewhere.authorized, []);
});

test('the stack’s rewrites of addresses hold for submodules', async t => {
  const { fetch, server } = await setUp(t, {}, 'https://github.com/baerautotech/common');
  const gitSettings: [string, string][] = [[`url.${server.url}/.insteadOf`, 'https://github.com/baerautotech/']];
  assert.equal((await fetch({ gitSettings })).files.length, FILES.length);
});

test('servers that give out no single commits are asked for the submodules’ history, and it is said', async t => {
  const { fetch, text } = await setUp(t, { heads: true });
  const { folder } = await fetch();
  assert.equal(readFileSync(join(folder, 'libs/common/nested/deep.py'), 'utf8'), 'deep\n');
  assert.match(text(), /fetching the submodules with their history/);
});

test('a submodule may name no file and no program as its origin', async t => {
  for (const url of ['file:///etc', 'ext::sh -c true']) {
    const { fetch } = await setUp(t, {}, url);
    await assert.rejects(fetch(), /submodule libs\/common .*can't be fetched: .*transport '(?:file|ext)' not allowed/);
  }
});

test('a submodule at a commit that is nowhere is named', async t => {
  const { fetch, at } = await setUp(t);
  commitTree(at('cerebral'), { 'libs/common': { submodule: 'e'.repeat(40) } });
  await assert.rejects(fetch(), /submodule.* of http\S+\/cerebral can't be fetched: .*e{40}/);
});
