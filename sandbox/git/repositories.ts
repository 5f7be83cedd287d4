// The bare repositories, and git as a server needs it: nothing of a user's settings, nothing asked for.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { branch, type GitSettings } from './settings.ts';

const execute = promisify(execFile);

/** Name of the variable that tells the hook where to write what a push changed. */
export const updatesVariable = 'SLIPWAY_UPDATES';

/** Notes each updated ref, `before after ref` a line, for the server that started this push. */
const hook = `#!/bin/sh
if [ -n "$${updatesVariable}" ]; then exec cat > "$${updatesVariable}"; fi
`;

/** The environment of every git process of the server. */
export function gitEnv(settings: Pick<GitSettings, 'root'>): Record<string, string> {
  const config = {
    // A folder of state may belong to someone else than the server's user.
    'safe.directory': '*',
    'core.hooksPath': join(settings.root, 'hooks'),
    'http.receivepack': 'true',
    // A run fetches the commit of its push, which a later push may have taken off its branch.
    'uploadpack.allowAnySHA1InWant': 'true',
    'gc.auto': '0',
  };
  const entries = Object.entries(config);
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: settings.root,
    LC_ALL: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: String(entries.length),
    ...Object.fromEntries(
      entries.flatMap(([key, value], at) => [
        [`GIT_CONFIG_KEY_${at}`, key],
        [`GIT_CONFIG_VALUE_${at}`, value],
      ]),
    ),
  };
}

const folderOf = (settings: Pick<GitSettings, 'root'>, name: string): string => join(settings.root, `${name}.git`);

/** Runs git in a bare repository; throws with what it said. */
export async function git(settings: Pick<GitSettings, 'root'>, name: string, args: string[]): Promise<string> {
  const options = { cwd: folderOf(settings, name), env: gitEnv(settings), maxBuffer: 256 * 1024 * 1024 };
  return (await execute('git', args, options)).stdout;
}

/** Makes the repositories that are missing, whole or not at all. Throws for a name that could leave the folder. */
export async function makeRepositories(settings: Pick<GitSettings, 'root' | 'repositories'>): Promise<void> {
  const hooks = join(settings.root, 'hooks');
  await mkdir(hooks, { recursive: true });
  await writeFile(join(hooks, 'post-receive'), hook);
  await chmod(join(hooks, 'post-receive'), 0o755);
  for (const { name } of settings.repositories) {
    if (!/^[\w-][\w.-]*$/.test(name)) {
      throw new Error(`repository "${name}": letters, digits, "-", "_" and "." are allowed, and no "." first`);
    }
    const folder = folderOf(settings, name);
    if (existsSync(folder)) continue;
    const partial = `${folder}.partial`;
    await rm(partial, { recursive: true, force: true });
    const args = ['init', '--quiet', '--bare', `--initial-branch=${branch}`, partial];
    await execute('git', args, { env: gitEnv(settings) });
    await rename(partial, folder);
  }
}
