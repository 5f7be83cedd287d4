import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Workshop } from '../../../../commands/build-images/workshop.ts';
import { type Digest, digestOf } from '../../../../images/digest.ts';
import type { ImageTree } from '../../../../images/image-tree.ts';

function setUp(t: TestContext) {
  const cache = mkdtempSync(join(tmpdir(), 'slipway-workshop-'));
  t.after(() => rmSync(cache, { recursive: true, force: true }));
  const layouts = join(cache, 'layouts');
  /** A layout in the workshop with blobs of these texts. */
  const build = (workshop: Workshop, name: string, texts: string[]) => {
    const folder = join(workshop.folder, name);
    mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
    for (const text of texts) writeFileSync(blobIn(folder, digestOf(text)), text);
    const blobs = texts.map(text => ({ mediaType: '', digest: digestOf(text), size: text.length }));
    return { folder, tree: { blobs } as unknown as ImageTree };
  };
  return { layouts, build, open: () => Workshop.open({ SLIPWAY_CACHE: cache }) };
}

const [BASE, OTHER] = ['3.11', '3.12'].map(version => `library/python@${digestOf(version)}`) as [string, string];

const blobIn = (folder: string, digest: Digest) => join(folder, 'blobs/sha256', digest.slice('sha256:'.length));

test('what one build has brought lies in the layout of the next, in another run too', async t => {
  const { open, build, layouts } = setUp(t);
  const first = await open();
  const { folder, tree } = build(first, 'one', ['base', 'own']);
  await first.keep(folder, tree, [BASE]);
  await first.keep(folder, tree, [BASE]);
  await first.close();
  assert.deepEqual(readdirSync(layouts), ['bases', 'blobs']);
  const second = await open();
  const next = join(second.folder, 'two');
  await second.seed(next);
  assert.deepEqual(
    [await second.knows([]), await second.knows([BASE]), await second.knows([BASE, OTHER])],
    [true, true, false],
  );
  for (const text of ['base', 'own']) assert.equal(readFileSync(blobIn(next, digestOf(text)), 'utf8'), text);
  await second.close();
});

test('a blob that nothing has used for a week goes, and so does all when an image was not whole', async t => {
  const { open, build, layouts } = setUp(t);
  const workshop = await open();
  const { folder, tree } = build(workshop, 'one', ['old', 'new']);
  await workshop.keep(folder, tree, [BASE]);
  await workshop.close();
  const name = (text: string) => join(layouts, 'blobs', digestOf(text).slice('sha256:'.length));
  const days = (count: number) => Date.now() / 1000 - count * 24 * 3600;
  utimesSync(name('old'), days(8), days(8));
  utimesSync(name('new'), days(6), days(6));
  const later = await open();
  assert.deepEqual([existsSync(name('old')), existsSync(name('new'))], [false, true]);
  assert.equal(await later.knows([BASE]), true);
  await later.forget();
  assert.deepEqual([existsSync(name('new')), await later.knows([BASE])], [false, false]);
  await later.close();
});

test('what a killed run has left goes with the next; a run that goes on is left alone', async t => {
  const { open, layouts } = setUp(t);
  const { pid } = spawnSync(process.execPath, ['--version']);
  mkdirSync(join(layouts, `run-${pid}-killed`), { recursive: true });
  const [one, two] = [await open(), await open()];
  assert.equal(existsSync(join(layouts, `run-${pid}-killed`)), false);
  assert.ok(existsSync(one.folder) && existsSync(two.folder));
  await Promise.all([one.close(), two.close()]);
});
