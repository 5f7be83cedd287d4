// How an image is judged: bills of materials and databases that the tests make up; test/engine has the real syft.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Affected, OsvRecord } from '../../../../commands/osv/record.ts';
import { catalogueLayout } from '../../../../commands/scan/catalogue.ts';
import { printReport } from '../../../../commands/scan/report.ts';
import type { Syft } from '../../../../commands/scan/sbom.ts';
import { assertPassed, scanImage } from '../../../../commands/scan/scan.ts';
import { digestOf } from '../../../../images/digest.ts';
import { type Child, makeIndex, OCI_MANIFEST } from '../../../../images/manifest.ts';
import { type ScanSettings, scanSchema } from '../../../../settings/scan.ts';

const openssl = (version: string) => `pkg:deb/debian/libssl3@${version}?distro=debian-12&upstream=openssl`;
const NOW = new Date('2027-01-31T23:00:00Z');

function record(id: string, ecosystem: string, name: string, fixed: string, more: Partial<OsvRecord> = {}): OsvRecord {
  const ranges: Affected['ranges'] = [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }];
  return { id, affected: [{ package: { ecosystem, name }, ranges }], ...more };
}
const rated = (severity: string): Partial<OsvRecord> => ({ database_specific: { severity } });
const critical = record('CVE-2024-1', 'Debian:12', 'openssl', '3.0.15-1', { ...rated('CRITICAL'), summary: 'A hole' });

/** A layout with an index of two platforms, and a syft that finds `purls` in each. */
function setUp(t: TestContext, purls: Record<'amd64' | 'arm64', string[]>, records: OsvRecord[]) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-scan-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const blobs = join(folder, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (bytes: Buffer) => {
    writeFileSync(join(blobs, digestOf(bytes).slice(7)), bytes);
    return { digest: digestOf(bytes), size: bytes.length };
  };
  const image = (architecture: string): Child => {
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', ...put(Buffer.from(architecture)) };
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [] }));
    return { mediaType: OCI_MANIFEST, ...put(bytes), platform: { os: 'linux', architecture } };
  };
  const children = { amd64: image('amd64'), arm64: image('arm64') };
  const index = makeIndex(Object.values(children));
  const { mediaType } = index;
  writeFileSync(join(folder, 'index.json'), makeIndex([{ mediaType, ...put(index.bytes) }]).bytes);
  const database = join(folder, 'osv.json');
  writeFileSync(database, JSON.stringify(records));
  const syft: Syft = {
    catalogue: async (_, { digest }) => {
      const which = digest === children.amd64.digest ? purls.amd64 : purls.arm64;
      const system = { type: 'operating-system', name: 'debian', version: '12' };
      const packages = which.map(purl => ({ type: 'library', name: '', purl }));
      return { bytes: Buffer.from('{}'), of: digest, version: '1.18.1', components: [system, ...packages] };
    },
  };
  const scan = async (settings: Partial<ScanSettings> = {}, now = NOW) =>
    scanImage(await catalogueLayout(syft, folder), scanSchema.parse({ database, ...settings }), now);
  return { scan, digest: index.digest, database };
}

test('a vulnerability on one platform alone refuses the image, in a line that says what and where (A7)', async t => {
  const purls = { amd64: [openssl('3.0.15-1')], arm64: [openssl('3.0.11-1')] };
  const { scan, digest } = setUp(t, purls, [critical]);
  const { report } = await scan();
  assert.deepEqual([report.verdict, report.digest], ['refused', digest]);
  assert.throws(() => assertPassed('app', report), {
    message: [
      'app: a vulnerability is high or worse:',
      '  CVE-2024-1 critical: openssl 3.0.11-1 (libssl3) on linux/arm64; fixed in 3.0.15-1; A hole',
      'raise these packages and build again, or name an id with its reason in scan.ignore (docs/scanning.md)',
    ].join('\n'),
  });
});

test('an image without findings passes, and the report says what was looked at with what (A7)', async t => {
  const purls = { amd64: [openssl('3.0.15-1'), 'pkg:generic/python@3.11'], arm64: [openssl('3.0.15-1')] };
  const { report } = await setUp(t, purls, [{ ...critical, modified: '2027-01-30T10:00:00Z' }]).scan();
  assertPassed('app', report);
  assert.deepEqual(printReport(report), [
    `${report.digest}: passed; threshold high, syft 1.18.1`,
    'database osv.json: 1 record, newest of 2027-01-30',
    'linux/amd64: 2 packages, not looked up: 1 of generic',
    'linux/arm64: 1 package',
  ]);
});

test('the threshold says from which severity on; what nobody has rated counts as high (A7)', async t => {
  const both = [openssl('3.0.11-1')];
  const medium = record('CVE-2024-2', 'Debian:12', 'openssl', '3.0.15-1', rated('MODERATE'));
  const unrated = record('CVE-2024-3', 'Debian:12', 'openssl', '3.0.15-1');
  const { scan } = setUp(t, { amd64: both, arm64: both }, [medium, unrated]);
  const refused = async (threshold: ScanSettings['threshold']) =>
    (await scan({ threshold })).report.refused.map(({ ids }) => ids[0]);
  assert.deepEqual(await refused('critical'), []);
  assert.deepEqual(await refused('high'), ['CVE-2024-3']);
  assert.deepEqual(await refused('low'), ['CVE-2024-3', 'CVE-2024-2']);
  const { report } = await scan();
  assert.deepEqual(report.refused[0]!.platforms, ['linux/amd64', 'linux/arm64']);
  assert.match(printReport(report).join('\n'), /CVE-2024-3 unknown \(counts as high\): .*\nbelow high: 1$/);
});

test('an exception holds with its reason until its last day, and no longer; one for nothing is told (A7)', async t => {
  const both = [openssl('3.0.11-1')];
  const { scan } = setUp(t, { amd64: both, arm64: both }, [{ ...critical, aliases: ['GHSA-1'] }]);
  const exception = { id: 'GHSA-1', reason: 'not reachable', until: '2027-01-31' };
  const { report } = await scan({ ignore: [exception] });
  assert.equal(report.verdict, 'passed');
  assert.match(
    printReport(report).join('\n'),
    /accepted:\n {2}CVE-2024-1 .*; because: not reachable, until 2027-01-31$/,
  );
  const later = await scan({ ignore: [exception] }, new Date('2027-02-01T00:00:00Z'));
  assert.throws(() => assertPassed('app', later.report), /\n {2}the exception for GHSA-1 ran out on 2027-01-31\n/);
  const other = await scan({ ignore: [{ ...exception, id: 'CVE-1' }] });
  assert.equal(other.report.verdict, 'refused');
  assert.deepEqual(other.report.notes, ['the exception for CVE-1 fits nothing that was found; take it out']);
});

test('an ecosystem that the database does not know is no pass, unless the stack says so (A7)', async t => {
  const both = [openssl('3.0.15-1'), 'pkg:npm/left-pad@1.0.0', 'pkg:apk/alpine/musl@1.2'];
  const { scan, database } = setUp(t, { amd64: both, arm64: both }, [critical]);
  await assert.rejects(scan(), {
    message: `${database} knows nothing of packages of npm (2 installed), Alpine (2 installed); add that ecosystem's records, or name it in scan.without`,
  });
  const { report } = await scan({ without: ['npm', 'Alpine'] });
  assert.deepEqual(report.platforms[0]!.unjudged, { npm: 1, Alpine: 1 });
});

test('a Debian without its list of packages is no pass, unless the stack says so (A7)', async t => {
  const purls = { amd64: [openssl('3.0.15-1')], arm64: ['pkg:deb/systemd@252'] };
  const { scan, digest } = setUp(t, purls, [critical]);
  await assert.rejects(scan(), {
    message: `${digest} is Debian:12 on linux/arm64, and has no list of what was installed (/var/lib/dpkg); keep it in the image, or name Debian in scan.without`,
  });
  assert.equal((await scan({ without: ['Debian'] })).report.verdict, 'passed');
});

test('an exception needs a reason, and a day that there is (A7)', () => {
  const faults = (exception: object) => scanSchema.safeParse({ database: 'x', ignore: [exception] }).success;
  assert.equal(faults({ id: 'CVE-1', reason: 'because' }), true);
  assert.equal(faults({ id: 'CVE-1' }), false);
  assert.equal(faults({ id: 'CVE-1', reason: ' ' }), false);
  assert.equal(faults({ id: 'CVE-1', reason: 'because', until: '2027-02-30' }), false);
});
