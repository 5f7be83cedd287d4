// The rendered stacks as files: what a reviewer reads as the diff of a change to the program.
import { spawnSync } from 'node:child_process';

/** Stacks with a golden file, `test/golden/<stack>.yaml`, rendered with `test/fixtures/locks/<stack>.yaml`. */
export const stacks = [
  ...['dev', 'local', 'prod', 'staging'],
  ...['ai-stack-local', 'ai-stack-prod', 'ai-stack-staging'],
  ...['cybermesh-dev', 'cybermesh-prod'],
];

export interface Rendering {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs `slipway` in a process of its own, in an environment without anything of the machine but the PATH. */
export function slipway(...args: string[]): Rendering {
  const { PATH = '' } = process.env;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'commands/slipway.ts', ...args],
    { encoding: 'utf8', env: { PATH }, maxBuffer: 1 << 26 },
  );
  return { status, stdout, stderr };
}

export const render = (...args: string[]): Rendering => slipway('render', ...args);
