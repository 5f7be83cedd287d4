// What a built tool depends on, as a short hash: its folder in the cache is named by it, so that a checkout with other
// versions builds beside, and never over, what another checkout uses.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GoBuild } from './tool.ts';

/** Raised when the way of building changes in a way that changes the result. */
const recipe = 1;

/** The files of a module folder that take part in a build, relative and sorted. */
export async function moduleFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter(name => /\.go$|(^|\/)go\.(mod|sum)$/.test(name)).sort();
}

/** 12 hex digits; changes with the module's files, the packages and flags, and Go's version. */
export async function toolKey(build: GoBuild, goVersion: string, from: string): Promise<string> {
  const folder = join(from, build.module);
  const { module: _, ...flags } = build;
  const hash = createHash('sha256').update(JSON.stringify([recipe, goVersion, sorted(flags)]));
  for (const name of await moduleFiles(folder)) {
    hash.update(`\0${name}\0`).update(await readFile(join(folder, name)));
  }
  return hash.digest('hex').slice(0, 12);
}

/** The same value with every object's keys in order: reordering the catalogue rebuilds nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, sorted(entry)]),
  );
}
