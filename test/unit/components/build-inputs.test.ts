import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { buildInputs, foldFiles } from '../../../components/build-inputs.ts';

/** A folder with `files` (path, text) and a Dockerfile; its path from here, as a component is given it. */
function context(t: TestContext, files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-context-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries({ Dockerfile: 'FROM scratch\n', ...files })) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
    chmodSync(join(folder, path), 0o644);
  }
  return relative('.', folder);
}

const inputs = (folder: string, dockerfile = 'Dockerfile') =>
  Object.fromEntries(
    Object.entries(buildInputs(join(folder, dockerfile), folder)).map(([path, print]) => [
      relative(folder, path),
      print,
    ]),
  );

test('each file that a build can see is named, and no other', t => {
  const folder = context(t, {
    '.dockerignore': '*\n!src\nsrc/*.md\n',
    'src/a.py': 'a',
    'src/b.md': 'b',
    'node_modules/c': 'c',
  });
  assert.deepEqual(Object.keys(inputs(folder)), ['Dockerfile', 'src/a.py']);
});

test("the Dockerfile's own ignore file comes before the context's", t => {
  const folder = context(t, { '.dockerignore': '', 'Dockerfile.dockerignore': '*\n!a', a: 'a', b: 'b' });
  assert.deepEqual(Object.keys(inputs(folder)), ['Dockerfile', 'a']);
});

test('another content or another right to run is another fingerprint; a time is not', t => {
  const folder = context(t, { a: 'one' });
  const before = inputs(folder);
  utimesSync(join(folder, 'a'), new Date(0), new Date(0));
  chmodSync(join(folder, 'a'), 0o600);
  assert.deepEqual(inputs(folder), before);
  chmodSync(join(folder, 'a'), 0o755);
  const runs = inputs(folder);
  assert.notEqual(runs.a, before.a);
  writeFileSync(join(folder, 'a'), 'two');
  assert.notEqual(inputs(folder).a, runs.a);
  assert.equal(inputs(folder).Dockerfile, before.Dockerfile);
});

test('a link counts by what it leads to; one that leads nowhere is no file', t => {
  const folder = context(t, { a: 'one', 'sub/b': 'b' });
  symlinkSync('a', join(folder, 'link'));
  symlinkSync('nowhere', join(folder, 'broken'));
  symlinkSync('sub', join(folder, 'folder'));
  const found = inputs(folder);
  assert.deepEqual(Object.keys(found), ['Dockerfile', 'a', 'link', 'sub/b']);
  assert.equal(found.link, found.a);
});

test('a faulty ignore file is one line with its name', t => {
  const folder = context(t, { '.dockerignore': 'a\n[' });
  assert.throws(() => inputs(folder), { message: /\.dockerignore, line 2: "\[" is no pattern/ });
});

test('more files than a person reads are named by their folders, which change with any file in them', () => {
  const files = ['README', 'a/x/1', 'a/x/2', 'a/y/3', 'b/4'].map((path): [string, string] => [
    path,
    `print of ${path}`,
  ]);
  assert.deepEqual(foldFiles(files, 5), files);
  const names = (most: number) => foldFiles(files, most).map(([name]) => name);
  assert.deepEqual(names(4), ['README', 'a/x/', 'a/y/', 'b/4']);
  assert.deepEqual(names(3), ['README', 'a/', 'b/']);
  const other = files.map(([path, print]): [string, string] => [path, path === 'a/x/2' ? 'other' : print]);
  const [before, after] = [new Map(foldFiles(files, 4)), new Map(foldFiles(other, 4))];
  assert.deepEqual(
    [...before.keys()].filter(name => before.get(name) !== after.get(name)),
    ['a/x/'],
  );
});
