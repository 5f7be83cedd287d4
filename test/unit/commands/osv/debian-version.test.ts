import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareDebianVersions } from '../../../../commands/osv/debian-version.ts';

const words = fc.constantFrom('~', '+', '.', 'a', 'b', 'Z', 'rc', 'deb', 'bpo', '~~', 'git', '', '');
const numbers = fc.constantFrom('0', '00', '1', '01', '9', '10', '12', '20240101123456789012345', '');
const part = fc.array(fc.tuple(words, numbers), { maxLength: 4 }).map(pairs => pairs.flat().join(''));
const version = fc
  .tuple(fc.constantFrom('', '', '0:', '1:'), fc.constantFrom('0', '1', '12'), part, fc.option(part))
  .map(([epoch, first, rest, revision]) => `${epoch}${first}${rest}${revision ? `-${revision}` : ''}`);

test('versions of Debian are ordered as its policy says (A7)', () => {
  const ascending = [
    '0~~',
    '0~~a',
    '0~',
    '0',
    '0a',
    '0+',
    '1.0~beta1~svn1245',
    '1.0~beta1',
    '1.0',
    '1.0-0+deb12u1',
    '1.0-1~bpo12+1',
    '1.0-1',
    '1.0-1+b1',
    '1.0-1.1',
    '1.0+dfsg-1',
    '1.0.1',
    '1.2-3',
    '1.10-1',
    '1:0.1',
    '2:0',
  ];
  for (const [i, a] of ascending.entries()) {
    for (const [j, b] of ascending.entries()) {
      assert.equal(Math.sign(compareDebianVersions(a, b)), Math.sign(i - j), `${a} and ${b}`);
    }
  }
});

test('no epoch is epoch 0, no revision is revision 0, zeros before a number are nothing (A7)', () => {
  for (const [a, b] of [
    ['1.0', '0:1.0'],
    ['1.0', '1.0-0'],
    ['1.0', '1.00'],
    ['1.0-1', '1.0-01'],
    ['1.a', '1.a0'],
  ])
    assert.equal(compareDebianVersions(a!, b!), 0, `${a} and ${b}`);
});

test('the order is one: of two versions one comes first, and of three (A7)', () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(Math.sign(compareDebianVersions(a, b)) + Math.sign(compareDebianVersions(b, a)), 0);
      if (compareDebianVersions(a, b) <= 0 && compareDebianVersions(b, c) <= 0)
        assert.ok(compareDebianVersions(a, c) <= 0);
    }),
  );
});

test('what is no version is refused (A7)', () => {
  for (const text of ['', '-1', 'a:1', '1_0', '1 0', ':1'])
    assert.throws(() => compareDebianVersions(text, '1'), /no version/);
});

test('dpkg itself orders them the same way (A7)', () => {
  // What `dpkg --compare-versions` of dpkg 1.21.22 said of random versions: ascending, those of one line are the same.
  const lines = readFileSync('test/fixtures/debian-versions.txt', 'utf8').trimEnd().split('\n');
  const versions = lines.flatMap((line, rank) => line.split(' ').map(text => ({ text, rank })));
  for (const a of versions) {
    for (const b of versions) {
      assert.equal(
        Math.sign(compareDebianVersions(a.text, b.text)),
        Math.sign(a.rank - b.rank),
        `${a.text} and ${b.text}`,
      );
    }
  }
});
