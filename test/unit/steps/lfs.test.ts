import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { lfsPointers } from '../../../steps/lfs.ts';
import { temporaryFolder } from './support/folder.ts';

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;

test('pointers of LFS below the context are found, and nothing else is taken for one', async t => {
  const folder = temporaryFolder(t);
  const tree: Record<string, string> = {
    'services/a/model.bin': POINTER,
    'services/a/deep/model.onnx': POINTER,
    'services/a/notes.txt': `an ${POINTER}`,
    'services/a/empty': '',
    'services/a/long.txt': `${POINTER}${'x'.repeat(2000)}`,
    'services/ab/model.bin': POINTER,
    'model.bin': POINTER,
  };
  for (const [path, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  symlinkSync('../../model.bin', join(folder, 'services/a/link'));
  const source = { folder, commit: '', files: [...Object.keys(tree), 'services/a/link'] };
  assert.deepEqual(await lfsPointers(source, join(folder, 'services/a')), [
    'services/a/model.bin',
    'services/a/deep/model.onnx',
  ]);
  assert.equal((await lfsPointers(source, folder)).length, 4);
});
