import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findSystem, systemNames } from '../../../systems/lookup.ts';
import { changesFault } from '../../../systems/paths.ts';

test('the files of every service of the catalogues are named so that a push can be told from them', () => {
  for (const system of systemNames.map(findSystem)) {
    for (const { name, changes } of system.builtBy === 'pipeline' ? system.services : []) {
      assert.ok(changes.length > 0, name);
      for (const path of changes) assert.equal(changesFault(path), undefined, path);
    }
  }
});

test('a folder, a file and the whole repository will do', () => {
  for (const path of ['libs/common/', 'VERSION', 'docker/Dockerfile.x', '.github/', './', 'a..b/']) {
    assert.equal(changesFault(path), undefined, path);
  }
});

test('a path that means nothing, more than one thing, or something outside is no path of a service', () => {
  for (const path of [
    '',
    '/',
    '/libs/',
    'libs//a',
    '../libs/',
    'libs/../a',
    '.',
    './libs/',
    'libs/*',
    'li bs/',
    'a\\b',
  ]) {
    assert.match(changesFault(path)!, /^a folder with "\/" at its end or a file, from the root/, path);
  }
});
