import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { extendCatalogue, imagesOf } from '../../../bench/scale/catalogue.ts';
import { catalogueFaults } from '../../../systems/check.ts';

test('a catalogue with more services is one that keeps the rules, and each of them has its image', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-catalogue-'));
  t.after(() => rmSync(folder, { recursive: true }));
  cpSync('systems', join(folder, 'systems'), { recursive: true });
  const file = join(folder, 'systems', 'cerebral.ts');
  await extendCatalogue(folder, 15);
  const { cerebral } = await import(pathToFileURL(file).href);
  assert.deepEqual(catalogueFaults(cerebral), []);
  const images = cerebral.services.map(({ image }: { image: string }) => image);
  assert.equal(images.length, 15);
  assert.deepEqual(images, imagesOf(15));
});

test('no service is taken away from the catalogue', () => {
  assert.throws(() => imagesOf(3), /3 services: the catalogue has 12/);
});
