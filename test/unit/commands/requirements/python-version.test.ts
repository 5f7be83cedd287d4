import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareVersions } from '../../../../commands/requirements/python-version.ts';

test('versions are in the order of PEP 440', () => {
  const ordered = [
    ...['1.dev0', '1.0.dev456', '1.0a1', '1.0a2.dev456', '1.0a12.dev456', '1.0a12', '1.0b1.dev456', '1.0b2'],
    ...['1.0b2.post345.dev456', '1.0b2.post345', '1.0rc1.dev456', '1.0rc1', '1.0', '1.0.post456.dev34', '1.0.post456'],
    ...['1.0.15', '1.1.dev1', '1.9', '1.10', '2024.1', '1!0.1'],
  ];
  for (const [i, version] of ordered.entries()) {
    for (const [j, other] of ordered.entries()) {
      assert.equal(Math.sign(compareVersions(version, other)), Math.sign(i - j), `${version} and ${other}`);
    }
  }
});

test('one version has many spellings', () => {
  const spellings: [string, string][] = [
    ['1.0', '1.0.0'],
    ['1.0', 'v1.0'],
    ['1.0rc1', '1.0-RC.1'],
    ['1.0rc1', '1.0c1'],
    ['1.0a1', '1.0.alpha1'],
    ['1.0b0', '1.0beta'],
    ['1.0.post1', '1.0-1'],
    ['1.0.post1', '1.0.rev1'],
    ['2.4.1', '2.4.1+cpu'],
  ];
  for (const [one, other] of spellings) assert.equal(compareVersions(one, other), 0, `${one} and ${other}`);
});

test('the order holds for any two versions, both ways', () => {
  const version = fc.stringMatching(/^(1!)?[0-9]{1,2}(\.[0-9]{1,2}){0,2}((a|b|rc)[0-9])?(\.post[0-9])?(\.dev[0-9])?$/);
  fc.assert(
    fc.property(version, version, (a, b) => {
      assert.equal(compareVersions(a, b) + compareVersions(b, a), 0);
      assert.equal(compareVersions(a, a), 0);
    }),
  );
});

test('what is no version is named', () => {
  assert.throws(() => compareVersions('1.0', 'two'), { message: '"two" is no version of a Python package' });
});
