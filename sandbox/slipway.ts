// Slipway's own commands in the sandbox's environment: its kubeconfig, its sign-in, its authority, its stack files.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { builderName } from './builder/docker-config.ts';
import { mirrorAddress } from './builder/mirror.ts';
import { checkout } from './checkout.ts';
import { homePaths, NETWORK, type SandboxConfig } from './config.ts';
import { lockPath } from './images/upstream-lock.ts';
import { pulumiEnv, stackFolder } from './pulumi.ts';
import { stackOfSystem } from './stacks.ts';
import type { Tools } from './tools/build.ts';
import { run } from './tools/run.ts';

/** Verbs that read a stack's settings as this machine has them, and take the flag that says where. */
const readers = [
  ...['render', 'plan', 'policy', 'audit', 'preview', 'build', 'doctor', 'status'],
  ...['pin', 'promote', 'rollback', 'prune', 'copy', 'scan'],
];

const commandLine = (config: SandboxConfig, args: readonly string[]): string[] => [
  '--disable-warning=ExperimentalWarning',
  join(checkout, 'commands', 'slipway.ts'),
  ...placed(config, args),
];

/** The arguments with where things are here; what a person writes, comes later and so has the last word. */
export function placed(config: SandboxConfig, [verb = '', ...rest]: readonly string[]): string[] {
  const system = verb === 'build' ? systemIn(rest) : undefined;
  if (system === undefined)
    return [verb, ...rest, ...(readers.includes(verb) ? ['--stacks', stackFolder(config)] : [])];
  const { name, registry } = stackOfSystem(system);
  const lock = lockPath(config, name);
  const here = {
    builder: builderName,
    mirror: mirrorAddress(config),
    // Written by the system's first start; before it, the mirror's tags say what is built on.
    ...(existsSync(lock) && { lock }),
    endpoints: `${NETWORK.aiStackRegistryName}=https://127.0.0.1:${config.ports[registry]}`,
  };
  return [verb, ...Object.entries(here).flatMap(([flag, value]) => [`--${flag}`, value]), ...rest];
}

/** The system that `slipway build --system` names: it is built on this machine, and not by a stack's pipeline. */
function systemIn(args: readonly string[]): string | undefined {
  const { values } = parseArgs({ args: [...args], options: { system: { type: 'string' } }, strict: false });
  return typeof values.system === 'string' ? values.system : undefined;
}

/** A step of a start: runs `slipway <args>` in the checkout, with a log. @throws Error with its last lines. */
export async function slipway(
  config: SandboxConfig,
  tools: Tools,
  args: readonly string[],
  options: { onLine: (line: string) => void; signal: AbortSignal },
): Promise<void> {
  const log = join(homePaths(config).logs, `slipway-${args[0]}.log`);
  const env = pulumiEnv(config, tools);
  await run(process.execPath, commandLine(config, args), { cwd: checkout, env, log, ...options });
}

/** Runs `slipway <args>` on this terminal and gives its exit status. */
export function runSlipway(config: SandboxConfig, tools: Tools, args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, commandLine(config, args), {
      env: pulumiEnv(config, tools),
      stdio: 'inherit',
    });
    child.on('error', reject);
    child.on('close', code => resolve(code ?? 1));
  });
}
