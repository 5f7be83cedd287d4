// A pid alone does not name a process for long: numbers are used again. With its start time and the boot it does.

import { readdirSync, readFileSync } from 'node:fs';

/** A process of this machine, told apart from any later one that gets the same pid. */
export interface ProcessIdentity {
  pid: number;
  /** Start time in clock ticks since boot (field 22 of /proc/<pid>/stat). */
  started: string;
  /** Boot of the machine (/proc/sys/kernel/random/boot_id). */
  boot: string;
}

/** The identity of the process that has this pid now, or undefined where none has (a zombie counts as none). */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const fields = statFields(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    if (fields.state === 'Z' || fields.state === 'X') return undefined;
    return { pid, started: fields.started, boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() };
  } catch {
    return undefined;
  }
}

/** Whether exactly this process is still there. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = identify(identity.pid);
  return now !== undefined && now.started === identity.started && now.boot === identity.boot;
}

/** State and start time out of a line of /proc/<pid>/stat; the name in parentheses may hold spaces and parentheses. */
export function statFields(line: string): { state: string; started: string } {
  const rest = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return { state: rest[0] ?? '', started: rest[19] ?? '' };
}

/** The child processes of a process, by the kernel's own list: each thread has those that it started. */
export function childrenOf(pid: number): number[] {
  const tasks = `/proc/${pid}/task`;
  return unlessGone(() => readdirSync(tasks)).flatMap(task =>
    unlessGone(() => readFileSync(`${tasks}/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number)),
  );
}

/** Nothing where the process, or one of its threads, has ended in between. */
function unlessGone<T>(read: () => T[]): T[] {
  try {
    return read();
  } catch {
    return [];
  }
}
