import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { withCommits } from '../../../../commands/preview/commits.ts';
import type { Roll } from '../../../../commands/preview/rolls.ts';
import { cerebral } from '../../../../systems/cerebral.ts';
import { temporaryFolder } from '../../steps/support/folder.ts';
import { makeRepository } from '../support/repository.ts';

/** A checkout of the services with a commit for each of `paths`; gives the first 12 digits of each. */
function sources(t: TestContext, paths: string[]): { folder: string; commits: string[] } {
  const folder = temporaryFolder(t);
  const git = makeRepository(folder);
  const commits = paths.map((path, i) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), `${i}`);
    git('add', '--all');
    git('commit', '--quiet', `--message=Change ${i} of ${path}`);
    return git('rev-parse', '--short=12', 'HEAD').trim();
  });
  return { folder, commits };
}

const roll = (from: string, to: string): Roll => ({
  service: 'ai-services',
  from: { image: 'a', commit: from },
  to: { image: 'b', commit: to },
});

const [mine, other] = ['microservices/ai-services/main.py', 'microservices/data-services/main.py'];

test("the commits between are those of the service's files, the latest first, with a link to compare", async t => {
  const { folder, commits } = sources(t, [mine, mine, other, mine]);
  const [first, second, , last] = commits as [string, string, string, string];
  const [found] = await withCommits([roll(first, last)], cerebral, folder);
  assert.deepEqual(found!.commits, [`${last} Change 3 of ${mine}`, `${second} Change 1 of ${mine}`]);
  assert.equal(found!.back, undefined);
  assert.equal(found!.compare, `https://github.com/baerautotech/cerebral/compare/${first}...${last}`);
});

test('a roll back names what it takes back', async t => {
  const { folder, commits } = sources(t, [mine, mine]);
  const [found] = await withCommits([roll(commits[1]!, commits[0]!)], cerebral, folder);
  assert.deepEqual(found!.commits, [`${commits[1]} Change 1 of ${mine}`]);
  assert.equal(found!.back, true);
});

test('a checkout that lacks a commit tells nothing, and no checkout neither: the link stays', async t => {
  const { folder, commits } = sources(t, [mine]);
  const away = 'f'.repeat(12);
  for (const sources of [folder, undefined]) {
    const [found] = await withCommits([roll(commits[0]!, away)], cerebral, sources);
    assert.equal(found!.commits, undefined);
    assert.match(found!.compare!, /compare/);
  }
});

test('commits that nobody knows are compared with nothing; a host that has no such page gets no link', async () => {
  const rolls = [roll('unknown', 'f'.repeat(12)), roll('a'.repeat(12), 'a'.repeat(12))];
  assert.deepEqual(await withCommits(rolls, cerebral), rolls);
  const elsewhere = { ...cerebral, repository: { ...cerebral.repository, url: 'https://git.example.com/a/b' } };
  const [found] = await withCommits([roll('a'.repeat(12), 'b'.repeat(12))], elsewhere);
  assert.equal(found!.compare, undefined);
});
