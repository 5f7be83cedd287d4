// Something that is done again and again beside a server, and whose failures end nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../cluster/one-line.ts';
import type { Log } from './log.ts';

export interface Repeated {
  /** Does it now, or once more where it is being done. */
  now(): void;
  /** Resolves when it is done for the last time. */
  stop(): Promise<void>;
}

/** Calls `action` every `every` milliseconds. `what`: the words before the reason of a failure, which is logged once. */
export function repeat(what: string, action: () => Promise<void>, every: number, log: Log): Repeated {
  let ended = false;
  let wake = new AbortController();
  let said = '';
  const loop = async () => {
    while (!ended) {
      const { signal } = wake;
      try {
        await action();
        said = '';
      } catch (error) {
        const text = `${what}: ${messageOf(error)}`;
        if (text !== said) log(text);
        said = text;
      }
      await sleep(every, undefined, { signal, ref: false }).catch(() => {});
    }
  };
  const now = () => {
    wake.abort();
    wake = new AbortController();
  };
  const done = loop();
  return {
    now,
    stop: () => {
      ended = true;
      now();
      return done;
    },
  };
}
