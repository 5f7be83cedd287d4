import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { readDatabase } from '../../../../commands/osv/database.ts';
import type { OsvRecord } from '../../../../commands/osv/record.ts';
import { digestOf } from '../../../../images/digest.ts';
import { makeZip } from '../../../zip.ts';

const record = (id: string, modified: string, ecosystem: string): OsvRecord => ({
  id,
  modified,
  affected: [{ package: { ecosystem, name: 'x' }, versions: ['1'] }],
});
const [first, second] = [
  record('GHSA-1', '2025-01-01T00:00:00Z', 'PyPI'),
  record('GO-2', '2025-03-01T00:00:00Z', 'Go'),
];

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'slipway-osv-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test('a database is a zip archive, packed or not, a folder, or a list; its digest and its age are told (A7)', async t => {
  const place = folder(t);
  const file = join(place, 'all.zip');
  const stored = makeZip({ 'GHSA-1.json': JSON.stringify(first), 'GO-2.json': JSON.stringify(second), 'a.md': 'no' });
  writeFileSync(file, stored);
  assert.deepEqual(await readDatabase(file), {
    records: [first, second],
    identity: {
      name: 'all.zip',
      digest: digestOf(stored),
      records: 2,
      newest: '2025-03-01T00:00:00Z',
      ecosystems: ['Go', 'PyPI'],
    },
  });
  writeFileSync(file, deflated('GHSA-1.json', JSON.stringify(first)));
  assert.deepEqual((await readDatabase(file)).records, [first]);

  mkdirSync(join(place, 'osv', 'Go'), { recursive: true });
  writeFileSync(join(place, 'osv', 'GHSA-1.json'), JSON.stringify(first));
  writeFileSync(join(place, 'osv', 'Go', 'GO-2.json'), JSON.stringify(second));
  const opened = await readDatabase(join(place, 'osv'));
  assert.deepEqual(opened.records, [first, second]);
  writeFileSync(join(place, 'osv', 'GHSA-1.json'), JSON.stringify({ ...first, summary: 'other' }));
  assert.notEqual((await readDatabase(join(place, 'osv'))).identity.digest, opened.identity.digest);

  writeFileSync(join(place, 'list.json'), JSON.stringify([first, second]));
  assert.deepEqual((await readDatabase(join(place, 'list.json'))).records, [first, second]);
});

test('of a large database what is wanted is kept, and all of it is counted (A7)', async t => {
  const file = join(folder(t), 'all.zip');
  writeFileSync(file, makeZip({ 'GHSA-1.json': JSON.stringify(first), 'GO-2.json': JSON.stringify(second) }));
  const { identity, records } = await readDatabase(file, ({ id }) => id === 'GO-2');
  assert.deepEqual([identity.records, records], [2, [second]]);
});

test('a database of more files than an old zip archive can count is read (A7)', async t => {
  const file = join(folder(t), 'all.zip');
  writeFileSync(file, zip64(makeZip({ 'GHSA-1.json': JSON.stringify(first) })));
  assert.deepEqual((await readDatabase(file)).records, [first]);
});

test('a database that is cut off, or none, is named (A7)', async t => {
  const file = join(folder(t), 'all.zip');
  const whole = makeZip({ 'GHSA-1.json': '{}' });
  const bad = ['', '<html>', '{}', '[]', '[null]', '{"id": 7}'].map(text => Buffer.from(text));
  for (const bytes of [...bad, whole, whole.subarray(0, 40), makeZip({ 'a.txt': '' })]) {
    writeFileSync(file, bytes);
    await assert.rejects(readDatabase(file), error => {
      assert.match((error as Error).message, /^vulnerability database .*all\.zip: .*; expected a zip archive of OSV/);
      return true;
    });
  }
  await assert.rejects(readDatabase(join(folder(t), 'none.zip')), /none\.zip: ENOENT/);
});

/** The archive as Go writes one of 65,536 files or more: the place of its directory in a second, larger end record. */
function zip64(archive: Buffer): Buffer {
  const end = archive.subarray(-22);
  const [body, offset] = [archive.subarray(0, -22), end.readUInt32LE(16)];
  const larger = Buffer.alloc(56);
  larger.writeUInt32LE(0x06064b50, 0);
  larger.writeBigUInt64LE(44n, 4);
  larger.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(body.length), 8);
  locator.writeUInt32LE(1, 16);
  const old = Buffer.from(end);
  old.writeUInt32LE(0xffffffff, 16);
  return Buffer.concat([body, larger, locator, old]);
}

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
