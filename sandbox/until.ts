// Waiting for what a program can only ask about, again and again.
import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** Milliseconds after which it fails. */
  limit: number;
  /** What a person should do or read when it fails: `see <log>`. */
  hint?: string;
  /** Milliseconds between two questions; 100. */
  every?: number;
  signal?: AbortSignal;
}

/** An answer after which there is nothing to wait for. */
export class Final extends Error {}

/**
 * Asks until there is an answer and gives it. A string, or what is thrown, is the reason why not yet; undefined is no
 * without a reason. `what` is a phrase such as `the node`.
 * @throws Error `waited N s for <what>: <last reason>; <hint>`, a Final at once, and the signal's reason when aborted.
 */
export async function until<T extends object | true>(
  what: string,
  ask: () => Promise<T | string | undefined>,
  { limit, hint, every = 100, signal }: UntilOptions,
): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    signal?.throwIfAborted();
    const answer = await ask().catch(reasonOf);
    if (answer !== undefined && typeof answer !== 'string') return answer;
    if (Date.now() > end) {
      const reason = answer === undefined ? '' : `: ${answer}`;
      throw new Error(`waited ${limit / 1000} s for ${what}${reason}${hint === undefined ? '' : `; ${hint}`}`);
    }
    await delay(every, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Final) throw error;
  return error instanceof Error ? error.message : String(error);
}
