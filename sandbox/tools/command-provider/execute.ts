// Runs one command of the resource and gives what it wrote.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cwd } from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Inputs of `command:local:Command` that have a part in a run; the names and defaults are the resource's own. */
export interface CommandInputs {
  create?: string;
  update?: string;
  delete?: string;
  dir?: string;
  interpreter?: string[];
  environment?: Record<string, string>;
  stdin?: string;
  logging?: 'stdout' | 'stderr' | 'stdoutAndStderr' | 'none';
  addPreviousOutputInEnv?: boolean;
}

export interface CommandOutput {
  stdout: string;
  stderr: string;
}

/** Throws with the command, how it ended, and the last lines it wrote to standard error. */
export async function execute(
  command: string,
  inputs: CommandInputs,
  previous: CommandOutput | undefined,
  signal: AbortSignal,
): Promise<CommandOutput> {
  const { dir, interpreter = ['/bin/sh', '-c'], logging = 'stdoutAndStderr' } = inputs;
  if (dir && !existsSync(dir))
    throw new Error(`dir: ${dir} does not exist (seen from ${cwd()}); the command was not run`);
  const before = inputs.addPreviousOutputInEnv === false ? undefined : previous;
  const environment = {
    ...process.env,
    ...(before && { PULUMI_COMMAND_STDOUT: before.stdout, PULUMI_COMMAND_STDERR: before.stderr }),
    ...inputs.environment,
  };
  const [program, ...args] = [...interpreter, command];
  const child = spawn(program!, args, { cwd: dir, env: environment, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const stop = () => child.pid && process.kill(-child.pid, 'SIGKILL');
  signal.addEventListener('abort', stop, { once: true });
  // A command that doesn't read its input may end before it was written.
  child.stdin.on('error', () => {});
  child.stdin.end(inputs.stdin ?? '');
  const say = (wanted: boolean, to: (line: string) => void) => (wanted ? to : () => {});
  const stdout = collect(child.stdout, say(logging.startsWith('stdout'), console.log));
  const stderr = collect(child.stderr, say(/stderr$/i.test(logging), console.error));
  try {
    const end = await new Promise<string | undefined>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, name) =>
        resolve(status === 0 ? undefined : name ? `ended by ${name}` : `exit status ${status}`),
      );
    });
    if (end) throw new Error(`${command}: ${end}${lastLines(stderr() || stdout())}`);
    return { stdout: stdout(), stderr: stderr() };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Gathers a stream; the lines are told as they come, the text keeps every byte but the last line's end. */
function collect(stream: Readable, say: (line: string) => void): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (bytes: Buffer) => chunks.push(bytes));
  createInterface({ input: stream }).on('line', say);
  return () => Buffer.concat(chunks).toString().replace(/\n$/, '');
}

function lastLines(text: string): string {
  const lines = text.trimEnd().split('\n').slice(-10);
  return lines[0] === '' ? '' : `\n${lines.join('\n')}`;
}
