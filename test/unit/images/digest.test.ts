import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOf, isDigest, parseDigest, shortDigest } from '../../../images/digest.ts';
import { digest } from './arbitraries.ts';

const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

test('the digest of bytes and of the same text are one', () => {
  assert.equal(digestOf(''), EMPTY);
  assert.equal(digestOf('ä'), digestOf(Buffer.from('ä', 'utf8')));
});

test('what digestOf gives is a digest, and parseDigest gives a digest back', () => {
  fc.assert(fc.property(fc.uint8Array(), bytes => isDigest(digestOf(bytes))));
  fc.assert(fc.property(digest, text => parseDigest(text) === text));
});

test('a short digest is 12 hexadecimal digits', () => {
  assert.equal(shortDigest(EMPTY), 'e3b0c44298fc');
});

test('what is no digest is refused with what is wrong', () => {
  const rest = '; expected sha256: and 64 lower-case hexadecimal digits';
  const cases: [string, string][] = [
    ['', `digest "": it is empty${rest}`],
    ['abc', `digest "abc": it has no algorithm${rest}`],
    ['md5:00', `digest "md5:00": algorithm "md5" is not supported${rest}`],
    ['sha256:0', `digest "sha256:0": it has 1 digits${rest}`],
    [
      EMPTY.toUpperCase().replace('SHA', 'sha'),
      `digest "${EMPTY.toUpperCase().replace('SHA', 'sha')}": it has characters other than 0-9 and a-f${rest}`,
    ],
    [`${EMPTY}\n`, `digest "${EMPTY}\n": it has characters other than 0-9 and a-f${rest}`],
  ];
  for (const [text, message] of cases) {
    assert.equal(isDigest(text), false, text);
    assert.throws(() => parseDigest(text), { message });
  }
});
