// Programs that the machine has already, in a version that fits.
import { access, constants, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import semver from 'semver';
import { run } from './run.ts';
import { exists } from './store.ts';
import { type Machine, programsOf, type Tool } from './tool.ts';

/** Path by program, or undefined where the machine has no fitting version of all of them. */
export async function onMachine(tool: Tool, env: NodeJS.ProcessEnv): Promise<Map<string, string> | undefined> {
  if (!tool.machine) return undefined;
  const folder =
    'plugin' in tool.machine ? await pluginFolder(tool.machine.plugin, env) : await askedFolder(tool.machine, env);
  if (!folder) return undefined;
  const paths = programsOf(tool).map(name => [name, join(folder, name)] as const);
  const usable = await Promise.all(paths.map(([, path]) => isExecutable(path)));
  return usable.every(Boolean) ? new Map(paths) : undefined;
}

/** Absolute path of `name` on the PATH of `env`. */
export async function which(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    if (await isExecutable(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

/** The user's own copy of a Pulumi plugin; one whose download was cut off has a marker beside it. */
export async function pluginFolder(plugin: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folder = join(env.PULUMI_HOME || join(env.HOME || homedir(), '.pulumi'), 'plugins', plugin);
  return (await exists(folder)) && !(await exists(`${folder}.partial`)) ? folder : undefined;
}

async function askedFolder(
  { ask: [program, ...args], range, beside }: Extract<Machine, { ask: unknown }>,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const path = await which(program, env);
  if (!path) return undefined;
  const folder = dirname(await realpath(path));
  const complete = await Promise.all(beside.map(name => isExecutable(join(folder, name))));
  if (!complete.every(Boolean)) return undefined;
  const answer = await run(path, args, { env }).catch(() => undefined);
  const version = semver.coerce(answer?.stdout);
  return version && semver.satisfies(version, range) ? folder : undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
