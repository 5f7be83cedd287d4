// The tool chain: every program of the catalogue, from the machine where it has a fitting one, else from the cache, else
// built into it.
import { dirname, join } from 'node:path';
import { machineArchitecture } from '../rootfs/node.ts';
import { buildAll, type Wanted } from './build-all.ts';
import { catalogue } from './catalogue.ts';
import { checkDisk } from './disk.ts';
import { goVersion, moduleFolder } from './go.ts';
import { toolKey } from './key.ts';
import { onMachine } from './machine.ts';
import type { Report } from './report.ts';
import { exists } from './store.ts';
import { programsOf, type Tool } from './tool.ts';

export interface ToolsOptions {
  /** Absolute path of $SLIPWAY_CACHE. */
  cache: string;
  /** Names of the tools that are wanted; all of the catalogue but those that must be asked for. */
  only?: readonly string[];
  /** Names of tools that must be asked for, wanted beside the others. */
  also?: readonly string[];
  /** Told of every change of a tool's state, and once a second while it is built. */
  report?: Report;
  /** Ends the compilers and leaves nothing half-written; what was compiled stays in Go's cache. */
  signal?: AbortSignal;
  /** The environment in which Go, Pulumi and the user's plugins are looked for; this process's. */
  env?: NodeJS.ProcessEnv;
  /** Another catalogue and its module folders. */
  tools?: readonly Tool[];
  modules?: string;
}

export interface Tools {
  /** Absolute path of a program by its name; throws with the names that are known. */
  path(program: string): string;
  /** Folders for a PATH, in order: programs that people and Pulumi call by name. */
  folders: string[];
}

/**
 * Makes every tool ready and tells where its programs are. Throws one line with the remedy: no Go or one that is too
 * old, too little disk, a checksum that differs, a build that failed. The first failure ends the other builds.
 */
export async function ensureTools(options: ToolsOptions): Promise<Tools> {
  const { cache, report, env = process.env, modules = moduleFolder } = options;
  const tools = choose(options.tools ?? catalogue(machineArchitecture()), options);
  const paths = new Map<string, string>();
  const wanted: Wanted[] = [];
  let go: Promise<string> | undefined;
  for (const tool of tools) {
    const found = (await onMachine(tool, env)) ?? npmPrograms(tool);
    let ready = found !== undefined;
    for (const [program, path] of found ?? []) paths.set(program, path);
    if (!found && tool.source.how === 'go') {
      go ??= goVersion(moduleNames(tools), env, modules);
      const folder = join(cache, 'tools', `${tool.name}-${await toolKey(tool.source, await go, modules)}`);
      for (const program of programsOf(tool)) paths.set(program, join(folder, program));
      ready = await exists(folder);
      if (!ready) wanted.push({ tool, folder, build: tool.source });
    }
    if (ready) report?.({ tool: tool.name, state: 'found', seconds: 0 });
  }
  if (wanted.length > 0) {
    await checkDisk(
      cache,
      wanted.map(({ tool }) => tool),
    );
    await buildAll(wanted, { cache, report, env, modules, signal: options.signal });
  }
  const folders = tools.filter(tool => tool.onPath).map(tool => dirname(paths.get(programsOf(tool)[0]!)!));
  return {
    folders: [...new Set(folders)],
    path: program => {
      const path = paths.get(program);
      if (!path) throw new Error(`no tool gives ${program}; there are ${[...paths.keys()].sort().join(', ')}`);
      return path;
    },
  };
}

function choose(all: readonly Tool[], { only, also = [] }: Pick<ToolsOptions, 'only' | 'also'>): Tool[] {
  const unknown = [...(only ?? []), ...also].filter(name => !all.some(tool => tool.name === name));
  if (unknown.length > 0) {
    throw new Error(`no tool is called ${unknown.join(', ')}; there are ${all.map(tool => tool.name).join(', ')}`);
  }
  return all.filter(tool => also.includes(tool.name) || (only ? only.includes(tool.name) : !tool.asked));
}

function moduleNames(tools: readonly Tool[]): string[] {
  return [...new Set(tools.flatMap(({ source }) => (source.how === 'go' ? [source.module] : [])))];
}

/** The project's own packages; npm put them there before anything of this runs. */
function npmPrograms({ source }: Tool): Map<string, string> | undefined {
  if (source.how !== 'npm') return undefined;
  const packages = join(import.meta.dirname, '../../node_modules');
  return new Map(Object.entries(source.files).map(([program, file]) => [program, join(packages, file)]));
}
