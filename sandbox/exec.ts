// Runs a program to its end and gives what it printed.
import { spawn } from 'node:child_process';

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  input?: string;
  signal?: AbortSignal;
}

/** @throws Error with the command, its exit status and the last lines of its stderr. */
export function run(command: string, args: string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const { input, ...spawnOptions } = options;
    const child = spawn(command, args, { ...spawnOptions, stdio: ['pipe', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', text => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', text => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', code => {
      if (code === 0) resolve(out);
      else
        reject(
          new Error(
            `${command} ${args.slice(0, 3).join(' ')}: exit ${code}: ${err.trim().split('\n').slice(-4).join(' ')}`,
          ),
        );
    });
    // A program that ends before it has read its input is told apart by its exit status.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
