// `npm start`: from nothing to a system whose services are healthy, and from kept state to the same.
import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { Listr, PRESET_TIMER, PRESET_TIMESTAMP } from 'listr2';
import { type BringUp, bringUp } from './bring-up.ts';
import { builderSocket } from './builder/builder.ts';
import { checkout } from './checkout.ts';
import { checkMachine } from './cluster/requirements.ts';
import type { SandboxConfig } from './config.ts';
import { deliver } from './deliver.ts';
import { showServices } from './services.ts';
import type { Stack } from './stacks.ts';
import { runningSupervisor, stopSupervisor } from './supervisor.ts';
import { Timeline } from './timeline.ts';

/**
 * @throws the fault of the first step that fails. Aborted, it ends what it started and keeps what is complete; a sandbox
 * that ran before is left running.
 */
export async function start(config: SandboxConfig, stack: Stack, signal: AbortSignal): Promise<void> {
  const before = runningSupervisor(config);
  try {
    await run(config, stack, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    if (!before) await stopSupervisor(config);
    throw new Error(
      `stopped before the end; ${before ? 'the sandbox runs on' : 'nothing is left running'}. npm start goes on from here`,
    );
  }
}

async function run(config: SandboxConfig, stack: Stack, signal: AbortSignal): Promise<void> {
  await mkdir(join(config.home, 'logs'), { recursive: true });
  const faults = await checkMachine(config);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  // Its path has a limit, and nothing later could mend it.
  builderSocket(config);
  await showPlan(config, stack, signal);
  const context: BringUp = {};
  const timeline = new Timeline();
  await new Listr<BringUp>(
    [
      {
        title: 'Sandbox',
        task: (_, task) => task.newListr(bringUp(config, stack, { timeline, signal })),
      },
      ...deliver(stack, config, { timeline, signal }),
    ],
    {
      rendererOptions: { collapseSubtasks: false, timer: PRESET_TIMER },
      // The signal's handler is ours: listr's own would exit before the sandbox is put away.
      registerSignalListeners: false,
      fallbackRenderer: 'simple',
      fallbackRendererOptions: { timer: PRESET_TIMER, timestamp: PRESET_TIMESTAMP },
    },
  ).run(context);
  timeline.write(config);
  await showServices(config, context.tools!);
}

/** What the stack will declare and what depends on what: on the screen while the compilers run below it. */
function showPlan(config: SandboxConfig, { name }: Stack, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(execPath, ['commands/slipway.ts', 'plan', name], {
      cwd: checkout,
      stdio: 'inherit',
      signal,
      env: { ...process.env, SLIPWAY_HOME: config.home },
    });
    child.on('error', reject);
    child.on('close', code =>
      code === 0 ? resolve() : reject(new Error(`the plan of stack ${name} cannot be shown; see above`)),
    );
  });
}
