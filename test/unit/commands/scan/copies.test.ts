// What stops a copy: an image is judged by what scans have left with it, else by its layers, always by the target's settings.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CopyScan, scanOfCopies } from '../../../../commands/scan/copies.ts';
import type { ScanReport } from '../../../../commands/scan/report.ts';
import { CYCLONEDX, type Syft } from '../../../../commands/scan/sbom.ts';
import { copyImages } from '../../../../images/copy.ts';
import { type Digest, digestOf } from '../../../../images/digest.ts';
import { RegistryClient } from '../../../../images/registry.ts';
import type { ScanSettings } from '../../../../settings/scan.ts';
import { FakeRegistry, REGISTRY } from '../../images/fake-registry.ts';
import { temporaryFolder } from '../../steps/support/folder.ts';
import { HOLE, installed, judging, keptIn, NEW, OLD, sbomOf, scanned } from '../support/scanned.ts';

const BOTH = ['linux/amd64', 'linux/arm64'];
const [FROM, TO] = ['team/app', 'live/app'];

async function setUp(t: TestContext) {
  const [source, target] = [await FakeRegistry.start(), await FakeRegistry.start()];
  t.after(() => {
    source.stop();
    target.stop();
  });
  const clients = [source, target].map(({ endpoints }) => new RegistryClient({ endpoints }));
  const [from, to] = clients as [RegistryClient, RegistryClient];
  const image = (digest: Digest, name = 'app') => ({
    name,
    from: { client: from, ref: { registry: REGISTRY, repository: FROM, digest } },
    to: { client: to, ref: { registry: REGISTRY, repository: TO, digest } },
  });
  const said: string[] = [];
  const scan = (settings: ScanSettings[], find: () => Promise<Syft> = noSyft) =>
    scanOfCopies(settings, line => said.push(line), find);
  const bring = async (scan: CopyScan, digest: Digest) => {
    const one = image(digest);
    await copyImages(from, to, [{ from: one.from.ref, to: one.to.ref }]);
    await scan.after(one.to);
  };
  const reports = () =>
    [...target.blobs.values()].flatMap(bytes => {
      const text = bytes.toString();
      return text.startsWith('{"verdict"') ? [JSON.parse(text) as ScanReport] : [];
    });
  return { source, target, image, scan, bring, said, reports, folder: temporaryFolder(t) };
}

const noSyft = () => Promise.reject(new Error('syft is not asked here'));

/** Finds `purls` in whatever it is shown. */
const finding = (purls: string[], seen: string[] = []): (() => Promise<Syft>) => {
  const catalogue: Syft['catalogue'] = async (folder, { digest }) => {
    const bytes = readFileSync(join(folder, 'blobs', 'sha256', digest.slice(7)));
    seen.push(digestOf(bytes));
    return sbomOf(digest, purls);
  };
  return async () => ({ catalogue });
};

test('what a scan has left with the digest is judged anew, by the threshold of where it goes, and no layer is read (A7)', async t => {
  const { source, target, image, scan, said, folder } = await setUp(t);
  const digest = source.index(FROM, 'v1', BOTH, {}, '', { layers: [Buffer.from('a layer')] });
  await scanned(source, FROM, digest, [OLD], judging(folder));
  source.requests.length = 0;
  await scan([judging(folder)]).before([image(digest)]);
  await assert.rejects(scan([judging(folder, { threshold: 'medium' })]).before([image(digest)]), {
    message: new RegExp(
      `^app: a vulnerability is medium or worse:\n {2}${HOLE} medium: requests 2\\.19\\.0 on linux/amd64, linux/arm64; fixed in 2\\.20\\.0\n`,
    ),
  });
  const excepted = { threshold: 'medium' as const, ignore: [{ id: HOLE, reason: 'no redirects' }] };
  await scan([judging(folder, excepted)]).before([image(digest)]);
  assert.deepEqual(said, Array(3).fill('app: scanned by the bills of materials kept with it'));
  const layer = encodeURIComponent(digestOf(Buffer.from('a layer')));
  assert.ok(!source.requests.some(request => request.includes(layer) || request.includes(decodeURIComponent(layer))));
  assert.ok(!target.requests.some(request => /^(PUT|POST|PATCH)/.test(request)), 'a look writes nothing');
});

test('the copy has its own report beside that of the source; a second copy adds nothing (A7)', async t => {
  const { source, target, image, scan, bring, reports, folder } = await setUp(t);
  const digest = source.index(FROM, 'v1', BOTH);
  await scanned(source, FROM, digest, [OLD], judging(folder));
  const settings = judging(folder, { threshold: 'critical' });
  for (let times = 0; times < 2; times += 1) {
    const own = scan([settings]);
    await own.before([image(digest)]);
    await bring(own, digest);
  }
  assert.deepEqual(keptIn(target, TO), { reports: 2, boms: 2 });
  assert.deepEqual(keptIn(source, FROM), { reports: 1, boms: 2 }, 'the source stays as it is');
  const judged = reports().map(report => [report.digest, report.verdict, report.threshold]);
  assert.deepEqual(judged.sort(), [
    [digest, 'passed', 'critical'],
    [digest, 'passed', 'high'],
  ]);
});

test('an image that nobody has scanned is read once, platform by platform; the copy knows it from then on (A7)', async t => {
  const { source, target, image, scan, bring, said, folder } = await setUp(t);
  const digest = source.index(FROM, 'v1', BOTH, {}, '', { layers: [Buffer.from('a layer')] });
  const seen: string[] = [];
  await assert.rejects(
    scan([judging(folder, { threshold: 'low' })], finding([OLD], seen)).before([image(digest)]),
    /^Error: app: a vulnerability is low or worse:/,
  );
  assert.equal(new Set(seen).size, 2);
  const first = scan([judging(folder)], finding([OLD]));
  await first.before([image(digest)]);
  await bring(first, digest);
  assert.deepEqual(keptIn(target, TO), { reports: 1, boms: 2 });
  assert.deepEqual(keptIn(source, FROM), { reports: 0, boms: 0 });
  await scan([judging(folder)]).before([image(digest)]);
  assert.deepEqual(said.slice(-2), [
    'app: scanned by its layers',
    'app: scanned by the bills of materials kept with it',
  ]);
});

test('a bill of materials of another image, of one platform alone, or of anybody else is no scan (A7)', async t => {
  const { source, image, scan, folder } = await setUp(t);
  const [digest, other] = [source.index(FROM, 'v1', BOTH), source.index(FROM, 'v2', BOTH, {}, 'other')];
  const [amd64, arm64] = [...installed(source, FROM, digest, [NEW]).sboms.values()];
  const [foreign] = installed(source, FROM, other, [NEW]).sboms.values();
  const theirs = JSON.parse(arm64!.bytes.toString());
  theirs.metadata.component.name = 'registry.example/app';
  for (const bytes of [amd64!.bytes, foreign!.bytes, JSON.stringify(theirs), 'null', 'no JSON']) {
    source.attach(FROM, digest, CYCLONEDX, Buffer.from(bytes));
    await assert.rejects(scan([judging(folder)]).before([image(digest)]), /^Error: syft is not asked here$/);
  }
  source.attach(FROM, digest, CYCLONEDX, Buffer.from(arm64!.bytes));
  await scan([judging(folder)]).before([image(digest)]);
});

test('all that is refused is told at once, and what cannot be judged beside it (A7)', async t => {
  const { source, image, scan, folder } = await setUp(t);
  const [good, bad, worse] = ['good', 'bad', 'worse'].map(salt => source.index(FROM, salt, BOTH, {}, salt)) as Digest[];
  await scanned(source, FROM, good!, [NEW], judging(folder));
  await scanned(source, FROM, bad!, [OLD], judging(folder));
  await scanned(source, FROM, worse!, [OLD, 'pkg:npm/left-pad@1.0.0'], judging(folder, { without: ['npm'] }));
  const images = [image(good!, 'good'), image(bad!, 'bad'), image(worse!, 'worse')];
  await assert.rejects(scan([judging(folder, { threshold: 'medium' })]).before(images), ({ message }: Error) => {
    assert.match(
      message,
      /^bad: a vulnerability is medium or worse:\n(.*\n)+worse: \S+ knows nothing of packages of npm /,
    );
    assert.ok(!message.includes('good'), message);
    return true;
  });
});

test('where several stacks ask, each must be content (A7)', async t => {
  const { source, image, scan, folder } = await setUp(t);
  const digest = source.index(FROM, 'v1', BOTH);
  await scanned(source, FROM, digest, [OLD], judging(folder));
  const [lax, strict] = [judging(folder, { threshold: 'critical' }), judging(folder, { threshold: 'low' })];
  await scan([lax]).before([image(digest)]);
  await assert.rejects(scan([lax, strict]).before([image(digest)]), /^Error: app: a vulnerability is low or worse/);
  await assert.rejects(scan([strict, lax]).before([image(digest)]), /^Error: app: a vulnerability is low or worse/);
});
