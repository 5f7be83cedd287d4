// The node's image store is laid once, keeps what is in it, and never writes into the one that it was laid from.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { layStore } from '../../../sandbox/cluster/node-store.ts';

const database = 'io.containerd.metadata.v1.bolt/meta.db';
const blob = 'io.containerd.content.v1.content/blobs/sha256/0';

function folders(t: { after(end: () => void): void }) {
  const root = mkdtempSync(join(tmpdir(), 'slipway-store-'));
  t.after(() => rmSync(root, { recursive: true }));
  const importedInto: string[] = [];
  const images = (name: string) => {
    const store = join(root, name);
    for (const file of [database, blob]) {
      mkdirSync(join(store, file, '..'), { recursive: true });
      writeFileSync(join(store, file), `${file} of ${name}`);
    }
    return { store, names: [], importInto: async (folder: string) => void importedInto.push(`${name} ${folder}`) };
  };
  return { images, importedInto, home: join(root, 'home/containerd') };
}

test('blobs are shared with the cache and databases are not', async t => {
  const { images, home } = folders(t);
  const made = images('a');
  await layStore(made, home);
  assert.equal(statSync(join(home, blob)).ino, statSync(join(made.store, blob)).ino);
  appendFileSync(join(home, database), 'more');
  assert.equal(readFileSync(join(made.store, database), 'utf8'), `${database} of a`);
  assert.ok(!existsSync(`${home}.partial`));
});

test('what pods are pinned to stays: other images of the sandbox are added to the root that is there', async t => {
  const { images, importedInto, home } = folders(t);
  await layStore(images('a'), home);
  writeFileSync(join(home, 'pulled'), '');
  await layStore(images('a'), home);
  assert.deepEqual(importedInto, []);
  await layStore(images('b'), home);
  await layStore(images('b'), home);
  assert.deepEqual(importedInto, [`b ${home}`]);
  assert.ok(existsSync(join(home, 'pulled')));
});
