import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean, listNearest } from '../../../images/nearest.ts';

test('names are listed from the one with the fewest edits on, whatever their case', () => {
  assert.equal(listNearest('mian', ['release', 'MAIN', 'maintenance']), 'MAIN, release, maintenance');
  assert.equal(listNearest('c', ['b', 'a']), 'a, b');
  assert.equal(listNearest('c', []), 'none');
});

test('of many names five are listed and the rest is counted', () => {
  assert.equal(listNearest('a', ['a', 'b', 'c', 'd', 'e', 'f', 'g']), 'a, b, c, d, e and 2 more');
});

test('only a name that is near enough is suggested', () => {
  assert.equal(didYouMean('xyzzy', ['cuda', 'cpu']), '');
  assert.equal(didYouMean('CUDA', ['cuda', 'cpu']), '; did you mean "cuda"?');
  assert.equal(didYouMean('kitten', ['sitting', 'mitten']), '; did you mean "mitten"?');
});
