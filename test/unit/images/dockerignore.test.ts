import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIgnore } from '../../../images/dockerignore.ts';

/** Those of `paths` that a build still sees. */
const seen = (text: string, paths: string[]) => paths.filter(path => !parseIgnore(text).hides(path));

test('a build sees all where nothing is ignored; comments and empty lines ignore nothing', () => {
  assert.deepEqual(seen('\uFEFF# *\n\n  \n', ['a', 'b/c']), ['a', 'b/c']);
});

test('the last pattern that matches decides, and a folder stands for all below it', () => {
  const text = '*\n!docker\ndocker/*\n!docker/requirements-*.txt\n!docker/step/dist';
  const paths = ['main.ts', 'docker/README.md', 'docker/requirements-a.txt', 'docker/step/a', 'docker/step/dist/b/c'];
  assert.deepEqual(seen(text, paths), ['docker/requirements-a.txt', 'docker/step/dist/b/c']);
});

test('a star stays within a name, two do not, and neither minds a leading dot', () => {
  assert.deepEqual(seen('*.md', ['a.md', 'b/a.md', '.md']), ['b/a.md']);
  assert.deepEqual(seen('**/*.md', ['a.md', 'b/c/a.md', 'a.txt']), ['a.txt']);
  assert.deepEqual(seen('a/**', ['a/b', 'a/b/c', 'ab']), ['ab']);
  assert.deepEqual(seen('a/**/z', ['a/z', 'a/b/c/z', 'a/b/y']), ['a/b/y']);
  assert.deepEqual(seen('**', ['a', 'b/c']), []);
  assert.deepEqual(seen('?at', ['cat', 'at', 'c/at']), ['at', 'c/at']);
});

test('what a regular expression means by a letter, a pattern does not', () => {
  assert.deepEqual(seen('a.b\n(c)\nd+', ['axb', 'a.b', 'c', '(c)', 'dd', 'd+']), ['axb', 'c', 'dd']);
  assert.deepEqual(seen('\\*\n\\d', ['*', 'x', 'd', '7']), ['x', '7']);
  assert.deepEqual(seen('[a-c]x\n[^q]y', ['bx', 'dx', 'ay', 'qy']), ['dx', 'qy']);
});

test('slashes, dots and spaces around a pattern say nothing', () => {
  assert.deepEqual(seen(' /a/ \n./b/./c\nd/../e\n! f', ['a', 'a/x', 'b/c', 'd', 'e', 'f']), ['d', 'f']);
});

test('a folder is looked into only where an exception may reach', () => {
  const ignore = parseIgnore('*\n!docker/step/dist\n!**/keep\n');
  assert.equal(ignore.hidesAll('docker'), false);
  const { hidesAll } = parseIgnore('*\n!docker/step/dist\n!src/**/keep\n');
  assert.deepEqual(['docker', 'docker/step', 'docker/other', 'node_modules', 'src', 'src/a/b'].filter(hidesAll), [
    'docker/other',
    'node_modules',
  ]);
});

test('a pattern that is none is named with its line', () => {
  assert.throws(() => parseIgnore('a\n[b'), { message: 'line 2: "[b" is no pattern; a "[" wants its "]"' });
});
