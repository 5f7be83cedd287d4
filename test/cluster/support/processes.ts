// The sandbox's processes as the machine sees them, to be ended the hard way.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf } from '../../../sandbox/supervisor/identity.ts';
import { runningSupervisor } from '../../../sandbox/supervisor.ts';
import { until } from '../../../sandbox/until.ts';
import type { Fixture } from './fixture.ts';

export interface Running {
  pid: number;
  /** The command line, words parted by spaces. */
  command: string;
}

const read = (pid: number, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
};

const below = (pid: number): number[] => childrenOf(pid).flatMap(child => [child, ...below(child)]);
const commandOf = (pid: number) => read(pid, 'cmdline').replaceAll('\0', ' ').trim();

/** The sandbox's processes, from the supervisor down, whose command line matches. */
export function inSandbox({ config }: Fixture, what: RegExp): Running[] {
  const record = runningSupervisor(config);
  const pids = record ? below(record.pid) : [];
  return pids.map(pid => ({ pid, command: commandOf(pid) })).filter(({ command }) => what.test(command));
}

/** Pulumi on this sandbox with all that it has started: what runs in the environment of its home. */
export function ofPulumi({ config }: Fixture, what = /./): Running[] {
  const mark = `PULUMI_HOME=${join(config.home, 'pulumi', 'home')}`;
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => read(pid, 'environ').split('\0').includes(mark))
    .map(pid => ({ pid, command: commandOf(pid) }))
    .filter(({ command }) => what.test(command));
}

const engine = /(^|\/)pulumi (up|preview|refresh)\b/;

/** kill -9; gives how many there were. A process that has gone meanwhile counts. */
function kill(running: Running[]): number {
  for (const { pid } of running) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has gone
    }
  }
  return running.length;
}

export function killSupervisor({ config }: Fixture): number {
  const record = runningSupervisor(config);
  return kill(record ? [{ pid: record.pid, command: 'supervisor' }] : []);
}

export const killInSandbox = (fixture: Fixture, what: RegExp): number => kill(inSandbox(fixture, what));
export const killEngine = (fixture: Fixture): number => kill(ofPulumi(fixture, engine));

/** Waits for a process of the sandbox. */
export const appears = (fixture: Fixture, what: RegExp, seconds = 120) =>
  until(`a process ${what}`, async () => inSandbox(fixture, what).length > 0 || undefined, {
    limit: seconds * 1000,
    every: 20,
  });

/** Command lines of the sandbox's parts. */
export const parts = {
  api: /\/kube kube-apiserver /,
  etcd: /^etcd .*--name=slipway/,
  registry: /\/registry serve \/config\//,
  buildkitd: /buildkitd .*--config \/config\/buildkitd\.toml/,
};
