// Runs a foreign program so that it can't outlive this process, writes its output to a log, and ends its whole process
// group when the caller aborts: a compiler that goes on after Ctrl-C would hold the machine.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Text for standard input; none by default. */
  input?: string;
  /** File that standard output and error are appended to. */
  log?: string;
  signal?: AbortSignal;
  /** Told each line of standard error as it comes. */
  onLine?: (line: string) => void;
  /** Milliseconds between the polite signal and the hard one on abort; 2000. */
  grace?: number;
}

export interface RunResult {
  stdout: string;
  stderr: string;
}

/** A program that ended badly: `status` is its exit status, or undefined where a signal ended it. */
export class RunError extends Error {
  readonly command: string;
  readonly status: number | undefined;
  /** Everything the program wrote, standard output first. */
  readonly output: string;

  constructor(command: string, status: number | undefined, end: string, output: string) {
    super(`${command}: ${end}${lastLines(output)}`);
    this.name = 'RunError';
    this.command = command;
    this.status = status;
    this.output = output;
  }
}

/**
 * Runs `command` with `args` to its end and returns what it wrote. Throws RunError when it can't be started or ends with
 * a status other than 0, and the signal's reason when aborted (after the process group is gone).
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { signal } = options;
  signal?.throwIfAborted();
  const log = options.log ? createWriteStream(options.log, { flags: 'a' }) : undefined;
  // The parent-death signal covers the end of this process that no handler sees (kill -9).
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let hard: NodeJS.Timeout | undefined;
  const stop = () => {
    endGroup(child.pid, 'SIGTERM');
    hard = setTimeout(() => endGroup(child.pid, 'SIGKILL'), options.grace ?? 2000);
  };
  signal?.addEventListener('abort', stop, { once: true });
  // A program that ends before it has read its input is told apart by its exit status.
  child.stdin?.on('error', () => {}).end(options.input);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (bytes: Buffer) => {
    out.push(bytes);
    log?.write(bytes);
  });
  child.stderr?.on('data', (bytes: Buffer) => {
    err.push(bytes);
    log?.write(bytes);
    if (options.onLine) for (const line of bytes.toString().split('\n')) if (line) options.onLine(line);
  });
  try {
    const [status, endedBy] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, name) => resolve([code, name]));
    });
    signal?.throwIfAborted();
    const stdout = Buffer.concat(out).toString();
    const stderr = Buffer.concat(err).toString();
    if (status !== 0) {
      const end = status === null ? `ended by ${endedBy}` : `exit status ${status}`;
      throw new RunError(`${command} ${args[0] ?? ''}`.trim(), status ?? undefined, end, `${stdout}${stderr}`);
    }
    return { stdout, stderr };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new Error('setpriv is not on the PATH; it comes with util-linux: apt-get install util-linux');
    }
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    clearTimeout(hard);
    // What the program started ends with it: a compiler that was left over would write into a folder being removed.
    endGroup(child.pid, 'SIGKILL');
    if (log) {
      log.end();
      await finished(log);
    }
  }
}

function endGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // The group ended by itself.
  }
}

function lastLines(output: string): string {
  const lines = output.trimEnd().split('\n').slice(-5);
  return lines[0] === '' ? '' : `\n  ${lines.join('\n  ')}`;
}
