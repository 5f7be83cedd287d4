// An `up` that can't go on without its registry waits for it: its pod may be starting again.
import pRetry from 'p-retry';
import { UnreachableError } from '../images/registry-errors.ts';
import type { DigestSource } from './digests.ts';

/** Asks again while the registry is out of reach, where the cluster has it and an `up` could not go on without it. */
export function patiently<T>(source: DigestSource, ask: () => Promise<T>): Promise<T> {
  const { preview, workloads, registryDeclared, patience } = source;
  if (preview || !workloads || !registryDeclared) return ask();
  const { tries, milliseconds, say } = patience;
  return pRetry(ask, {
    retries: tries,
    factor: 1,
    minTimeout: milliseconds,
    // An answer that does not come takes its time, too.
    maxRetryTime: tries * milliseconds,
    shouldRetry: ({ error }) => error instanceof UnreachableError,
    onFailedAttempt: ({ error, attemptNumber, retriesLeft }) => {
      if (attemptNumber > 1 || retriesLeft === 0 || !(error instanceof UnreachableError)) return;
      say(`waiting up to ${(tries * milliseconds) / 1000} s for the registry: ${error.message}`);
    },
  });
}
