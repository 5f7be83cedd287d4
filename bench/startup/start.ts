// One start of a Pulumi program, as the language host starts it, up to its first resource.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parse } from 'yaml';
import { startEngine } from './engine.ts';

const run = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run');

export interface Start {
  /** The folder of a project: what its Pulumi.yaml says of the runtime is done. */
  folder: string;
  /** Values by full key. */
  config: Record<string, string>;
  /** Full keys of those that are secrets. */
  secretKeys: string[];
  /** Where Node and ts-node keep what they have compiled, each in its own way. */
  temporary: string;
  env: Record<string, string>;
}

export interface Took {
  /** From the start of the process to the first resource. */
  seconds: number;
  /** CPU seconds of the process until then, all its threads: another program's work does not change them much. */
  cpu: number;
}

interface Project {
  main?: string;
  runtime: string | { options?: { typescript?: boolean; nodeargs?: string } };
}

/** Throws with what the program said when it ends before its first resource. */
export async function toFirstResource({ folder, config, secretKeys, temporary, env }: Start): Promise<Took> {
  const { main = '.', runtime } = parse(readFileSync(join(folder, 'Pulumi.yaml'), 'utf8')) as Project;
  const { typescript = true, nodeargs = '' } = (typeof runtime === 'object' && runtime.options) || {};
  const engine = await startEngine();
  const began = performance.now();
  const program = spawn(
    process.execPath,
    [
      ...nodeargs.split(' ').filter(Boolean),
      // The program is ended at its first resource, and Node keeps what it has compiled at an orderly end only.
      ...['--require', join(import.meta.dirname, 'keep-compiled.cjs'), run],
      ...['--monitor', engine.address, '--engine', engine.address, '--project', 'slipway', '--stack', 'local'],
      ...['--organization', 'organization', '--parallel', '16', '--dry-run', '--pwd', folder, main],
    ],
    {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        TMPDIR: temporary,
        ...env,
        PULUMI_CONFIG: JSON.stringify(config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
        PULUMI_NODEJS_TYPESCRIPT: String(typescript),
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
    program.kill('SIGTERM');
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
