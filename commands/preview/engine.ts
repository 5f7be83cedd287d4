// Runs `pulumi preview` and gives what its engine says. Its JSON of a preview is one document without refreshes; the
// stream of events has all, and every CLI of the last years has it.
import { spawn } from 'node:child_process';
import { checkout } from '../checkout.ts';

export interface EngineRun {
  status: number;
  stdout: string;
  stderr: string;
}

/** `file`: a stack file in place of Pulumi.<stack>.yaml. Throws one line where there is no pulumi. */
export function runPreview(stack: string, file?: string): Promise<EngineRun> {
  const args = ['preview', '--json', '--non-interactive', '--color', 'never', '--stack', stack];
  if (file !== undefined) args.push('--config-file', file);
  return new Promise((resolve, reject) => {
    const child = spawn('pulumi', args, {
      cwd: checkout,
      env: { ...process.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const written = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        written[stream] += text;
      });
    }
    child.on('error', error =>
      reject(
        new Error(
          `cannot run pulumi (${error.message}); it must be on the PATH: https://www.pulumi.com/docs/iac/download-install/`,
        ),
      ),
    );
    child.on('close', status => resolve({ status: status ?? 1, ...written }));
  });
}
