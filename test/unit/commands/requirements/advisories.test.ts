import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { type Advisory, readAdvisories, vulnerabilities } from '../../../../commands/requirements/advisories.ts';
import { makeZip } from '../../../zip.ts';

type Affected = NonNullable<Advisory['affected']>[number];

const advisory = (id: string, affected: Partial<Affected>, more: Partial<Advisory> = {}): Advisory => ({
  id,
  summary: `About ${id}`,
  affected: [{ package: { ecosystem: 'PyPI', name: 'torch' }, ...affected }],
  ...more,
});

const range = (...events: Record<string, string>[]) => ({ ranges: [{ type: 'ECOSYSTEM', events }] });

/** What is found for torch in `version`. */
const found = (version: string, ...advisories: Advisory[]) =>
  vulnerabilities(advisories, [{ name: 'torch', version }]).get('torch') ?? [];

test('a version in a range is vulnerable, and the fix is named', () => {
  const one = advisory('GHSA-1', range({ introduced: '1.0' }, { fixed: '2.6.0' }), { aliases: ['CVE-2025-1'] });
  assert.deepEqual(found('2.4.1', one), [{ ids: ['CVE-2025-1', 'GHSA-1'], summary: 'About GHSA-1', fixed: '2.6.0' }]);
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
    { ids: ['CVE-2025-1', 'GHSA-1', 'PYSEC-1'], summary: 'About GHSA-1', fixed: '2.6.0' },
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

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'slipway-osv-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('a database is a zip archive with a JSON file an advisory, packed or not', async t => {
  const file = join(folder(t), 'all.zip');
  const one = advisory('GHSA-1', { versions: ['1'] });
  const stored = makeZip({ 'GHSA-1.json': JSON.stringify(one), 'README.md': 'not one' });
  writeFileSync(file, stored);
  assert.deepEqual(await readAdvisories(file), [one]);
  writeFileSync(file, deflated('GHSA-1.json', JSON.stringify(one)));
  assert.deepEqual(await readAdvisories(file), [one]);
});

test('a database that is cut off, or none, is named', async t => {
  const file = join(folder(t), 'all.zip');
  const whole = makeZip({ 'GHSA-1.json': '{}' });
  for (const bytes of [Buffer.from(''), Buffer.from('<html>'), whole.subarray(0, 40), makeZip({ 'a.txt': '' })]) {
    writeFileSync(file, bytes);
    await assert.rejects(readAdvisories(file), error => {
      assert.match(
        (error as Error).message,
        /all\.zip: .*; expected a zip archive of OSV, for example its PyPI\/all\.zip$/,
      );
      return true;
    });
  }
  await assert.rejects(readAdvisories(join(folder(t), 'none.zip')), /none\.zip: ENOENT/);
});

/** An archive whose only file is packed. */
function deflated(name: string, text: string): Buffer {
  const packed = deflateRawSync(Buffer.from(text));
  const archive = makeZip({ [name]: packed.toString('latin1') });
  // makeZip writes text; the packed bytes go in as they are.
  const placeholder = Buffer.from(packed.toString('latin1'));
  const at = archive.indexOf(placeholder);
  const entry = archive.indexOf('PK\x01\x02', at, 'latin1');
  const [local, rest] = [Buffer.from(archive.subarray(0, at)), Buffer.from(archive.subarray(entry))];
  local.writeUInt16LE(8, 8);
  local.writeUInt32LE(packed.length, 18);
  rest.writeUInt16LE(8, 10);
  rest.writeUInt32LE(packed.length, 20);
  rest.writeUInt32LE(at + packed.length, rest.length - 6);
  return Buffer.concat([local, packed, rest]);
}
