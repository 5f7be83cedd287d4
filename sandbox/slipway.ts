// Slipway's own commands in the sandbox's environment: its kubeconfig, its sign-in, its authority, its stack file.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { checkout } from './checkout.ts';
import type { SandboxConfig } from './config.ts';
import { pulumiEnv, stackFileOf } from './pulumi.ts';
import type { Tools } from './tools/build.ts';

/** Verbs that read a stack's settings as this machine has them, and take the flag that says where. */
const readers = [
  ...['render', 'plan', 'policy', 'audit', 'preview', 'build', 'doctor', 'status'],
  ...['pin', 'promote', 'rollback', 'prune'],
];

/** Runs `slipway <args>` and gives its exit status. */
export function runSlipway(config: SandboxConfig, tools: Tools, args: string[]): Promise<number> {
  const stacks = readers.includes(args[0] ?? '') ? ['--stacks', dirname(stackFileOf(config))] : [];
  const command = [
    '--disable-warning=ExperimentalWarning',
    join(checkout, 'commands', 'slipway.ts'),
    ...args,
    ...stacks,
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, command, { env: pulumiEnv(config, tools), stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', code => resolve(code ?? 1));
  });
}
