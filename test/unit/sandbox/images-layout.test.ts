import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Compression, writeLayer } from '../../../sandbox/images/layer.ts';
import type { ImageManifest } from '../../../sandbox/images/layout.ts';
import {
  blobPath,
  finishLayout,
  readJson,
  readLayout,
  startLayout,
  writeImage,
} from '../../../sandbox/images/layout.ts';
import { stage } from '../../../sandbox/images/stage.ts';

const scratch = (name: string) => mkdtempSync(join(tmpdir(), `slipway-${name}-`));

/** A tree with what a layer must not be disturbed by: order of creation, times, links, modes. */
function tree(names: string[], time: number): string {
  const folder = scratch('tree');
  mkdirSync(join(folder, 'usr/bin'), { recursive: true });
  for (const name of names) {
    writeFileSync(join(folder, 'usr/bin', name), `program ${name}`, { mode: 0o755 });
    utimesSync(join(folder, 'usr/bin', name), time, time);
  }
  symlinkSync('usr/bin', join(folder, 'bin'));
  return folder;
}

async function layout(): Promise<string> {
  const folder = scratch('layout');
  await startLayout(folder);
  return folder;
}

const image = async (content: string, compression: Compression) => {
  const folder = await layout();
  const layer = await writeLayer(folder, content, { compression });
  const config = { Env: ['PATH=/bin'], Cmd: ['a'] };
  const manifests = [await writeImage(folder, { architecture: 'amd64', layers: [layer], config, origin: 'a test' })];
  return { folder, layer, descriptor: await finishLayout(folder, manifests) };
};

for (const compression of ['none', 'gzip'] as const) {
  test(`the same content gives the same index digest, compression ${compression}`, async () => {
    const one = await image(tree(['b', 'a', 'c'], 1_000_000_000), compression);
    const two = await image(tree(['c', 'b', 'a'], 1_700_000_123), compression);
    assert.equal(one.descriptor.digest, two.descriptor.digest);
    const other = await image(tree(['a', 'b'], 1_000_000_000), compression);
    assert.notEqual(one.descriptor.digest, other.descriptor.digest);
  });

  test(`digest, size and diff id are those of the blob, compression ${compression}`, async () => {
    const { folder, layer } = await image(tree(['a'], 1_000_000_000), compression);
    const bytes = readFileSync(join(folder, blobPath(layer.digest)));
    const sha = (data: Buffer) => `sha256:${createHash('sha256').update(data).digest('hex')}`;
    assert.equal(layer.digest, sha(bytes));
    assert.equal(layer.size, bytes.length);
    assert.equal(layer.diffId, sha(compression === 'gzip' ? gunzipSync(bytes) : bytes));
    assert.match(layer.mediaType, compression === 'gzip' ? /tar\+gzip$/ : /tar$/);
  });
}

test('entries are sorted, owned by root, of one time, and hard links are files of their own', async () => {
  const content = tree(['z', 'm', 'a'], 1_234_567_890);
  linkSync(join(content, 'usr/bin/a'), join(content, 'usr/bin/again'));
  const folder = await layout();
  const layer = await writeLayer(folder, content, { compression: 'none' });
  const archive = join(folder, blobPath(layer.digest));
  const names = execFileSync('tar', ['--list', '--file', archive], { encoding: 'utf8' }).trim().split('\n');
  assert.deepEqual(names, [
    './',
    './bin',
    './usr/',
    './usr/bin/',
    './usr/bin/a',
    './usr/bin/again',
    './usr/bin/m',
    './usr/bin/z',
  ]);
  const lines = execFileSync(
    'tar',
    ['--list', '--verbose', '--numeric-owner', '--utc', '--full-time', '--file', archive],
    {
      encoding: 'utf8',
    },
  )
    .trim()
    .split('\n');
  for (const line of lines) assert.match(line, / 0\/0 .* 2023-11-14 22:13:20 /);
  assert.equal(lines.filter(line => line.startsWith('h')).length, 0);
});

test('what is excluded is not in the layer', async () => {
  const content = tree(['keep', 'drop'], 1_000_000_000);
  const folder = await layout();
  const layer = await writeLayer(folder, content, { compression: 'none', exclude: ['./usr/bin/dr*'] });
  const names = execFileSync('tar', ['--list', '--file', join(folder, blobPath(layer.digest))], { encoding: 'utf8' });
  assert.match(names, /keep/);
  assert.doesNotMatch(names, /drop/);
});

test('a folder that is not there fails with what tar says', async () => {
  const folder = await layout();
  await assert.rejects(
    writeLayer(folder, join(folder, 'missing'), { compression: 'gzip' }),
    /tar ended with status 2: .*missing/,
  );
});

test('a layout is read back as it was written', async () => {
  const { folder, descriptor, layer } = await image(tree(['a'], 1_000_000_000), 'none');
  const read = await readLayout(folder);
  assert.equal(read.descriptor.digest, descriptor.digest);
  assert.deepEqual(
    read.index.manifests.map(({ platform }) => platform),
    [{ os: 'linux', architecture: 'amd64' }],
  );
  const manifest = await readJson<ImageManifest>(folder, read.index.manifests[0]!.digest);
  assert.equal(manifest.layers[0]!.digest, layer.digest);
  const config = await readJson<{ architecture: string; rootfs: { diff_ids: string[] } }>(
    folder,
    manifest.config.digest,
  );
  assert.equal(config.architecture, 'amd64');
  assert.deepEqual(config.rootfs.diff_ids, [layer.diffId]);
});

test('staged files have the modes that they are given, whatever the umask', async () => {
  const source = join(scratch('source'), 'program');
  writeFileSync(source, 'x');
  chmodSync(source, 0o600);
  const umask = process.umask(0o077);
  try {
    const folder = scratch('stage');
    await stage(folder, [
      { path: 'opt/tool/run', file: source, mode: 0o755 },
      { path: 'opt/tool/again', link: 'run' },
      { path: 'etc/name', text: 'value\n' },
      { path: 'tmp', folder: true, mode: 0o1777 },
    ]);
    const modes = execFileSync('find', [folder, '-mindepth', '1', '-printf', '%m %P\n'], { encoding: 'utf8' });
    assert.deepEqual(modes.trim().split('\n').sort(), [
      '1777 tmp',
      '644 etc/name',
      '755 etc',
      '755 opt',
      '755 opt/tool',
      '755 opt/tool/run',
      '777 opt/tool/again',
    ]);
  } finally {
    process.umask(umask);
  }
});
