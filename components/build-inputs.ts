// What goes into a build, file by file: a preview that names no more than "the context" leaves its reader guessing.
import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { visibleFiles } from '../images/build-context.ts';

/** More files than a person reads, or a stack's state should hold, are named by their folders. */
const MOST = 200;
/** Bytes in hand at a time: a context may hold models. */
const PIECE = 1024 * 1024;

/**
 * The files that a build can see, the Dockerfile among them: paths from the checkout, each with a fingerprint of its
 * content and of whether it may be run. Throws one line on a faulty ignore file.
 */
export function buildInputs(dockerfile: string, context: string): Record<string, string> {
  const paths = new Set([join(dockerfile), ...visibleFiles(dockerfile, context).map(path => join(context, path))]);
  const files = [...paths].sort().flatMap((path): [string, string][] => {
    const print = fingerprint(path);
    return print === undefined ? [] : [[path, print]];
  });
  return Object.fromEntries(foldFiles(files, MOST));
}

/**
 * `files` (path, fingerprint), at most `most` of them: where there are more, those of the deepest folders are one entry,
 * the folder's path and a slash, and so on upwards.
 */
export function foldFiles(files: readonly [string, string][], most: number): [string, string][] {
  let folded = [...files];
  const deepest = Math.max(0, ...files.map(([path]) => path.split('/').length));
  for (let depth = deepest - 1; folded.length > most && depth > 0; depth--) {
    const groups = new Map<string, [string, string][]>();
    for (const file of files) {
      const parts = file[0].split('/');
      const name = parts.length > depth ? `${parts.slice(0, depth).join('/')}/` : file[0];
      groups.set(name, groups.get(name) ?? []);
      groups.get(name)!.push(file);
    }
    folded = [...groups].map(([name, members]) => [name, name.endsWith('/') ? short(hashOf(members)) : members[0]![1]]);
  }
  return folded;
}

// A link counts by what it leads to; one to a folder, or to nothing, is no file.
function fingerprint(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) return undefined;
  const hash = createHash('sha256').update(stat.mode & 0o100 ? 'may be run\n' : '');
  const file = openSync(path, 'r');
  try {
    const piece = Buffer.allocUnsafe(PIECE);
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) hash.update(piece.subarray(0, read));
  } finally {
    closeSync(file);
  }
  return short(hash);
}

function hashOf(value: unknown): Hash {
  return createHash('sha256').update(JSON.stringify(value));
}

function short(hash: Hash): string {
  return hash.digest('hex').slice(0, 16);
}
