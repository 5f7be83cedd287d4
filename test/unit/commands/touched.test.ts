import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { touched, touchedBy } from '../../../commands/touched.ts';
import { workInRepository } from './support/repository.ts';

const stacks = [
  { stack: 'dev', lock: 'locks/dev.yaml' },
  { stack: 'staging', lock: 'elsewhere/staging.yaml' },
  { stack: 'prod', lock: 'locks/prod.yaml' },
];
const all = ['dev', 'staging', 'prod'];

test('a stack file and a lock touch their stack alone', () => {
  assert.deepEqual(touchedBy(['Pulumi.prod.yaml', 'docs/a.md'], stacks), ['prod']);
  assert.deepEqual(touchedBy(['locks/dev.yaml'], stacks), ['dev']);
  assert.deepEqual(touchedBy(['elsewhere/staging.yaml', 'locks/prod.yaml'], stacks), ['staging', 'prod']);
  assert.deepEqual(touchedBy(['Pulumi.local.yaml', 'locks/local.yaml'], stacks), []);
});

test('whatever the program is made of touches all stacks, and so does a folder that nobody has thought of', () => {
  for (const path of [
    'index.ts',
    'systems/cerebral.ts',
    'docker/requirements-unified.txt',
    'images/lock.ts',
    'new/x.ts',
  ]) {
    assert.deepEqual(touchedBy([path], stacks), all, path);
  }
});

test('tests, docs and the sandbox touch none', () => {
  const paths = [
    'test/unit/x.test.ts',
    'docs/a.md',
    'sandbox/main.ts',
    'README.md',
    '.github/workflows/ci.yml',
    'samples/a',
  ];
  assert.deepEqual(touchedBy(paths, stacks), []);
});

test('no folder that the program imports is called untouched', () => {
  const program = [
    'bundle',
    'images',
    'cluster',
    'systems',
    'settings',
    'components',
    'program',
    'steps',
    'commands',
    'docker',
    'bin',
  ];
  for (const folder of program) {
    assert.ok(readdirSync(folder).length > 0);
    assert.deepEqual(touchedBy([`${folder}/x`], stacks), all, folder);
  }
});

/** A repository with a commit for each of `commits` (path, text or gone); works in it until the test ends. */
function repository(t: TestContext, ...commits: Record<string, string | undefined>[]): void {
  const { folder, git } = workInRepository(t);
  for (const files of commits) {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      if (text === undefined) rmSync(join(folder, path));
      else writeFileSync(join(folder, path), text);
    }
    git('add', '--all');
    git('commit', '--quiet', '--message=a commit');
  }
}

const first = {
  'Pulumi.dev.yaml': 'config: {}\n',
  'Pulumi.local.yaml': 'config: {}\n',
  'Pulumi.prod.yaml': 'config: { "slipway:lock": pinned/prod.yaml }\n',
  'pinned/prod.yaml': 'a\n',
};

test('what changed is asked of git, and the lock that a stack file names is its lock', async t => {
  repository(t, first, { 'pinned/prod.yaml': 'b\n', 'docs/ä b.md': 'c\n' });
  assert.deepEqual(await touched('HEAD~1'), ['prod']);
  assert.deepEqual(await touched('HEAD~1', ['dev']), []);
});

test('a file that moved counts at both places', async t => {
  repository(t, { ...first, 'components/x': 'a text\n' }, { 'components/x': undefined, 'docs/x': 'a text\n' });
  assert.deepEqual(await touched('HEAD~1'), ['dev', 'local', 'prod']);
});

test('without anything before, all stacks are meant, in the order that is asked for', async t => {
  repository(t, first);
  assert.deepEqual(await touched(undefined), ['dev', 'local', 'prod']);
  assert.deepEqual(await touched('0'.repeat(40), ['prod', 'dev']), ['prod', 'dev']);
});

test('an unknown stack and an unknown commit are one line each', async t => {
  repository(t, first);
  await assert.rejects(touched(undefined, ['dve']), {
    message: 'there is no stack "dve"; there are dev, local, prod; did you mean "dev"?',
  });
  await assert.rejects(touched('f'.repeat(40)), {
    message: /^what changed since f+ can't be told: .*fetch-depth: 0\)$/,
  });
  await assert.rejects(touched('--output=x'), { message: '"--output=x" is no commit or branch' });
});
