// Programs that a command runs: what they print, and what they say when they fail.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What the program prints; `cwd`: the folder that it runs in, this process's where left out. */
export async function execute(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd?: string,
): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { env, cwd, maxBuffer: 256 * 1024 * 1024 });
  return stdout;
}

/** What a program said when it failed, as one line: without the frame that uv draws, and of its causes the last. */
export function wordsOf(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  const text = (stderr || message)
    .replace(/[×╰─▶│├]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const [first = '', ...causes] = text.replace(/^error: /, '').split(/ (?:cause|Caused by): /);
  return [first, ...causes.slice(-1)].join(': ');
}
