// A list of files by the sha256 of their content, in the form that the program sha256sum writes and checks.
import type { Digest } from './digest.ts';
import { printFaults } from './wording.ts';

/** A file of the list; `path` is relative, with `/` between its parts. */
export interface ListedFile {
  path: string;
  digest: Digest;
}

const FORM = '64 hexadecimal digits, two spaces and a relative path, as sha256sum writes them';

/** Names that begin so are those of files that are not whole yet. */
export const UNFINISHED = '.part-';

/**
 * The files of `text`; empty lines and those that begin with `#` are none. Throws one error with the faults of all lines:
 * the path of a file neither leaves the folder that the list is of, nor is it that of another file or of its folder.
 */
export function parseChecksums(text: string): ListedFile[] {
  const faults: string[] = [];
  const files = new Map<string, ListedFile>();
  for (const [i, written] of text.split('\n').entries()) {
    const line = written.replace(/\r$/, '');
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, digits, path] = /^([0-9a-f]{64}) [ *](?:\.\/)*(.+)$/i.exec(line) ?? [];
    const fault = path === undefined ? `found ${shown(line)}; expected ${FORM}` : pathFault(path, files);
    if (fault) faults.push(`line ${i + 1}: ${fault}`);
    else files.set(path!, { path: path!, digest: `sha256:${digits!.toLowerCase()}` });
  }
  for (const { path } of files.values()) {
    const folder = parentsOf(path).find(parent => files.has(parent));
    if (folder !== undefined) faults.push(`${folder} is a file of the list, and ${path} needs a folder of that name`);
  }
  if (files.size === 0 && faults.length === 0) faults.push(`it is empty; expected lines of ${FORM}`);
  if (faults.length > 0) throw new Error(printFaults(faults));
  return [...files.values()];
}

function pathFault(path: string, files: ReadonlyMap<string, unknown>): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  const odd = /[\u0000-\u001f\u007f\\]/.test(path) || path.split('/').some(part => /^\.{0,2}$/.test(part));
  if (odd) return `found path ${shown(path)}; expected one that stays below its folder: no "..", no "/" at its start`;
  if (path.startsWith(UNFINISHED)) {
    return `found path ${shown(path)}; expected one that does not begin with ${UNFINISHED}: unfinished files do`;
  }
  return files.has(path) ? `found ${shown(path)} a second time; expected each path once` : undefined;
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('/'));
}

function shown(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
