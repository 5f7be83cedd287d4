// One start of a Pulumi program, as the language host starts it, up to its first resource.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
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
  nodeArgs?: string[];
}

/** Seconds from the start of the process to the first resource. Throws with what the program said when it ends before. */
export async function secondsToFirstResource({ folder, tsNode, config, env, nodeArgs = [] }: Start): Promise<number> {
  const engine = await startEngine();
  const began = performance.now();
  const program = spawn(
    process.execPath,
    [
      ...nodeArgs,
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
    return ((await Promise.race([engine.first, ended])) - began) / 1000;
  } finally {
    ended.catch(() => {});
    program.kill('SIGKILL');
    engine.stop();
  }
}
