import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sourceDateEpoch } from '../../../images/reproducible.ts';
import { StepFailure } from '../../../steps/failure.ts';
import { type FetchRequest, fetchSource } from '../../../steps/fetch.ts';
import { makeGit } from '../../../steps/git.ts';
import { locate } from '../../../steps/source.ts';
import { recordedLog, temporaryFolder } from './support/folder.ts';
import { commitTree, serveGit, type Tree } from './support/git-server.ts';

const TREE: Tree = {
  'microservices/ai-services/Dockerfile': 'FROM cerebral/ai-base:cuda\n',
  'microservices/ai-services/app.py': 'print(1)\n',
  'microservices/data-services/Dockerfile': 'FROM cerebral/ai-base:cuda\n',
};

async function setUp(t: TestContext, tree: Tree = TREE, options: Parameters<typeof serveGit>[1] = {}) {
  const folder = temporaryFolder(t);
  const repository = join(folder, 'git/cerebral');
  const commit = commitTree(repository, tree);
  const server = await serveGit(join(folder, 'git'), options);
  t.after(server.stop);
  const { log, text } = recordedLog();
  const work = join(folder, 'work');
  const repoUrl = `${server.url}/cerebral/.git`;
  const fetch = (more: Partial<FetchRequest> = {}) =>
    fetchSource({ repoUrl, branch: 'main', gitSettings: [], work, env: process.env, retries: 0, ...more }, log);
  return { fetch, commit, repository, server, text, work, repoUrl };
}

function failure(pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof StepFailure, String(error));
    assert.match(error.message, pattern);
    assert.ok(!error.message.includes('\n'), 'a reason is one line');
    return true;
  };
}

test('the head of a branch is fetched with its commit and its files', async t => {
  const { fetch, commit, work, text } = await setUp(t);
  const source = await fetch();
  assert.equal(source.commit, commit);
  assert.deepEqual(source.files, Object.keys(TREE).sort());
  assert.equal(readFileSync(join(work, 'src/microservices/ai-services/app.py'), 'utf8'), 'print(1)\n');
  assert.match(text(), new RegExp(`commit ${commit} of 2026-01-02T03:04:05`));
});

test('a commit that is not the head is fetched by its full hash', async t => {
  const { fetch, commit, repository } = await setUp(t);
  commitTree(repository, { 'microservices/ai-services/app.py': 'print(2)\n' });
  const source = await fetch({ commit });
  assert.equal(source.commit, commit);
  assert.equal(readFileSync(join(source.folder, 'microservices/ai-services/app.py'), 'utf8'), 'print(1)\n');
});

test('a file has the time of its content, whenever it is fetched, so that equal content builds the same layers', async t => {
  const { fetch, repository } = await setUp(t);
  const app = 'microservices/ai-services/app.py';
  const times = async () => {
    const { folder, files } = await fetch();
    const time = (path: string) => lstatSync(join(folder, path)).mtimeMs;
    for (const path of ['.', 'microservices', 'microservices/ai-services']) {
      assert.equal(time(path), 1000 * sourceDateEpoch, path);
    }
    return Object.fromEntries(files.map(path => [path, time(path)]));
  };
  const first = await times();
  assert.deepEqual(await times(), first);
  assert.ok(Object.values(first).every(time => time >= 1000 * sourceDateEpoch));
  commitTree(repository, { [app]: 'print(2)\n' });
  const changed = await times();
  assert.notEqual(changed[app], first[app], 'of the same size, so only its time tells');
  assert.deepEqual({ ...changed, [app]: first[app] }, first);
});

test("git's own folder is not in the source, so that no context carries history", async t => {
  const { fetch } = await setUp(t);
  assert.equal(existsSync(join((await fetch()).folder, '.git')), false);
});

test('a second fetch into the same folder leaves nothing of the first', async t => {
  const { fetch, repository } = await setUp(t);
  await fetch();
  commitTree(repository, { 'only-here': '' }, 'other');
  const source = await fetch({ branch: 'other' });
  assert.ok(existsSync(join(source.folder, 'only-here')));
  writeFileSync(join(source.folder, 'untracked'), '');
  const { folder } = await fetch();
  for (const name of ['only-here', 'untracked']) assert.equal(existsSync(join(folder, name)), false, name);
});

test('a branch that is not there is answered with the nearest that are', async t => {
  const { fetch, repository } = await setUp(t);
  for (const branch of ['feature/login', 'master-old', 'release']) commitTree(repository, {}, branch);
  await assert.rejects(
    fetch({ branch: 'relase' }),
    failure(/branch relase is not in .*; branches that exist: release, /),
  );
});

test('a server that gives out no single commits is asked for the history of the branch, and it is said', async t => {
  const { fetch, commit, repository, text } = await setUp(t, TREE, { heads: true });
  commitTree(repository, { 'microservices/ai-services/app.py': 'print(2)\n' });
  const source = await fetch({ commit });
  assert.equal(source.commit, commit);
  assert.match(text(), /gives out no single commits: fetching the whole history of branch main/);
  await assert.rejects(fetch({ commit: 'a'.repeat(40) }), failure(/^commit a{40} is not in http/));
  const onOther = commitTree(repository, { 'x.py': '' }, 'other');
  commitTree(repository, { 'y.py': '' }, 'other');
  assert.equal((await fetch({ commit: onOther, branch: undefined })).commit, onOther);
  assert.match(text(), /the whole history of all branches/);
});

test('a commit that is not there is said to be missing, not the repository', async t => {
  const { fetch } = await setUp(t);
  await assert.rejects(fetch({ commit: 'a'.repeat(40) }), failure(/^commit a{40} is not in http/));
});

test('a repository that is not there is said to be not found', async t => {
  const { fetch, server } = await setUp(t);
  await assert.rejects(
    fetch({ repoUrl: `${server.url}/nothing` }),
    failure(/nothing\/? is not found .*check its address/),
  );
});

test('a host that refuses connections is tried again, then named', async t => {
  const { fetch, server, text } = await setUp(t);
  server.stop();
  await assert.rejects(fetch({ retries: 1 }), failure(/can't be reached: .*(refused|connect)/i));
  assert.match(text(), /trying again/);
});

test('an outage of the git server is ridden out', async t => {
  const { fetch, commit } = await setUp(t, TREE, { outages: 1 });
  assert.equal((await fetch({ retries: 2 })).commit, commit);
});

test('a repository that needs credentials fails without a prompt and says how to give them', async t => {
  const { fetch } = await setUp(t, TREE, { password: 'hunter-two' });
  await assert.rejects(fetch(), failure(/needs credentials .*slipway:gitCredentials/));
});

test('the git settings of the stack give access, and their secret is in no line', async t => {
  const { fetch, commit, server, text } = await setUp(t, TREE, { password: 'hunter-two' });
  const key = `url.${server.url.replace('//', '//robot:hunter-two@')}/.insteadOf`;
  const settings: [string, string][] = [[key, 'https://git.example.com/']];
  const source = await fetch({ repoUrl: 'https://git.example.com/cerebral/.git', gitSettings: settings });
  assert.equal(source.commit, commit);
  const missing = fetch({ repoUrl: 'https://git.example.com/nothing', gitSettings: settings });
  await assert.rejects(missing, error => !String((error as Error).message).includes('hunter-two'));
  assert.ok(!text().includes('hunter-two'));
});

test('credentials in repo-url are in no line and in no reason', async t => {
  const { fetch, server, text } = await setUp(t, TREE, { password: 'hunter-two' });
  const repoUrl = `${server.url.replace('//', '//robot:hunter-two@')}/nothing`;
  await assert.rejects(fetch({ repoUrl }), error => {
    const { message, details } = error as StepFailure;
    return !`${message}${details}`.includes('hunter-two') && message.includes('not found');
  });
  assert.ok(!text().includes('hunter-two'));
});

test('whatever git says is without the secrets of URL and settings', async t => {
  const folder = temporaryFolder(t);
  const git = gitIn(folder, [['http.extraHeader', 'Authorization: Bearer hunter-two']]);
  await git('init', '-q');
  for (const argument of ['hunter-two', 'https://robot:other-secret@git.example.com/x']) {
    const said = (await git('rev-parse', argument)).lines.join('\n');
    assert.match(said, /\*\*\*/);
    assert.doesNotMatch(said, /hunter-two|other-secret/);
  }
});

test('git asks for nothing and reads no configuration of the machine', async t => {
  const folder = temporaryFolder(t);
  const { stdout } = await gitIn(folder, [['alias.environment', '!env']])('environment');
  for (const line of [
    'GIT_TERMINAL_PROMPT=0',
    'GIT_ASKPASS=',
    'GIT_CONFIG_NOSYSTEM=1',
    'GIT_CONFIG_GLOBAL=/dev/null',
  ]) {
    assert.ok(stdout.split('\n').includes(line), line);
  }
});

function gitIn(folder: string, settings: [string, string][]) {
  const gitDir = join(folder, 'git');
  mkdirSync(gitDir);
  return makeGit({ gitDir, workTree: folder, home: folder, settings, timeout: 10_000, env: process.env });
}

test('no hook, alias or outer repository of the surroundings reaches git', async t => {
  const { fetch, commit } = await setUp(t);
  const env = { ...process.env, GIT_DIR: '/nowhere', GIT_INDEX_FILE: '/nowhere/index', GIT_CONFIG_COUNT: 'x' };
  assert.equal((await fetch({ env })).commit, commit);
});

test('a local path is no origin, by settings neither', async t => {
  const { fetch, repository } = await setUp(t);
  const gitSettings: [string, string][] = [[`url.file://${repository}/.insteadOf`, 'https://git.example.com/x/']];
  await assert.rejects(
    fetch({ repoUrl: 'https://git.example.com/x/.git', gitSettings }),
    failure(/'file' not allowed/),
  );
});

test('Dockerfile and context are found as the parameters write them', async t => {
  const { fetch, work } = await setUp(t);
  const place = await locate(await fetch(), 'microservices/ai-services/Dockerfile', './microservices/ai-services/');
  assert.deepEqual(place, {
    dockerfile: join(work, 'src/microservices/ai-services/Dockerfile'),
    context: join(work, 'src/microservices/ai-services'),
  });
});

test('a missing Dockerfile is answered with those that exist', async t => {
  const { fetch } = await setUp(t);
  const source = await fetch();
  await assert.rejects(
    locate(source, 'microservices/ai-service/Dockerfile', '.'),
    failure(
      /^dockerfile .* is not in the repository .*exist: microservices\/ai-services\/Dockerfile, microservices\/data/,
    ),
  );
  await assert.rejects(locate(source, 'microservices', '.'), failure(/^dockerfile microservices is not a file/));
});

test('a missing build context is answered with the folders that exist', async t => {
  const { fetch } = await setUp(t);
  const file = 'microservices/ai-services/Dockerfile';
  const source = await fetch();
  await assert.rejects(
    locate(source, file, 'microservices/ai'),
    failure(/^build-context .*exist: microservices\/ai-services/),
  );
  await assert.rejects(locate(source, file, file), failure(/^build-context .* is not a folder/));
});

test('a symbolic link out of the source is neither Dockerfile nor context', async t => {
  const { fetch } = await setUp(t, {
    ...TREE,
    out: { link: '/etc' },
    up: { link: '../..' },
    Dockerfile: { link: '/etc/hosts' },
  });
  const source = await fetch();
  await assert.rejects(locate(source, 'Dockerfile', '.'), failure(/^dockerfile Dockerfile leads out/));
  for (const context of ['out', 'up']) {
    const located = locate(source, 'microservices/ai-services/Dockerfile', context);
    await assert.rejects(located, failure(/^build-context .* leads out of the repository by a symbolic link/));
  }
});

test('a symbolic link within the source is followed', async t => {
  const { fetch, work } = await setUp(t, { ...TREE, current: { link: 'microservices/ai-services' } });
  const place = await locate(await fetch(), 'current/Dockerfile', 'current');
  assert.equal(place.context, join(work, 'src/microservices/ai-services'));
});

const PUSH = { changes: ['microservices/ai-services/', 'libs/common/'] };

test("a push's commit that is the branch's head is what is built", async t => {
  const { fetch, commit } = await setUp(t);
  assert.equal((await fetch({ commit, push: PUSH })).commit, commit);
});

test('a push whose service a later push has changed, whatever came first, is superseded', async t => {
  const { fetch, commit, repository } = await setUp(t);
  const head = commitTree(repository, { 'microservices/ai-services/app.py': 'print(2)\n' });
  await assert.rejects(fetch({ commit, push: PUSH }), {
    name: 'Superseded',
    message: `superseded: main is at ${head.slice(0, 12)} by now, which has another content of this service than ${commit.slice(0, 12)}`,
  });
});

test('a later push that changed another service only supersedes nothing, and its commit is what is built', async t => {
  const { fetch, commit, repository, text } = await setUp(t);
  const head = commitTree(repository, { 'microservices/ai-services-2/app.py': 'print(2)\n', 'a\nb': '' });
  assert.equal((await fetch({ commit, push: PUSH })).commit, head);
  assert.match(text(), /building the newer commit/);
  await assert.rejects(fetch({ commit, push: { changes: ['./'] } }), { name: 'Superseded' });
});

test('a later push that changed files which the service shares supersedes it, too', async t => {
  const { fetch, commit, repository } = await setUp(t);
  commitTree(repository, { 'libs/common/a.py': 'print(2)\n' });
  await assert.rejects(fetch({ commit, push: PUSH }), { name: 'Superseded' });
});

test('a push that a forced push has taken back is superseded, not a missing commit', async t => {
  const { fetch } = await setUp(t);
  await assert.rejects(fetch({ commit: 'e'.repeat(40), push: PUSH }), {
    name: 'Superseded',
    message: /^superseded: main is at [0-9a-f]{12} by now, and eeeeeeeeeeee is no longer in the repository$/,
  });
});

test('such a server is no reason to take a push that was overtaken for one that was taken back', async t => {
  const { fetch, commit, repository } = await setUp(t, TREE, { heads: true });
  const head = commitTree(repository, { 'README.md': '' });
  assert.equal((await fetch({ commit, push: PUSH })).commit, head);
  commitTree(repository, { 'libs/common/a.py': '' });
  await assert.rejects(fetch({ commit, push: PUSH }), /has another content of this service/);
});
