// Builds one tool's programs from its pinned module into a folder. What was compiled stays in Go's cache, so a build
// that was cut off goes on where it stopped.
import { copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { explain } from './explain.ts';
import { goEnv } from './go.ts';
import { moduleFiles } from './key.ts';
import { type RunOptions, run } from './run.ts';
import type { Embed, GoBuild } from './tool.ts';

export interface CompileOptions extends Pick<RunOptions, 'log' | 'signal' | 'onLine'> {
  cache: string;
  env: NodeJS.ProcessEnv;
  /** Folder that holds the module folders. */
  modules: string;
  /** Gives way to other programs of the machine, as nice(1) counts. */
  nice?: number;
}

/**
 * The compiler's own heap: a seventh of its work is collecting what would be gone at its end a second later. The limit is
 * for the few packages that need much, on machines that have little: four compilers or linkers may run at a time.
 */
const RARE_COLLECTION = { GOGC: '400', GOMEMLIMIT: `${Math.floor(totalmem() / 8)}` };

/**
 * Fills `out` with the programs and links of `build`, and gives the CPU seconds that it took. Throws one line with the
 * remedy; the log has the rest.
 */
export async function compile(name: string, build: GoBuild, out: string, options: CompileOptions): Promise<number> {
  const { cache, log, signal, onLine } = options;
  const work = join(out, '.work');
  const source = join(work, 'source');
  const temporary = join(work, 'tmp');
  await mkdir(temporary, { recursive: true });
  await copyModule(join(options.modules, build.module), source);
  const env = { ...goEnv(options.env, cache, build.arch, temporary), ...RARE_COLLECTION };
  const nice = String(options.nice ?? 0);
  // What bash counts of the program and all that it starts goes to a file of its own, out of what the compiler says.
  const times = join(work, 'times');
  const timed = `TIMEFORMAT='%U %S'; { time nice -n ${nice} go "$@" 2>&3; } 3>&2 2>>"$0"`;
  const go = (args: string[]) => run('bash', ['-c', timed, times, ...args], { cwd: source, env, log, signal, onLine });
  const packages = Object.entries(build.packages);
  const target = packages.length === 1 ? join(out, packages[0]![0]) : `${out}/`;
  try {
    for (const embed of build.embeds ?? []) await makeEmbed(embed, source, go);
    // Two compilers at a time: enough for two cores, and little enough memory for the largest packages on more. They write
    // no debug data, which the linker would leave out: a fifth less work.
    const speed = ['-p', '2', '-gcflags=all=-dwarf=false'];
    await go([
      ...['build', '-mod=readonly', '-buildvcs=false', '-trimpath', ...speed, '-v', '-ldflags', linkerFlags(build)],
      ...['-o', target, ...packages.map(([, path]) => path)],
    ]);
  } catch (error) {
    throw explain(name, error, { cache, log });
  }
  if (packages.length > 1) {
    for (const [program, path] of packages) await rename(join(out, basename(path)), join(out, program));
  }
  for (const [link, program] of Object.entries(build.links ?? {})) await symlink(program, join(out, link));
  const seconds = (await readFile(times, 'utf8')).split(/\s+/).map(Number);
  await rm(work, { recursive: true });
  return seconds.reduce((sum, one) => sum + one, 0);
}

/** The checkout's module files are never written to, and the build sees nothing but them. */
async function copyModule(from: string, to: string): Promise<void> {
  for (const name of await moduleFiles(from)) {
    await mkdir(dirname(join(to, name)), { recursive: true });
    await copyFile(join(from, name), join(to, name));
  }
}

async function makeEmbed(
  { module, file, as, set }: Embed,
  source: string,
  go: (args: string[]) => Promise<{ stdout: string }>,
): Promise<void> {
  const { Dir: folder } = JSON.parse((await go(['mod', 'download', '-json', module])).stdout) as { Dir: string };
  const content = JSON.parse(await readFile(join(folder, file), 'utf8')) as object;
  await writeFile(join(source, as), JSON.stringify({ ...content, ...set }));
}

/** No symbol table and debug data, a third of the size, and the variables. */
function linkerFlags({ variables = {} }: GoBuild): string {
  return ['-s -w', ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(' ');
}
