// A folder as an image layer. The same content gives the same bytes on any machine: entries sorted, owner root, one fixed
// time, no hard links; nothing of the file system that it lay on shows.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Descriptor } from './layout.ts';

export type Compression = 'none' | 'gzip';

export interface Layer extends Descriptor {
  /** Digest of the uncompressed tar, as an image's configuration lists it. */
  diffId: string;
}

export interface LayerOptions {
  compression: Compression;
  /** Patterns as GNU tar's --exclude takes them, e.g. './usr/share/doc/*'. */
  exclude?: readonly string[];
  signal?: AbortSignal;
}

/** Time of every file in every layer (seconds): a stand-in has no history. */
export const layerTime = 1_700_000_000;

/** GNU tar's arguments that write `folder` to standard output, the same bytes for the same content. */
export function tarArguments(folder: string, exclude: readonly string[] = []): string[] {
  return [
    '--create',
    '--file=-',
    '--format=gnu',
    '--sort=name',
    `--mtime=@${layerTime}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--hard-dereference',
    '--no-xattrs',
    '--no-acls',
    '--no-selinux',
    '--anchored',
    ...exclude.map(pattern => `--exclude=${pattern}`),
    `--directory=${folder}`,
    '.',
  ];
}

/** Writes `folder` as a layer into the blobs of the layout at `layout`. Throws when tar or gzip fails. */
export async function writeLayer(layout: string, folder: string, options: LayerOptions): Promise<Layer> {
  const { compression, exclude, signal } = options;
  const partial = join(layout, 'blobs', 'sha256', `.layer-${process.pid}-${counter++}`);
  const tar = start('tar', tarArguments(folder, exclude), signal);
  const plain = digesting();
  const packed = digesting();
  const file = createWriteStream(partial);
  if (compression === 'none') {
    await Promise.all([pipeline(tar.stdout, plain.stream, packed.stream, file), tar.ended]);
  } else {
    // The program, not node:zlib: what the latter writes depends on the processor's instructions.
    const gzip = start('gzip', ['--no-name', '-1', '--stdout'], signal);
    const compressed = new PassThrough();
    await Promise.all([
      pipeline(tar.stdout, plain.stream, gzip.stdin),
      pipeline(gzip.stdout, packed.stream, compressed),
      pipeline(compressed, file),
      tar.ended,
      gzip.ended,
    ]);
  }
  const digest = packed.digest();
  await rename(partial, join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length)));
  return {
    mediaType: `application/vnd.oci.image.layer.v1.tar${compression === 'gzip' ? '+gzip' : ''}`,
    digest,
    size: packed.size(),
    diffId: plain.digest(),
  };
}

let counter = 0;

function start(command: string, args: string[], signal?: AbortSignal) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], signal, env: { ...process.env, LC_ALL: 'C' } });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with status ${code}: ${errors.trim().split('\n')[0]}`));
    });
  });
  return { stdin: child.stdin, stdout: child.stdout as Readable, ended };
}

function digesting() {
  const hash = createHash('sha256');
  let size = 0;
  const stream = new Transform({
    transform(bytes: Buffer, _encoding, done) {
      hash.update(bytes);
      size += bytes.length;
      done(null, bytes);
    },
  });
  return { stream, digest: () => `sha256:${hash.digest('hex')}`, size: () => size };
}
