// `slipway touched [base]`: the stacks that a change can touch, by the paths that it changes.
import { readdir } from 'node:fs/promises';
import { didYouMean } from '../images/nearest.ts';
import { lockPath, namespace } from '../settings/settings.ts';
import { git } from './git.ts';
import { readStackFile } from './stack-file.ts';

/** What no stack is made of. Whatever is not here touches all: a folder that is new is more likely to be program. */
const apart = /^(?:\.ci|\.github|bench|docs|sandbox|samples|test)\/|^(?:[^/]+\.md|LICENSE|biome\.json|\.gitignore)$/;

export interface StackFiles {
  stack: string;
  /** Path of its lock. */
  lock: string;
}

/** Those of `stacks`, in their order, that a change of `paths` can touch. `stacks`: all that the checkout has. */
export function touchedBy(paths: readonly string[], stacks: readonly StackFiles[]): string[] {
  const locks = new Set(stacks.map(({ lock }) => lock));
  const single = (path: string) => locks.has(path) || /^(?:Pulumi\.[^/]+\.yaml|locks\/.*)$/.test(path);
  const all = paths.some(path => !single(path) && !apart.test(path));
  const own = ({ stack, lock }: StackFiles) => paths.includes(`Pulumi.${stack}.yaml`) || paths.includes(lock);
  return stacks.filter(files => all || own(files)).map(({ stack }) => stack);
}

/**
 * The stacks that what lies between the commit `base` and HEAD can touch; without `base`, all. `only`: the stacks that
 * count, in the order in which they are to be given; default: all that have a file. Throws one line on a stack without
 * a file, or a commit that the checkout does not have.
 */
export async function touched(base: string | undefined, only?: readonly string[]): Promise<string[]> {
  const files = (await readdir('.')).flatMap(file => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []).sort();
  for (const stack of only ?? []) {
    if (files.includes(stack)) continue;
    throw new Error(`there is no stack "${stack}"; there are ${files.join(', ')}${didYouMean(stack, files)}`);
  }
  const chosen = only ?? files;
  // A branch that is new has nothing before it, which GitHub writes as zeros.
  if (base === undefined || /^0+$/.test(base)) return [...chosen];
  // The locks of the others are theirs, and no part of the program.
  const found = touchedBy(await changedPaths(base), await Promise.all(files.map(filesOf)));
  return chosen.filter(stack => found.includes(stack));
}

async function filesOf(stack: string): Promise<StackFiles> {
  const { values } = await readStackFile(`Pulumi.${stack}.yaml`);
  return { stack, lock: lockPath(stack, values[`${namespace}:lock`]!) };
}

/** A file that moved counts at both places. */
async function changedPaths(base: string): Promise<string[]> {
  if (!/^[\w.][\w./~^-]*$/.test(base)) throw new Error(`"${base}" is no commit or branch`);
  try {
    const listed = await git(['diff', '--name-only', '--no-renames', '-z', `${base}...HEAD`]);
    return listed.split('\0').filter(path => path !== '');
  } catch (error) {
    throw new Error(
      `what changed since ${base} can't be told: ${(error as Error).message}; expected a checkout with its history (fetch-depth: 0)`,
    );
  }
}
