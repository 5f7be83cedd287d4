// The real syft on real layers, and a real registry that keeps what was found: what the made-up bills of materials of the unit
// tests can only claim.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { PLATFORM } from '../../commands/scan/attach.ts';
import { catalogueLayout } from '../../commands/scan/catalogue.ts';
import { scanOfPushes } from '../../commands/scan/push.ts';
import { REPORT, type ScanReport } from '../../commands/scan/report.ts';
import { CYCLONEDX, findSyft, type Syft } from '../../commands/scan/sbom.ts';
import { scanImage } from '../../commands/scan/scan.ts';
import { copyImages } from '../../images/copy.ts';
import type { Digest } from '../../images/digest.ts';
import { OciLayout } from '../../images/oci-layout.ts';
import { RegistryClient } from '../../images/registry.ts';
import { writeLayer } from '../../sandbox/images/layer.ts';
import { finishLayout, startLayout, writeImage } from '../../sandbox/images/layout.ts';
import { scanSchema } from '../../settings/scan.ts';
import { makeZip } from '../zip.ts';
import { type RegistryProcess, startRegistry } from './registry-process.ts';

const [HERE, THERE] = ['10.34.0.202:5000', '10.44.0.202:5000'];
const app = 'ai-stack/app';
let syft: Syft;
let registries: RegistryProcess[];
let client: RegistryClient;

before(async () => {
  syft = await findSyft();
  registries = await Promise.all([startRegistry(), startRegistry()]);
  const endpoints = [HERE, THERE].map((name, i) => ({ name: name!, aliases: [], url: registries[i]!.url }));
  client = new RegistryClient({ endpoints });
});
after(() => Promise.all((registries ?? []).map(registry => registry.stop())));

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-scan-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** What an image has: openssl as Debian's package manager knows it, and requests as pip does, in two layers. */
function filesOf(opensslVersion: string): Record<string, string>[] {
  const info = 'usr/local/lib/python3.11/site-packages/requests-2.19.0.dist-info';
  return [
    {
      'etc/os-release': 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
      'var/lib/dpkg/status': [
        'Package: libssl3',
        'Status: install ok installed',
        'Architecture: any',
        'Source: openssl',
        `Version: ${opensslVersion}`,
        '',
      ].join('\n'),
    },
    {
      [`${info}/METADATA`]: 'Metadata-Version: 2.1\nName: requests\nVersion: 2.19.0\n',
      [`${info}/RECORD`]: 'requests/__init__.py,,\n',
    },
  ];
}

/** A layout whose image has another openssl on each platform. */
async function makeLayout(folder: string, versions: Record<'amd64' | 'arm64', string>): Promise<Digest> {
  const layout = join(folder, 'layout');
  await startLayout(layout);
  const images = [];
  for (const architecture of ['amd64', 'arm64'] as const) {
    const layers = [];
    for (const [i, files] of filesOf(versions[architecture]).entries()) {
      const root = join(folder, architecture, String(i));
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, name)), { recursive: true });
        writeFileSync(join(root, name), text);
      }
      layers.push(await writeLayer(layout, root, { compression: 'gzip' }));
    }
    images.push(await writeImage(layout, { architecture, layers, config: {}, origin: 'test' }));
  }
  return (await finishLayout(layout, images)).digest as Digest;
}

const record = (id: string, ecosystem: string, name: string, fixed: string, vector: string) => ({
  id,
  modified: '2025-03-01T00:00:00Z',
  summary: `About ${id}`,
  severity: [{ type: 'CVSS_V3', score: vector }],
  affected: [
    { package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }] },
  ],
});
const CRITICAL = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
const MEDIUM = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N';

function database(folder: string): string {
  const file = join(folder, 'osv.zip');
  const records = [
    record('DEBIAN-CVE-2024-1', 'Debian:12', 'openssl', '3.0.15-1~deb12u1', CRITICAL),
    record('GHSA-2', 'PyPI', 'requests', '2.20.0', MEDIUM),
  ];
  writeFileSync(file, makeZip(Object.fromEntries(records.map(each => [`${each.id}.json`, JSON.stringify(each)]))));
  return file;
}

/** How an `up` says which scan it wants; only `--settings -` reads it. */
const STDIN = JSON.stringify({ database: '/nowhere/osv.zip', threshold: 'high' });
const [OLD, FIXED, NEWER] = ['3.0.11-1~deb12u1', '3.0.15-1~deb12u1', '3.0.16-1~deb12u1'];

/** Runs the command as a person does. */
function slipway(verb: 'scan' | 'copy', ...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const endpoints = [HERE, THERE].map((name, i) => `${name}=${registries[i]!.url}`).join();
  const all = [resolve('commands/slipway.ts'), verb, ...args, '--endpoints', endpoints];
  return new Promise(done => {
    const command = ['--disable-warning=ExperimentalWarning', ...all];
    const child = execFile(process.execPath, command, (error, out, err) =>
      done({ status: Number(error?.code ?? 0), out, err }),
    );
    child.stdin!.end(STDIN);
  });
}

/** A stack in `folder` whose registry is THERE, and that asks for a scan. */
function configure(folder: string, scan: object): void {
  const { config } = parse(readFileSync('Pulumi.ai-stack-staging.yaml', 'utf8'));
  Object.assign(config['slipway:registry'], { name: THERE, endpoint: registries[1]!.url });
  config['slipway:scan'] = scan;
  writeFileSync(join(folder, 'Pulumi.ai-stack-staging.yaml'), stringify({ config }));
}

async function push(folder: string, digest: Digest): Promise<void> {
  const from = { registry: 'oci-layout', repository: 'layout', digest };
  await copyImages(new OciLayout(join(folder, 'layout')), client, [{ from, to: { registry: HERE!, repository: app } }]);
}

async function attachedTo(registry: string, digest: Digest, repository = app) {
  const { referrers } = await client.referrers({ registry, repository, digest });
  return Promise.all(
    referrers.map(async ({ digest, artifactType, annotations }) => {
      const ref = { registry, repository, digest };
      const { manifest } = (await client.manifest(ref))!;
      assert.ok(manifest.kind === 'image');
      return { artifactType, annotations, text: (await client.blob(ref, manifest.layers[0]!.digest)).toString() };
    }),
  );
}

test('what is installed on each platform of an index is found in its layers, and a hole on one of them (A7)', async t => {
  const folder = temporary(t);
  const digest = await makeLayout(folder, { amd64: FIXED!, arm64: OLD! });
  const settings = scanSchema.parse({ database: database(folder), threshold: 'high' });
  const { report, sboms } = await scanImage(await catalogueLayout(syft, join(folder, 'layout')), settings);
  assert.equal(report.digest, digest);
  assert.deepEqual(
    report.platforms.map(({ platform, packages }) => [platform, packages]),
    [
      ['linux/amd64', 2],
      ['linux/arm64', 2],
    ],
  );
  const brief = (findings: ScanReport['refused']) =>
    findings.map(each => [each.ids[0], each.severity, each.package, each.installed, each.fixed, each.platforms.join()]);
  assert.deepEqual(brief(report.refused), [['DEBIAN-CVE-2024-1', 'critical', 'openssl', OLD, FIXED, 'linux/arm64']]);
  assert.deepEqual(brief(report.below), [
    ['GHSA-2', 'medium', 'requests', '2.19.0', '2.20.0', 'linux/amd64,linux/arm64'],
  ]);
  const again = await catalogueLayout(syft, join(folder, 'layout'));
  assert.deepEqual(again.sboms, sboms, 'the same image has the same bill of materials');
  assert.deepEqual(
    readdirSync(tmpdir()).filter(name => /^slipway-scan-[^t]/.test(name)),
    [],
    'nothing that syft unpacks is left',
  );
});

test('a push is stopped before it, or kept with its report after it, and a copy takes the report along (A7)', async t => {
  const folder = temporary(t);
  const pushes = await scanOfPushes([scanSchema.parse({ database: database(folder) })]);
  await makeLayout(folder, { amd64: OLD!, arm64: FIXED! });
  await assert.rejects(
    pushes.before(join(folder, 'layout'), 'ai-stack/app'),
    /^Error: ai-stack\/app: a vulnerability is high or worse:\n {2}DEBIAN-CVE-2024-1 critical: openssl .* on linux\/amd64; fixed in /,
  );
  const good = await makeLayout(folder, { amd64: FIXED!, arm64: FIXED! });
  await pushes.before(join(folder, 'layout'), 'ai-stack/app');
  await push(folder, good);
  await pushes.after(client, { registry: HERE!, repository: app, digest: good });
  await copyImages(client, client, [
    { from: { registry: HERE!, repository: app, digest: good }, to: { registry: THERE!, repository: app } },
  ]);
  for (const registry of [HERE!, THERE!]) {
    const attached = await attachedTo(registry, good);
    const boms = attached.filter(({ artifactType }) => artifactType === CYCLONEDX);
    assert.deepEqual(boms.map(({ annotations }) => annotations?.[PLATFORM]).sort(), ['linux/amd64', 'linux/arm64']);
    assert.equal(JSON.parse(boms[0]!.text).bomFormat, 'CycloneDX');
    const [report, ...more] = attached.filter(({ artifactType }) => artifactType === REPORT);
    assert.equal(more.length, 0);
    const { digest, verdict, scanner, database } = JSON.parse(report!.text) as ScanReport;
    assert.deepEqual([digest, verdict, scanner.name, database.name], [good, 'passed', 'syft', 'osv.zip']);
    assert.ok(!report!.text.includes(folder), 'the report says nothing of this machine');
  }
});

test('slipway scan looks at an image of a registry or in a folder, and ends with 1 where it is refused (A7)', async t => {
  const folder = temporary(t);
  const digest = await makeLayout(folder, { amd64: FIXED!, arm64: OLD! });
  await push(folder, digest);
  const options = ['--database', database(folder)];
  const reference = `${HERE}/${app}@${digest}`;
  const refused = await slipway('scan', reference, ...options, '--attach');
  assert.match(refused.out, /linux\/arm64: 2 packages\nhigh or worse:\n {2}DEBIAN-CVE-2024-1 critical: openssl /);
  assert.match(refused.err, /^slipway: .*: refused; raise the packages/);
  assert.equal(refused.status, 1);
  assert.equal((await attachedTo(HERE!, digest)).length, 3);
  writeFileSync(join(folder, 'ignore.yaml'), '- {id: DEBIAN-CVE-2024-1, reason: not reachable}\n');
  const accepted = await slipway('scan', join(folder, 'layout'), ...options, '--ignore', join(folder, 'ignore.yaml'));
  assert.deepEqual([accepted.status, accepted.err], [0, '']);
  assert.match(accepted.out, /accepted:\n.*; because: not reachable\nbelow high: 1\n$/);
  const quiet = await slipway('scan', join(folder, 'layout'), ...options, '--quiet');
  assert.deepEqual([quiet.status, quiet.out], [1, '']);
  assert.match(quiet.err, /: a vulnerability is high or worse:\n {2}DEBIAN-CVE-2024-1 critical: openssl /);
  const platforms = await slipway(
    'scan',
    join(folder, 'layout'),
    ...options,
    '--platforms',
    'linux/amd64,linux/riscv64',
  );
  assert.match(platforms.err, /has linux\/amd64 and linux\/arm64; needed: linux\/riscv64 as well/);
  const unknown = await slipway('scan', reference, ...options, '--threshold', 'severe');
  assert.match(unknown.err, /threshold/);
  const stack = ['--stack', 'ai-stack-staging', '--stacks', folder];
  configure(folder, { database: database(folder), threshold: 'low', without: ['Debian'] });
  const asked = await slipway('scan', reference, ...stack);
  assert.match(asked.out, /low or worse:\n {2}GHSA-2 medium: requests /);
  assert.match(asked.err, /refused; .* in slipway:scan\.ignore of Pulumi\.ai-stack-staging\.yaml /);
  const both = await slipway('scan', reference, ...stack, ...options);
  assert.match(both.err, /found --stack and --database; expected one of --stack, --settings and --database/);
  const piped = await slipway('scan', reference, '--settings', '-');
  assert.match(piped.err, /vulnerability database \/nowhere\/osv\.zip: /);
});

test('slipway copy brings to a shared registry what passes: by its layers, later by what is kept and what is known then (A7)', async t => {
  const folder = temporary(t);
  configure(folder, { database: database(folder), threshold: 'high' });
  const copy = (source: string, target: string) => slipway('copy', source, `${THERE}/${target}`, '--stacks', folder);
  const bad = await makeLayout(folder, { amd64: NEWER!, arm64: OLD! });
  await push(folder, bad);
  const refused = await copy(`${HERE}/${app}@${bad}`, 'live/bad:v1');
  assert.deepEqual([refused.status, refused.out], [1, '']);
  assert.match(
    refused.err,
    /: a vulnerability is high or worse:\n {2}DEBIAN-CVE-2024-1 critical: .* on linux\/arm64; /,
  );
  assert.equal(await client.head({ registry: THERE!, repository: 'live/bad', digest: bad }), undefined);

  const good = await makeLayout(folder, { amd64: NEWER!, arm64: NEWER! });
  await push(folder, good);
  const copied = await copy(`${HERE}/${app}@${good}`, 'live/good:v1');
  assert.equal(copied.status, 0, copied.err);
  assert.match(copied.err, /: scanned by its layers\n/);
  const types = (await attachedTo(THERE!, good, 'live/good')).map(({ artifactType }) => artifactType);
  assert.deepEqual(types.sort(), [CYCLONEDX, CYCLONEDX, REPORT]);

  const requests = record('GHSA-3', 'PyPI', 'requests', '2.20.0', CRITICAL);
  const found = [requests, record('OTHER', 'Debian:12', 'other', '1', CRITICAL)];
  writeFileSync(
    join(folder, 'osv.zip'),
    makeZip(Object.fromEntries(found.map(each => [`${each.id}.json`, JSON.stringify(each)]))),
  );
  const later = await copy(`${THERE}/live/good:v1`, 'live/again:v1');
  assert.equal(later.status, 1);
  assert.match(
    later.err,
    /: scanned by the bills of materials kept with it\n(.*\n)* {2}GHSA-3 critical: requests 2\.19\.0 /,
  );
});
