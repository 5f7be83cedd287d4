// Pulumi's CLI on a project, timed.
import { spawn } from 'node:child_process';

/** A project with its backend. */
export interface Place {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** What a verb needs besides its own words: the stack, its file. */
  args: (verb: string) => string[];
}

/** Throws with what pulumi said where it does not end well. `output`: what came to standard output. */
export function pulumi({ cwd, env, args }: Place, ...words: string[]): Promise<{ seconds: number; output: string }> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn('pulumi', ['--non-interactive', '--color', 'never', ...words, ...args(words[0]!)], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.on('error', reject);
    child.on('close', status => {
      if (status === 0) resolve({ seconds: (performance.now() - began) / 1000, output });
      else reject(new Error(`pulumi ${words[0]} in ${cwd} ended with ${status}: ${errors}${output.slice(-2000)}`));
    });
  });
}
