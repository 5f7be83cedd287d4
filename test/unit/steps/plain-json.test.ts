import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlain } from '../../../steps/plain-json.ts';

const plain = (text: string, most?: number, deepest?: number) => isPlain(Buffer.from(text), most, deepest);

test('every object is plain, whatever its texts hold', () => {
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.json()), value => plain(JSON.stringify(value))));
});

test('too many values, too deep a text and anything but an object are not', () => {
  assert.equal(plain('{"a":[1,2,3]}', 4), true);
  assert.equal(plain('{"a":[1,2,3]}', 3), false);
  assert.equal(plain('{"a":"[,[,[,["}', 2), true);
  assert.equal(plain('{"a":"\\"[,[,[,["}', 2), true);
  assert.equal(plain('{"a":[[]]}', 9, 2), false);
  for (const text of ['', ' ', '[]', '"{"', '7']) assert.equal(plain(text), false, text);
});
