// The real Pulumi CLI on a file:// backend of its own. `pulumi` comes from the PATH and its plugins from PULUMI_HOME,
// both set by the runner; nothing of the user's own Pulumi is read or written.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';

export interface Run {
  status: number | null;
  /** Both streams, without colours. */
  output: string;
  seconds: number;
}

export interface Engine {
  /** A folder that goes with the engine. */
  folder: string;
  /** The environment in which pulumi finds it. */
  env: NodeJS.ProcessEnv;
  /** Runs a verb on the stack; `env` adds to the environment. */
  pulumi(args: string[], env?: Record<string, string>): Promise<Run>;
  /** Encrypts texts by path (`slipway:registryTls.key`): what they are in a stack file, by full key. */
  encrypt(texts: Record<string, string>): Promise<Record<string, unknown>>;
  /** Writes the stack's configuration: values by full key. */
  configure(values: Record<string, unknown>): void;
  end(): void;
}

/** An engine for the project in `project` (a path from the checkout), with stack `stack` made. */
export async function startEngine(project: string, stack: string): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-engine-'));
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    PULUMI_HOME: process.env.PULUMI_HOME ?? join(process.env.HOME ?? '', '.pulumi'),
    PULUMI_BACKEND_URL: `file://${join(folder, 'backend')}`,
    PULUMI_CONFIG_PASSPHRASE: 'made up for the tests',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    DOCKER_CONFIG: join(folder, 'docker'),
    NODE_COMPILE_CACHE: join(folder, 'node'),
  };
  mkdirSync(join(folder, 'backend'));
  const cli = (args: string[], cwd: string, more: Record<string, string> = {}) =>
    run(['--non-interactive', '--color', 'never', ...args], cwd, { ...env, ...more });

  // `stack init` writes the stack file beside Pulumi.yaml, which must not be the committed one.
  copyFileSync(join(project, 'Pulumi.yaml'), join(folder, 'Pulumi.yaml'));
  const made = await cli(['stack', 'init', stack], folder);
  if (made.status !== 0) {
    throw new Error(
      `pulumi stack init failed; pulumi must be on the PATH and its plugins in PULUMI_HOME: ${made.output}`,
    );
  }
  const file = join(folder, `Pulumi.${stack}.yaml`);
  const salt = (parse(readFileSync(file, 'utf8')) as { encryptionsalt: string }).encryptionsalt;
  return {
    folder,
    env,
    pulumi: (args, more) =>
      cli([...args, '--stack', stack, ...(args[0] === 'stack' ? [] : ['--config-file', file])], resolve(project), more),
    encrypt: async texts => {
      const words = Object.entries(texts).flatMap(([path, text]) => ['--secret', `${path}=${text}`]);
      const { status, output } = await cli(['config', 'set-all', '--path', ...words, '--stack', stack], folder);
      if (status !== 0) throw new Error(`pulumi config set-all failed: ${output}`);
      return (parse(readFileSync(file, 'utf8')) as { config: Record<string, unknown> }).config;
    },
    configure: values => writeFileSync(file, stringify({ encryptionsalt: salt, config: values })),
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function run(args: string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Run> {
  const start = Date.now();
  return new Promise((done, fail) => {
    const child = spawn('pulumi', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text));
    child.on('error', error => fail(new Error(`cannot run pulumi (${error.message}); it must be on the PATH`)));
    child.on('close', status => done({ status, output, seconds: (Date.now() - start) / 1000 }));
  });
}
