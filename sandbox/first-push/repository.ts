// A developer's clone of a sample repository, pushed to the sandbox's git server.
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../checkout.ts';
import type { SandboxConfig } from '../config.ts';
import { run } from '../tools/run.ts';

export interface Clone {
  folder: string;
  git: (...args: string[]) => Promise<string>;
}

const author = { name: 'Slipway sandbox', email: 'sandbox@slipway.invalid' };

/** Opens the clone in $SLIPWAY_HOME/work, made from samples/<repository> the first time. */
export async function openClone(config: SandboxConfig, repository: string): Promise<Clone> {
  const folder = join(config.home, 'work', repository);
  // The machine's own git settings (hooks, signing, templates) have no place in a clone that a test makes.
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
  };
  const git = async (...args: string[]) => (await run('git', args, { cwd: folder, env })).stdout;
  if (!existsSync(join(folder, '.git'))) {
    await mkdir(folder, { recursive: true });
    await cp(join(checkout, 'samples', repository), folder, { recursive: true });
    await git('init', '--quiet', '--initial-branch=main');
    await git('remote', 'add', 'origin', `http://127.0.0.1:${config.ports.git}/${repository}.git`);
  }
  return { folder, git };
}

/** The services of a sample repository, by name: each has a folder. */
export async function sampleServices(repository: string): Promise<string[]> {
  return (await readdir(join(checkout, 'samples', repository, 'microservices'))).sort();
}

/** Commits whatever has changed (an empty commit where nothing has) and pushes it. Gives the commit. */
export async function commitAndPush(clone: Clone, message: string, branch = 'main'): Promise<string> {
  await clone.git('add', '--all');
  await clone.git('commit', '--quiet', '--allow-empty', '--message', message);
  await clone.git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
  return (await clone.git('rev-parse', 'HEAD')).trim();
}

/** Replaces text in one file. @throws where the text is not there: a change that changes nothing proves nothing. */
export async function edit(clone: Clone, file: string, from: string | RegExp, to: string): Promise<void> {
  const path = join(clone.folder, file);
  const before = await readFile(path, 'utf8');
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} in ${clone.folder} does not hold ${from}`);
  await writeFile(path, after);
}
