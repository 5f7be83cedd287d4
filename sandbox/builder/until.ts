// Waiting for a process that was just started.
import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** The log that a person should read when it never comes. */
  log: string;
  signal?: AbortSignal;
  /** Milliseconds; 30 000. */
  limit?: number;
}

/** Asks ten times a second until `probe` is true; what it throws counts as no, and is told at the limit. */
export async function until(what: string, probe: () => Promise<boolean>, options: UntilOptions): Promise<void> {
  const { log, signal, limit = 30_000 } = options;
  const end = Date.now() + limit;
  let reason = 'no answer';
  for (;;) {
    try {
      if (await probe()) return;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() > end) throw new Error(`${what} does not serve after ${limit / 1000} s (${reason}); log: ${log}`);
    await delay(100, undefined, { signal });
  }
}
