import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ensureFolder, exists } from '../../../sandbox/tools/store.ts';
import { folderFor } from './tools-fixture.ts';

test('a folder is not there under its name before it is complete', async t => {
  const folder = join(await folderFor(t), 'tool-1');
  const how = await ensureFolder({
    folder,
    make: async partial => {
      await writeFile(join(partial, 'a'), '1');
      assert.equal(await exists(folder), false);
      await writeFile(join(partial, 'b'), '2');
    },
  });
  assert.equal(how, 'made');
  assert.deepEqual(await readdir(folder), ['a', 'b']);
});

test('a folder that two ask for at once is made once', async t => {
  const folder = join(await folderFor(t), 'tool-1');
  let made = 0;
  const make = async (partial: string) => {
    made += 1;
    await delay(50);
    await writeFile(join(partial, 'a'), '1');
  };
  const answers = await Promise.all([ensureFolder({ folder, make }), ensureFolder({ folder, make })]);
  assert.deepEqual(answers.sort(), ['found', 'made']);
  assert.equal(made, 1);
});

test('a maker that fails leaves nothing behind, and its fault is the answer', async t => {
  const home = await folderFor(t);
  const make = async (partial: string) => {
    await writeFile(join(partial, 'a'), '1');
    throw new Error('no more');
  };
  await assert.rejects(ensureFolder({ folder: join(home, 'tool-1'), make }), /no more/);
  assert.deepEqual(await readdir(home), ['.locks']);
});

test('a maker that is aborted leaves nothing behind', async t => {
  const home = await folderFor(t);
  const abort = new AbortController();
  const make = async (partial: string) => {
    await writeFile(join(partial, 'a'), '1');
    abort.abort(new Error('enough'));
  };
  await assert.rejects(ensureFolder({ folder: join(home, 'tool-1'), make, signal: abort.signal }), /enough/);
  assert.deepEqual(await readdir(home), ['.locks']);
});

test('what a killed maker left does not get into the folder', async t => {
  const folder = join(await folderFor(t), 'tool-1');
  await mkdir(`${folder}.partial`);
  await writeFile(join(`${folder}.partial`, 'half'), '');
  await ensureFolder({ folder, make: partial => writeFile(join(partial, 'whole'), 'yes') });
  assert.deepEqual(await readdir(folder), ['whole']);
  assert.equal(await readFile(join(folder, 'whole'), 'utf8'), 'yes');
});
