// One sandbox for the whole suite: a home and ports of its own, so that a developer's sandbox is left alone.
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout } from '../../../sandbox/checkout.ts';
import { loadConfig, type SandboxConfig } from '../../../sandbox/config.ts';
import { getJson, type Kubectl, kubectl } from '../../../sandbox/kubectl.ts';
import { ensureTools, type Tools } from '../../../sandbox/tools/build.ts';

export interface Ended {
  status: number;
  output: string;
}

export interface Fixture {
  config: SandboxConfig;
  env: NodeJS.ProcessEnv;
  /** Known once the sandbox has been started. */
  tools: () => Promise<Tools>;
  kube: Kubectl;
  get: <T>(...args: string[]) => Promise<T | undefined>;
  /** An npm script of a checkout (this one unless said otherwise), as a user calls it. */
  npm: (args: string[], from?: string) => Promise<Ended>;
  pulumi: (...args: string[]) => Promise<Ended>;
}

export const ports = {
  ...{ api: 26443, registry: 25000, staging: 25002, external: 25003, aiStack: 25005 },
  ...{ mirror: 25001, s3: 25004, git: 23000, door: 28080 },
};

export async function makeFixture(): Promise<Fixture> {
  const home = await mkdtemp(join(tmpdir(), 'slipway-cluster-'));
  await writeFile(join(home, 'config.json'), JSON.stringify({ ports }));
  return fixtureOf(home);
}

/** The sandbox whose home this is. */
export function fixtureOf(home: string): Fixture {
  const env = { ...process.env, SLIPWAY_HOME: home };
  const config = loadConfig(env);
  let tools: Promise<Tools> | undefined;
  const toolsOnce = () => {
    tools ??= ensureTools({ cache: config.cache });
    return tools;
  };
  const kube: Kubectl = async (args, input) => kubectl(config, await toolsOnce())(args, input);
  const npm = (args: string[], from = checkout) => execute('npm', args, { cwd: from, env });
  return {
    config,
    env,
    tools: toolsOnce,
    kube,
    get: (...args) => getJson(kube, args),
    npm,
    pulumi: (...args) => npm(['run', '--silent', 'pulumi', '--', ...args]),
  };
}

export async function removeFixture(fixture: Fixture): Promise<void> {
  await fixture.npm(['run', '--silent', 'reset']);
  await rm(fixture.config.home, { recursive: true, force: true });
}

/** Runs a command to its end; what it prints on either stream comes back in one text. */
export function execute(
  command: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', text => {
        output += text;
      });
    }
    child.on('error', reject);
    child.on('close', code => resolve({ status: code ?? 1, output }));
  });
}

/** A file for an object that a test gives to kubectl. */
export async function scratch(fixture: Fixture, name: string, content: string): Promise<string> {
  const folder = join(fixture.config.home, 'scratch');
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}
