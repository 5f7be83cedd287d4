// One start of a Pulumi program, as the language host starts it, up to its first resource.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { startEngine } from './engine.ts';

const run = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run');

export interface Start {
  /** The folder with Pulumi.yaml's `main` and a package.json. */
  folder: string;
  /** Pulumi's own ts-node loads the program. */
  tsNode?: boolean;
  /** Values by full key. */
  config: Record<string, string>;
  env: Record<string, string>;
  /** Leaves what Node has compiled in its cache, as a program does that runs to its end. */
  fillsCache?: boolean;
}

export interface Took {
  /** From the start of the process to the first resource. */
  seconds: number;
  /** CPU seconds of the process until then, all its threads: another program's work does not change them much. */
  cpu: number;
}

/** Throws with what the program said when it ends before its first resource. */
export async function toFirstResource({ folder, tsNode, config, env, fillsCache }: Start): Promise<Took> {
  const engine = await startEngine();
  const began = performance.now();
  const program = spawn(
    process.execPath,
    [
      ...(fillsCache ? ['--require', join(import.meta.dirname, 'keep-compiled.cjs')] : []),
      run,
      ...['--monitor', engine.address, '--engine', engine.address, '--project', 'slipway', '--stack', 'local'],
      ...['--organization', 'organization', '--parallel', '16', '--dry-run', '--pwd', folder, '.'],
    ],
    {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        ...env,
        PULUMI_CONFIG: JSON.stringify(config),
        PULUMI_CONFIG_SECRET_KEYS: '[]',
        PULUMI_NODEJS_TYPESCRIPT: String(tsNode ?? false),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let said = '';
  for (const stream of [program.stdout, program.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (process.env.TRACE) process.stderr.write(text);
    });
  }
  const ended = new Promise<never>((_, reject) => {
    program.on('close', code =>
      reject(
        new Error(`the program ended (${code}) before its first resource: ${[...engine.errors, said].join('\n')}`),
      ),
    );
  });
  try {
    const first = await Promise.race([engine.first, ended]);
    return { seconds: (first - began) / 1000, cpu: cpuOf(program.pid!) };
  } finally {
    ended.catch(() => {});
    // The server goes after the last byte of the program has come: Node ends with an assertion otherwise.
    const closed = program.exitCode === null && program.signalCode === null ? once(program, 'close') : undefined;
    program.kill(fillsCache ? 'SIGTERM' : 'SIGKILL');
    await closed;
    engine.stop();
  }
}

/** User and system time in /proc/<pid>/stat, in ticks of a hundredth of a second on every Linux that Node runs on. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The program's name may hold anything, and ends with the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
