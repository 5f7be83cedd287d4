// The node's image store is laid once, keeps what was pulled since, and never writes into the one that it was laid from.
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
  const store = (name: string) => {
    for (const file of [database, blob]) {
      mkdirSync(join(root, name, file, '..'), { recursive: true });
      writeFileSync(join(root, name, file), `${file} of ${name}`);
    }
    return join(root, name);
  };
  return { store, home: join(root, 'home/containerd') };
}

test('blobs are shared with the cache and databases are not', t => {
  const { store, home } = folders(t);
  const made = store('a');
  layStore(made, home);
  assert.equal(statSync(join(home, blob)).ino, statSync(join(made, blob)).ino);
  appendFileSync(join(home, database), 'more');
  assert.equal(readFileSync(join(made, database), 'utf8'), `${database} of a`);
});

test('what was pulled since stays at the next start, and goes where the images of the sandbox are others', t => {
  const { store, home } = folders(t);
  layStore(store('a'), home);
  writeFileSync(join(home, 'pulled'), '');
  layStore(store('a'), home);
  assert.ok(existsSync(join(home, 'pulled')));
  layStore(store('b'), home);
  assert.ok(!existsSync(join(home, 'pulled')));
  assert.equal(readFileSync(join(home, blob), 'utf8'), `${blob} of b`);
});
