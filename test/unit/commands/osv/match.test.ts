import assert from 'node:assert/strict';
import { test } from 'node:test';
import { vulnerabilities } from '../../../../commands/osv/match.ts';
import type { Affected, OsvRecord } from '../../../../commands/osv/record.ts';

const advisory = (id: string, affected: Partial<Affected>, more: Partial<OsvRecord> = {}): OsvRecord => ({
  id,
  summary: `About ${id}`,
  affected: [{ package: { ecosystem: 'PyPI', name: 'torch' }, ...affected }],
  ...more,
});

const range = (...events: Record<string, string>[]) => ({ ranges: [{ type: 'ECOSYSTEM', events }] });

/** What is found for torch in `version`. */
const found = (version: string, ...records: OsvRecord[]) =>
  vulnerabilities(records, [{ ecosystem: 'PyPI', name: 'torch', version }])[0]!;

test('a version in a range is vulnerable, and the fix is named', () => {
  const one = advisory('GHSA-1', range({ introduced: '1.0' }, { fixed: '2.6.0' }), { aliases: ['CVE-2025-1'] });
  assert.deepEqual(found('2.4.1', one), [
    { ids: ['CVE-2025-1', 'GHSA-1'], summary: 'About GHSA-1', severity: undefined, fixed: '2.6.0' },
  ]);
  assert.deepEqual(found('2.4.1+cpu', one).length, 1);
  for (const version of ['0.9', '1.0rc1', '2.6.0', '2.10']) assert.deepEqual(found(version, one), [], version);
});

test('a range may begin again, end with its last version, or never', () => {
  const twice = advisory(
    'GHSA-2',
    range({ introduced: '0' }, { fixed: '1.13.1' }, { introduced: '2.0.0' }, { fixed: '2.2.1' }),
  );
  assert.deepEqual(
    ['1.13.0', '1.13.1', '2.0.0', '2.2.1'].map(version => found(version, twice).length),
    [1, 0, 1, 0],
  );
  const last = advisory('GHSA-3', range({ introduced: '0' }, { last_affected: '2.4.1' }));
  assert.equal(found('2.4.1', last)[0]!.fixed, undefined);
  assert.deepEqual(found('2.4.2', last), []);
  assert.equal(found('99', advisory('GHSA-4', range({ introduced: '0' }))).length, 1);
});

test('a version that is listed is vulnerable, in whatever spelling, and commits are no versions', () => {
  const listed = advisory('PYSEC-1', {
    versions: ['2.4.1.0'],
    ranges: [{ type: 'GIT', events: [{ introduced: '0' }] }],
  });
  assert.equal(found('2.4.1', listed).length, 1);
  assert.deepEqual(found('2.4.0', listed), []);
});

test('the same vulnerability from two databases is one', () => {
  const both = [
    advisory('PYSEC-1', { versions: ['2.4.1'] }, { aliases: ['CVE-2025-1'], summary: '' }),
    advisory('GHSA-1', range({ introduced: '0' }, { fixed: '2.6.0' }), { aliases: ['CVE-2025-1'] }),
  ];
  assert.deepEqual(found('2.4.1', ...both), [
    { ids: ['CVE-2025-1', 'GHSA-1', 'PYSEC-1'], summary: 'About GHSA-1', severity: undefined, fixed: '2.6.0' },
  ]);
});

test('withdrawn ones, other ecosystems and other packages do not count; names are compared as indexes do', () => {
  const all = range({ introduced: '0' });
  const elsewhere = (ecosystem: string, name: string) => advisory('X', { ...all, package: { ecosystem, name } });
  assert.deepEqual(found('2.4.1', advisory('X', all, { withdrawn: '2025-01-01T00:00:00Z' })), []);
  assert.deepEqual(found('2.4.1', elsewhere('npm', 'torch'), elsewhere('PyPI', 'torchvision')), []);
  assert.equal(found('2.4.1', elsewhere('PyPI', 'Torch')).length, 1);
});

test('a database with versions that are none is read as far as it goes', () => {
  const odd = advisory('X', { versions: ['2004d', '2.4.1'], ...range({ introduced: '0' }, { fixed: 'unreleased' }) });
  assert.equal(found('2.4.1', odd).length, 1);
});

const about = (ecosystem: string, name: string, more: Partial<Affected>, id = 'X', rest: Partial<OsvRecord> = {}) => ({
  id,
  affected: [{ package: { ecosystem, name }, ...more }],
  ...rest,
});
const idsOf = (ecosystem: string, name: string, version: string, ...records: OsvRecord[]) =>
  vulnerabilities(records, [{ ecosystem, name, version }])[0]!.map(({ ids }) => ids.join(' '));

test("each ecosystem's versions are compared by its own rules (A7)", () => {
  const before = (fixed: string, type = 'ECOSYSTEM'): Partial<Affected> => ({
    ranges: [{ type, events: [{ introduced: '0' }, { fixed }] }],
  });
  const debian = about('Debian:12', 'openssl', before('3.0.15-1~deb12u1'));
  assert.equal(idsOf('Debian:12', 'openssl', '3.0.15-1~deb12u1~bpo1', debian).length, 1);
  assert.equal(idsOf('Debian:12', 'openssl', '3.0.15-1', debian).length, 0);
  const go = about('Go', 'stdlib', before('1.22.3', 'SEMVER'));
  for (const [version, hits] of [
    ['1.22', 1],
    ['go1.22.2', 1],
    ['1.22rc1', 1],
    ['1.22.10', 0],
  ] as const)
    assert.equal(idsOf('Go', 'stdlib', version, go).length, hits, version);
  const module = about('Go', 'golang.org/x/net', before('0.17.0', 'SEMVER'));
  assert.equal(idsOf('Go', 'golang.org/x/net', 'v0.9.0', module).length, 1);
  assert.equal(idsOf('Go', 'golang.org/x/net', 'v0.0.0-20200101000000-abcdefabcdef', module).length, 1);
  assert.equal(idsOf('Go', 'golang.org/x/net', 'v2.0.0+incompatible', module).length, 0);
  const npm = about('npm', '@scope/x', before('2.0.0-rc.1', 'SEMVER'));
  assert.equal(idsOf('npm', '@scope/x', '2.0.0-beta.9', npm).length, 1);
  assert.equal(idsOf('npm', '@scope/x', '2.0.0', npm).length, 0);
});

test('a record of one release of a distribution is about no other; one of all releases is about each (A7)', () => {
  const all = range({ introduced: '0' });
  assert.deepEqual(idsOf('Debian:11', 'openssl', '1', about('Debian:12', 'openssl', all)), []);
  assert.deepEqual(idsOf('Debian:12', 'openssl', '1', about('Debian', 'openssl', all)), ['X']);
  assert.deepEqual(idsOf('Ubuntu:22.04', 'openssl', '1', about('Ubuntu:22.04:LTS', 'openssl', all)), ['X']);
  assert.deepEqual(idsOf('Ubuntu:22.04', 'openssl', '1', about('Ubuntu:Pro:22.04:LTS', 'openssl', all)), []);
});

test("a distribution's record and its notice are the CVE that they are about, once (A7)", () => {
  const all = range({ introduced: '0' });
  const [one, two] = ['CVE-2024-1', 'CVE-2024-2'].map(cve =>
    about('Debian:12', 'openssl', all, `DEBIAN-${cve}`, { upstream: [cve] }),
  ) as [OsvRecord, OsvRecord];
  const notice = about('Debian:12', 'openssl', all, 'DSA-1-1', { upstream: ['CVE-2024-1', 'CVE-2024-2'] });
  assert.deepEqual(idsOf('Debian:12', 'openssl', '1', one, two, notice), [
    'CVE-2024-1 DEBIAN-CVE-2024-1',
    'CVE-2024-2 DEBIAN-CVE-2024-2',
  ]);
  assert.deepEqual(idsOf('Debian:12', 'openssl', '1', one, notice), ['CVE-2024-1 DEBIAN-CVE-2024-1', 'DSA-1-1']);
});

test('a version that cannot be read is taken for affected, not for safe (A7)', () => {
  const record = about('Go', 'example.com/x', { ranges: [{ type: 'SEMVER', events: [{ introduced: '1.0.0' }] }] });
  assert.deepEqual(idsOf('Go', 'example.com/x', '(devel)', record), ['X']);
  assert.deepEqual(idsOf('Go', 'example.com/x', '', record), ['X']);
});
