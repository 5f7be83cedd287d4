import assert from 'node:assert/strict';
import { test } from 'node:test';
import { declaresEpoch, sourceDateEpoch } from '../../../images/reproducible.ts';

test('the fixed time is one that a zip can hold', () => {
  assert.equal(new Date(1000 * sourceDateEpoch).toISOString(), '1980-01-01T00:00:00.000Z');
});

test('times are rewritten only where a stage declares SOURCE_DATE_EPOCH', () => {
  assert.equal(declaresEpoch('FROM a\nARG SOURCE_DATE_EPOCH\nRUN x'), true);
  assert.equal(declaresEpoch('FROM a\nARG A=1 SOURCE_DATE_EPOCH=0\n'), true);
  assert.equal(declaresEpoch('ARG SOURCE_DATE_EPOCH\nFROM a\nRUN x'), false);
  assert.equal(declaresEpoch('FROM a\n# ARG SOURCE_DATE_EPOCH\n'), false);
  assert.equal(declaresEpoch('FROM a\nARG SOURCE_DATE_EPOCHS\n'), false);
});
