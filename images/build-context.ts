// The files of a folder that a build can see.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ignore, parseIgnore } from './dockerignore.ts';

/** The ignore file of a build, as BuildKit chooses it: the Dockerfile's own, or else that of the context. */
export function ignoreFile(dockerfile: string, context: string): string | undefined {
  return [`${dockerfile}.dockerignore`, join(context, '.dockerignore')].find(path => existsSync(path));
}

/** Paths from `context`; a link is one of them. Throws one line on a faulty ignore file. */
export function visibleFiles(dockerfile: string, context: string): string[] {
  return visible(context, '', ignoreOf(ignoreFile(dockerfile, context)));
}

function ignoreOf(file: string | undefined): Ignore {
  if (file === undefined) return parseIgnore('');
  try {
    return parseIgnore(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}, ${(error as Error).message}`);
  }
}

function visible(context: string, below: string, ignore: Ignore): string[] {
  return readdirSync(join(context, below), { withFileTypes: true }).flatMap(entry => {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) return ignore.hidesAll(path) ? [] : visible(context, path, ignore);
    return (entry.isFile() || entry.isSymbolicLink()) && !ignore.hides(path) ? [path] : [];
  });
}
