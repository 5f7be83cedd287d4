// The sandbox's one parent process, seen from outside: start it, find it, end it.

import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { cgroupName, homePaths, type SandboxConfig } from './config.ts';
import { removeCgroups } from './supervisor/cgroups.ts';
import { isAlive } from './supervisor/identity.ts';
import type { SupervisorAnswer, SupervisorPlan } from './supervisor/plan.ts';
import { readRecord, removeRecord, type SupervisorRecord, writeWhole } from './supervisor/record.ts';

export type { ChildSpec } from './supervisor/children.ts';
export type { SupervisorPlan } from './supervisor/plan.ts';
export type { SupervisorRecord } from './supervisor/record.ts';

/** How long the supervisor may take to end everything, in ms, before it is killed. */
const END_LIMIT = 5000;

/** The supervisor of this sandbox that runs now, or undefined. */
export function runningSupervisor(config: SandboxConfig): SupervisorRecord | undefined {
  return readRecord(homePaths(config).supervisorRecord);
}

/**
 * Starts the supervisor with this plan, detached from the calling process; resolves once its listeners are open and
 * its processes are started (not: ready). Where one runs already it is left as it is.
 * @throws Error with the supervisor's own reason, e.g. a taken port.
 */
export async function startSupervisor(
  config: SandboxConfig,
  plan: Omit<SupervisorPlan, 'record' | 'cgroup'>,
): Promise<SupervisorRecord> {
  const paths = homePaths(config);
  const running = runningSupervisor(config);
  if (running) return running;
  mkdirSync(paths.logs, { recursive: true });
  writeWhole(
    paths.supervisorPlan,
    JSON.stringify({ ...plan, record: paths.supervisorRecord, cgroup: cgroupName(config) } satisfies SupervisorPlan),
    0o600,
  );
  const log = openSync(paths.supervisorLog, 'a');
  const main = fileURLToPath(new URL('./supervisor/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, paths.supervisorPlan], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log, 'ipc'],
  });
  const answer = await new Promise<SupervisorAnswer>(resolve => {
    child.once('message', message => resolve(message as SupervisorAnswer));
    child.once('error', error => resolve({ error: error.message }));
    child.once('exit', (code, signal) => resolve({ error: `it ended at once (${signal ?? `exit ${code}`})` }));
  });
  child.removeAllListeners();
  if (child.connected) child.disconnect();
  child.unref();
  const record = runningSupervisor(config);
  if ('error' in answer) throw new Error(`the sandbox can't start: ${answer.error} (log: ${paths.supervisorLog})`);
  if (!record) throw new Error(`the sandbox ended right after its start (log: ${paths.supervisorLog})`);
  return record;
}

/** Ends the supervisor and all that it runs, and what an unclean end left behind. Resolves when it is gone. */
export async function stopSupervisor(config: SandboxConfig): Promise<{ wasRunning: boolean }> {
  const { supervisorRecord } = homePaths(config);
  const cgroup = cgroupName(config);
  const record = readRecord(supervisorRecord);
  if (record) {
    process.kill(record.pid, 'SIGTERM');
    const limit = Date.now() + END_LIMIT;
    while (isAlive(record)) {
      if (Date.now() > limit) process.kill(record.pid, 'SIGKILL');
      await new Promise(resolve => setTimeout(resolve, 25));
    }
  }
  removeRecord(supervisorRecord);
  for (let attempt = 0; attempt < 40 && removeCgroups(cgroup).length > 0; attempt++) {
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  return { wasRunning: record !== undefined };
}
