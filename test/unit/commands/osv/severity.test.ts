import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Affected, OsvRecord } from '../../../../commands/osv/record.ts';
import { severityOf } from '../../../../commands/osv/severity.ts';

const of = (record: Partial<OsvRecord>, affected: Affected = {}) => severityOf({ id: 'X', ...record }, affected);
const vector = (type: string, score: string) => ({ severity: [{ type, score }] });
const V3 = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U';

test('the severity is that of the CVSS vector, in any of its versions (A7)', () => {
  assert.equal(of(vector('CVSS_V3', `${V3}/C:H/I:H/A:H`)), 'critical'); // 9.8
  assert.equal(of(vector('CVSS_V3', `${V3}/C:N/I:N/A:H`)), 'high'); // 7.5
  assert.equal(of(vector('CVSS_V3', `${V3}/C:L/I:N/A:N`)), 'medium'); // 5.3
  assert.equal(of(vector('CVSS_V3', 'CVSS:3.0/AV:P/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N')), 'low'); // 1.6
  assert.equal(of(vector('CVSS_V2', 'AV:N/AC:L/Au:N/C:P/I:P/A:P')), 'high'); // 7.5
  assert.equal(of(vector('CVSS_V4', 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N')), 'critical');
});

test('of several vectors the worst counts, and a word only where there is none (A7)', () => {
  const both = [vector('CVSS_V3', `${V3}/C:L/I:N/A:N`), vector('CVSS_V3', `${V3}/C:H/I:H/A:H`)].flatMap(
    ({ severity }) => severity,
  );
  assert.equal(of({ severity: both }), 'critical');
  assert.equal(
    of({ ...vector('CVSS_V3', `${V3}/C:L/I:N/A:N`), database_specific: { severity: 'CRITICAL' } }),
    'medium',
  );
  assert.equal(of({ database_specific: { severity: 'MODERATE' } }), 'medium');
  assert.equal(of({}, { ecosystem_specific: { urgency: 'unimportant' } }), 'low');
  assert.equal(of(vector('Ubuntu', 'negligible')), 'low');
  assert.equal(of({}, vector('CVSS_V3', `${V3}/C:N/I:N/A:H`)), 'high');
});

test('what nothing rates, or a vector that is none or not whole, is unknown (A7)', () => {
  assert.equal(of({}), undefined);
  assert.equal(of({}, { ecosystem_specific: { urgency: 'not yet assigned' } }), undefined);
  for (const score of ['nonsense', 'CVSS:3.1/AV:N', '']) assert.equal(of(vector('CVSS_V3', score)), undefined, score);
});
