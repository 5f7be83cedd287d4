// Private repositories: tokens and keys of the stack, and what of them is seen.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { StepFailure } from '../../../steps/failure.ts';
import { type FetchRequest, fetchSource } from '../../../steps/fetch.ts';
import { type GitCredential, giveAccess, parseCredentials } from '../../../steps/git-access.ts';
import { recordedLog, temporaryFolder } from './support/folder.ts';
import { commitTree, serveGit } from './support/git-server.ts';

const TOKEN = 'hunter@two/three:4%';

async function setUp(t: TestContext) {
  const folder = temporaryFolder(t);
  const repository = join(folder, 'git/cerebral');
  const commit = commitTree(repository, { 'app.py': 'print(1)\n' });
  const server = await serveGit(join(folder, 'git'), { password: TOKEN });
  t.after(server.stop);
  const { log, text } = recordedLog();
  // What is left there would be seen.
  const { TMPDIR } = process.env;
  process.env.TMPDIR = join(folder, 'tmp');
  mkdirSync(process.env.TMPDIR);
  t.after(() => {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  });
  const repoUrl = `${server.url}/cerebral`;
  const fetch = (credentials: GitCredential[], more: Partial<FetchRequest> = {}) => {
    const credentialsFile = join(folder, 'credentials.json');
    writeFileSync(credentialsFile, JSON.stringify(credentials));
    const work = join(folder, 'work');
    const request = { repoUrl, branch: 'main', gitSettings: [], credentialsFile, work, env: process.env, retries: 0 };
    return fetchSource({ ...request, ...more }, log);
  };
  return { folder, commit, server, text, repoUrl, fetch };
}

const holdsSecret = (text: string) =>
  [TOKEN, encodeURIComponent(TOKEN), Buffer.from(`robot:${TOKEN}`).toString('base64')].some(one => text.includes(one));

test('a token opens the repositories of its host, whatever characters it has', async t => {
  const { fetch, commit, server } = await setUp(t);
  const credential = { url: server.url, username: 'robot', token: TOKEN };
  assert.equal((await fetch([credential])).commit, commit);
  const sent = Buffer.from(server.authorized[0]!.replace('Basic ', ''), 'base64').toString();
  assert.equal(sent, `robot:${TOKEN}`);
  await assert.rejects(fetch([{ ...credential, token: 'another' }]), (error: Error) => {
    assert.match(error.message, /is not there, or needs credentials .*slipway:gitCredentials/);
    return error instanceof StepFailure;
  });
});

test('a host without a token of its own, and one that it redirects to, are not told another’s', async t => {
  const { fetch, folder, server, repoUrl } = await setUp(t);
  const foreign = await serveGit(join(folder, 'git'), { password: 'something else' });
  const redirecting = await serveGit(join(folder, 'git'), { redirect: foreign.url });
  t.after(foreign.stop);
  t.after(redirecting.stop);
  const credentials = [
    { url: server.url, username: 'robot', token: TOKEN },
    { url: redirecting.url, username: 'robot', token: TOKEN },
  ];
  const needs = /needs credentials/;
  await assert.rejects(fetch(credentials, { repoUrl: repoUrl.replace(server.url, foreign.url) }), needs);
  await assert.rejects(fetch(credentials, { repoUrl: repoUrl.replace(server.url, redirecting.url) }), needs);
  assert.deepEqual(foreign.authorized, []);
});

test('the token is in no line, no reason and no file that stays, well or not', async t => {
  const { fetch, server, folder, text } = await setUp(t);
  const credential = { url: server.url, username: 'robot', token: TOKEN };
  await fetch([credential]);
  const failing = fetch([credential], { repoUrl: `${server.url}/nothing` });
  await assert.rejects(failing, (error: StepFailure) => !holdsSecret(`${error.message}${error.details}${error.stack}`));
  assert.ok(!holdsSecret(text()));
  assert.deepEqual(readdirSync(join(folder, 'tmp')), []);
  const left = readdirSync(join(folder, 'work'), { recursive: true, withFileTypes: true });
  for (const entry of left.filter(one => one.isFile())) {
    assert.ok(!holdsSecret(readFileSync(join(entry.parentPath, entry.name), 'latin1')), entry.name);
  }
});

test('git is told by files that nobody else may read, and that go when it is done', async () => {
  const access = await giveAccess([{ url: 'https://git.example.com', username: 'robot', token: TOKEN }]);
  const [, helper = ''] = access.settings[0]!;
  const file = /^store --file='(.*)'$/.exec(helper)![1]!;
  assert.equal(readFileSync(file, 'utf8'), `https://robot:${encodeURIComponent(TOKEN)}@git.example.com\n`);
  assert.equal(statSync(file).mode & 0o077, 0);
  assert.equal(statSync(dirname(file)).mode & 0o077, 0);
  assert.ok(!holdsSecret(JSON.stringify([access.settings, access.env])));
  await access.end();
  assert.equal(existsSync(file), false);
});

// In the place of ssh: keeps what it was called with, and is the far end itself.
const SSH = (folder: string) => `#!/bin/sh
printf '%s\\n' "$@" > '${folder}/arguments'
cp "$2" '${folder}/config'
key=$(sed -n 's/^ *IdentityFile "\\(.*\\)"$/\\1/p' "$2")
hosts=$(sed -n 's/^ *UserKnownHostsFile "\\(.*\\)"$/\\1/p' "$2")
cp -p "$key" '${folder}/key'
cp "$hosts" '${folder}/hosts'
for last; do :; done
cd '${folder}/git' && exec sh -c "$(echo "$last" | sed "s,'/,',")"
`;

test('an SSH key is given to ssh for its host, with the only host keys that it may meet', async t => {
  const { fetch, folder, commit } = await setUp(t);
  writeFileSync(join(folder, 'ssh'), SSH(folder));
  chmodSync(join(folder, 'ssh'), 0o755);
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const key = '-----BEGIN OPENSSH PRIVATE KEY-----\r\nAAAA\r\n-----END OPENSSH PRIVATE KEY-----';
  const knownHosts = 'git.example.com ssh-ed25519 AAAA';
  const credential = { url: 'ssh://git@git.example.com', key, knownHosts };
  const source = await fetch([credential], { repoUrl: 'ssh://git@git.example.com/cerebral', env });
  assert.equal(source.commit, commit);
  const config = readFileSync(join(folder, 'config'), 'utf8');
  assert.match(
    config,
    /^Host git\.example\.com\n {2}IdentityFile "[^"]+"\n {2}IdentitiesOnly yes\n {2}UserKnownHostsFile/,
  );
  assert.match(
    config,
    /\nHost \*\n {2}BatchMode yes\n {2}StrictHostKeyChecking yes\n {2}UserKnownHostsFile \/dev\/null/,
  );
  assert.equal(readFileSync(join(folder, 'key'), 'utf8'), `${key.replaceAll('\r', '')}\n`, 'as ssh reads keys');
  assert.equal(readFileSync(join(folder, 'hosts'), 'utf8'), `${knownHosts}\n`);
  assert.ok(!readFileSync(join(folder, 'arguments'), 'utf8').includes('PRIVATE KEY'));
});

test('a host whose key is not known is refused, and the key to set is named', async t => {
  const { fetch, folder } = await setUp(t);
  writeFileSync(join(folder, 'ssh'), '#!/bin/sh\necho "Host key verification failed." >&2\nexit 255\n');
  chmodSync(join(folder, 'ssh'), 0o755);
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  await assert.rejects(fetch([], { repoUrl: 'ssh://git@git.example.com/cerebral', env }), {
    message:
      'repository ssh://***@git.example.com/cerebral is at a host whose key the stack does not know; ' +
      'name it in slipway:gitCredentials, with its knownHosts',
  });
});

test('credentials that are none are refused in a line that quotes nothing', () => {
  const entries = [
    ...['', 'hunter2', '{}', '[null]', '[{"url":"https://x"}]', '[{"url":"no url","username":"a","token":"hunter2"}]'],
    '[{"url":"ssh://x","key":"hunter2"}]',
  ];
  for (const text of entries) {
    assert.throws(() => parseCredentials(text), {
      message: `${text.length} characters that are no list of credentials`,
    });
  }
});
