// Long-running child processes: started from data, logged to a file each, started again when they end.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** A process to keep running. */
export interface ChildSpec {
  name: string;
  /** Program and arguments; the program is looked up in the PATH of `env`. */
  argv: string[];
  /** The whole environment of the process; without it, the parent's. */
  env?: Record<string, string>;
  /** File that takes stdout and stderr, appended to. */
  log: string;
  /** File descriptors of the parent that the process gets as its fds 3, 4, … */
  fds?: number[];
}

export interface ChildState {
  name: string;
  pid?: number;
  restarts: number;
  /** How it ended last, e.g. `exit 1` or `signal SIGKILL`. */
  lastEnd?: string;
}

const FIRST_DELAY = 250;
const LONGEST_DELAY = 15_000;
/** A process that ran for this long (ms) had started well: its next restart is quick again. */
const SETTLED = 30_000;

/** How long to wait (ms) before the nth restart in a row, n from 1. */
export function restartDelay(n: number): number {
  return Math.min(FIRST_DELAY * 2 ** (n - 1), LONGEST_DELAY);
}

/** Keeps one process running until stop() is called. `onChange` is told of every start and end. */
export class Child {
  readonly spec: ChildSpec;
  readonly state: ChildState;
  #process: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #inRow = 0;
  #stopped = false;
  #onChange: (state: ChildState) => void;

  constructor(spec: ChildSpec, onChange: (state: ChildState) => void = () => {}) {
    this.spec = spec;
    this.state = { name: spec.name, restarts: 0 };
    this.#onChange = onChange;
  }

  start(): void {
    const { spec } = this;
    mkdirSync(dirname(spec.log), { recursive: true });
    const log = openSync(spec.log, 'a');
    writeSync(log, `--- ${new Date().toISOString()} start ${spec.argv.join(' ')}\n`);
    const started = Date.now();
    const [program, ...args] = spec.argv;
    const child = spawn(program!, args, {
      stdio: ['ignore', log, log, ...(spec.fds ?? [])],
      ...(spec.env ? { env: spec.env } : {}),
    });
    this.#process = child;
    this.state.pid = child.pid;
    const ended = (how: string) => {
      if (this.#process !== child) return;
      this.#process = undefined;
      this.state.pid = undefined;
      this.state.lastEnd = how;
      writeSync(log, `--- ${new Date().toISOString()} ended: ${how}\n`);
      closeSync(log);
      if (!this.#stopped) this.#again(Date.now() - started);
      this.#onChange(this.state);
    };
    child.on('error', error => ended(`could not be started: ${error.message}`));
    child.on('exit', (code, signal) => ended(signal ? `signal ${signal}` : `exit ${code}`));
    this.#onChange(this.state);
  }

  #again(ranFor: number): void {
    this.#inRow = ranFor > SETTLED ? 1 : this.#inRow + 1;
    this.#timer = setTimeout(() => {
      this.state.restarts++;
      this.start();
    }, restartDelay(this.#inRow));
  }

  /** Ends the process with SIGTERM, after `grace` ms with SIGKILL; resolves when it is gone. It is not started again. */
  async stop(grace = 1000): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>(resolve => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), grace);
    await gone;
    clearTimeout(timer);
  }
}
