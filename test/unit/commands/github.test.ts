// The workflows' words with GitHub, against an API over HTTP that has a pull request's comments and a stack's deployments.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { type GitHub, githubOf } from '../../../commands/github/client.ts';
import { type Comment, comment } from '../../../commands/github/comment.ts';
import { reviewed } from '../../../commands/github/reviewed.ts';
import { COMMENT_MARK, printComment } from '../../../commands/preview/markdown.ts';
import { parsePlans } from '../../../commands/preview/plan.ts';
import { temporaryFolder } from '../steps/support/folder.ts';
import { report, roll } from './preview/reports.ts';
import { workInRepository } from './support/repository.ts';

const bot = { login: 'github-actions[bot]' };
const head = 'f'.repeat(40);

interface Fake {
  github: GitHub;
  /** By pull request. */
  comments: Record<number, Comment[]>;
  /** Answers by path below the repository, without the query. */
  answers: Record<string, unknown>;
  requests: string[];
}

async function fake(t: TestContext, token = 'a token'): Promise<Fake> {
  const comments: Fake['comments'] = {};
  const answers: Fake['answers'] = {};
  const requests: string[] = [];
  const server = http.createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname.replace('/repos/owner/name/', '');
    requests.push(`${request.method} ${path}`);
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (request.headers.authorization !== 'Bearer a token') return answer(403, { message: 'Resource not accessible' });
    const written = (await text(request)) || '{}';
    const [, pull] = /^issues\/(\d+)\/comments$/.exec(path) ?? [];
    const [, id] = /^issues\/comments\/(\d+)$/.exec(path) ?? [];
    if (pull !== undefined) {
      const list = comments[Number(pull)] ?? [];
      comments[Number(pull)] = list;
      if (request.method === 'POST')
        return answer(201, list.push({ id: 900 + list.length, user: bot, ...JSON.parse(written) }));
      const page = Number(searchParams.get('page'));
      const size = Number(searchParams.get('per_page'));
      return answer(200, list.slice((page - 1) * size, page * size));
    }
    if (id !== undefined && request.method === 'PATCH') {
      const found = Object.values(comments)
        .flat()
        .find(item => item.id === Number(id));
      Object.assign(found!, JSON.parse(written));
      return answer(200, found);
    }
    return path in answers ? answer(200, answers[path]) : answer(404, { message: 'Not Found' });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const github = githubOf({ GITHUB_REPOSITORY: 'owner/name', GITHUB_TOKEN: token, GITHUB_API_URL: url });
  return { github, comments, answers, requests };
}

function reports(t: TestContext, ...stacks: string[]): string[] {
  const folder = temporaryFolder(t);
  return stacks.map(stack => {
    const file = join(folder, `${stack}.json`);
    writeFileSync(file, JSON.stringify(report({ stack, rolls: [roll('ai-services', 'a', 'b')] })));
    return file;
  });
}

test('previews share one comment, which the next ones edit', async t => {
  const { github, comments } = await fake(t);
  comments[7] = [{ id: 1, user: { login: 'joe' }, body: `${COMMENT_MARK}\nan imitation` }];
  const files = reports(t, 'dev');
  assert.equal(await comment(github, 7, { stacks: ['dev'], reports: files, head }), '#7 has its comment');
  assert.match(comments[7]![1]!.body, /`dev`: 1 service rolls/);
  const both = { stacks: ['dev', 'prod'], reports: files, head };
  assert.equal(await comment(github, 7, both), 'the comment of #7 is edited');
  assert.equal(await comment(github, 7, both), 'the comment of #7 says so already');
  assert.equal(comments[7]!.length, 2);
  assert.match(comments[7]![1]!.body, /`prod`: no preview/);
  assert.equal(comments[7]![0]!.body, `${COMMENT_MARK}\nan imitation`);
});

test('the comment is found behind a page of others', async t => {
  const { github, comments } = await fake(t);
  const others = Array.from({ length: 150 }, (_, id) => ({ id, user: { login: 'joe' }, body: 'words' }));
  comments[7] = [...others, { id: 500, user: bot, body: `${COMMENT_MARK}\nold` }];
  assert.equal(await comment(github, 7, { stacks: [], reports: [], head }), 'the comment of #7 is edited');
  assert.match(comments[7]!.at(-1)!.body, /This change touches no stack/);
});

test('a change that touches no stack gets no comment', async t => {
  const { github, comments } = await fake(t);
  assert.equal(await comment(github, 7, { stacks: [], reports: [], head }), '#7 touches no stack: no comment');
  assert.deepEqual(comments[7], []);
});

test('a token that may not write, and an environment that lacks something, are one line each', async t => {
  const { github } = await fake(t, 'another');
  await assert.rejects(comment(github, 7, { stacks: ['dev'], reports: [], head }), {
    message:
      /^GitHub answered 403 to GET issues\/7\/comments.*: Resource not accessible; the job's permissions may lack it/,
  });
  assert.throws(() => githubOf({ GITHUB_TOKEN: 'a' }), {
    message: /^GITHUB_REPOSITORY: found ""; expected owner\/name/,
  });
  assert.throws(() => githubOf({ GITHUB_REPOSITORY: 'a/b' }), { message: /^GITHUB_TOKEN is not set/ });
});

/** Works in a repository of `count` commits until the test ends; gives them, the first first. */
function history(t: TestContext, count: number): string[] {
  const { git } = workInRepository(t);
  return Array.from({ length: count }, (_, i) => {
    git('commit', '--quiet', '--allow-empty', `--message=${i}`);
    return git('rev-parse', 'HEAD').trim();
  });
}

const bodyOf = (service: string, of = head) => printComment([report({ rolls: [roll(service, 'a', 'b')] })], [], of);

test('the reviews of everything since the last deployment that succeeded are gathered, and of nothing before', async t => {
  const commits = history(t, 4);
  const { github, comments, answers } = await fake(t);
  answers.deployments = [
    { id: 12, sha: commits[2] },
    { id: 11, sha: commits[1] },
  ];
  answers['deployments/12/statuses'] = [{ state: 'failure' }];
  answers['deployments/11/statuses'] = [{ state: 'success' }];
  const pull = (number: number, sha = head) => ({ number, merged_at: 'then', head: { sha } });
  answers[`commits/${commits[2]}/pulls`] = [pull(1)];
  answers[`commits/${commits[3]}/pulls`] = [pull(2), { ...pull(3), merged_at: null }];
  comments[1] = [{ id: 1, user: bot, body: bodyOf('first-services') }];
  comments[2] = [
    { id: 2, user: { login: 'joe' }, body: bodyOf('forged-services') },
    { id: 3, user: bot, body: bodyOf('second-services') },
  ];
  comments[3] = [{ id: 4, user: bot, body: bodyOf('never-merged') }];
  const { text, notes } = await reviewed(github, 'prod', commits[0]!);
  const services = parsePlans(text).flatMap(({ rolls }) => Object.keys(rolls));
  assert.deepEqual(services.sort(), ['first-services', 'second-services']);
  assert.deepEqual(notes, []);
});

test('a preview of an older commit than was merged is no review, nor is a push without a pull request', async t => {
  const commits = history(t, 3);
  const { github, comments, answers } = await fake(t);
  answers.deployments = [];
  answers[`commits/${commits[1]}/pulls`] = [];
  answers[`commits/${commits[2]}/pulls`] = [{ number: 5, merged_at: 'then', head: { sha: 'e'.repeat(40) } }];
  comments[5] = [{ id: 1, user: bot, body: bodyOf('ai-services') }];
  const { text, notes } = await reviewed(github, 'prod', commits[0]!);
  assert.deepEqual(parsePlans(text), []);
  assert.deepEqual(notes, [
    '#5 was merged at eeeeeeeeeeee, and its preview is of ffffffffffff: no review of it',
    `${commits[1]!.slice(0, 12)} came without a pull request: no review of it`,
  ]);
});
