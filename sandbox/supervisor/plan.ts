// What the supervisor is told to run: plain data in a file, so that it needs to know nothing of clusters or builders.

import type { ChildSpec } from './children.ts';

/** A port of 127.0.0.1 that the namespace's processes get as a listening file descriptor. */
export interface ListenerSpec {
  name: string;
  port: number;
}

export interface SupervisorPlan {
  /** Where the supervisor leaves its record. */
  record: string;
  /** Name of the sandbox's cgroup in every hierarchy, e.g. `slipway-1a2b3c4d`. */
  cgroup: string;
  /** In order: they become fds 3, 4, … of the first process in the namespaces. */
  listeners: ListenerSpec[];
  /** The first process in the namespaces. When it ends, everything ends. */
  namespace: { argv: string[]; env: Record<string, string>; log: string };
  /** Processes beside the namespaces, kept running. */
  children: ChildSpec[];
}

/** The supervisor's one message to the process that started it. */
export type SupervisorAnswer = { ready: true } | { error: string };
