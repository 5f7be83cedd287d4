// Runs a program without a shell: arguments reach it as they are, whatever characters they have.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { StepFailure } from './failure.ts';

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Ends the program: SIGTERM first, SIGKILL after `patience` milliseconds. */
  signal?: AbortSignal;
  patience?: number;
  /** Gets each line of both streams as it comes. */
  onLine?: (line: string) => void;
}

/** `status` is null where a signal ended the program; `stdout` and `lines` (both streams, in order of arrival) are whole. */
export interface RunResult {
  status: number | null;
  stdout: string;
  lines: string[];
}

/** Runs `command` to its end, whatever its exit status. Throws a StepFailure only where it can't be started. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { cwd, env, signal, patience = 5000, onLine } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return resolve({ status: null, stdout: '', lines: [] });
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const stdout: string[] = [];
    const lines: string[] = [];
    const collect = (stream: NodeJS.ReadableStream, sink?: string[]) =>
      createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', line => {
        sink?.push(line);
        lines.push(line);
        onLine?.(line);
      });
    collect(child.stdout, stdout);
    collect(child.stderr);

    let killer: NodeJS.Timeout | undefined;
    const stop = () => {
      child.kill('SIGTERM');
      killer = setTimeout(() => child.kill('SIGKILL'), patience);
    };
    signal?.addEventListener('abort', stop, { once: true });
    const settle = () => {
      clearTimeout(killer);
      signal?.removeEventListener('abort', stop);
    };
    child.on('error', error => {
      settle();
      reject(new StepFailure(`${command} can't be started: ${error.message}; the step image must have it on its PATH`));
    });
    child.on('close', status => {
      settle();
      resolve({ status, stdout: stdout.join('\n'), lines });
    });
  });
}
