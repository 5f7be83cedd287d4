// A second checkout with one change, for an `up` that has something to do.
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout } from '../../../sandbox/checkout.ts';
import { edit } from '../../../sandbox/first-push/repository.ts';
import { run } from '../../../sandbox/tools/run.ts';

export interface Change {
  file: string;
  from: string | RegExp;
  to: string;
}

/** Works in a copy of the checkout in which one text is another. */
export function withChange<T>({ file, from, to }: Change, act: (folder: string) => Promise<T>): Promise<T> {
  return withCopy(async folder => {
    await edit({ folder, git: async () => '' }, file, from, to);
    return act(folder);
  });
}

/** Works in a copy of the checkout, at another path. */
export async function withCopy<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-checkout-'));
  try {
    const apart = ['.slipway', '.git', 'node_modules'].map(name => join(checkout, name));
    await cp(checkout, folder, { recursive: true, filter: path => !apart.includes(path), verbatimSymlinks: true });
    // Nobody writes to the packages, and they are half a gigabyte: the same files under a second name where the file system
    // is one.
    const packages = ['--archive', join(checkout, 'node_modules'), folder];
    await run('cp', ['--link', ...packages]).catch(() => run('cp', ['--force', ...packages]));
    return await act(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The build daemons ask for a little more: an `up` replaces both. */
export const daemons: Change = {
  file: 'Pulumi.local.yaml',
  from: 'cpu: 100m',
  to: 'cpu: 101m',
};
