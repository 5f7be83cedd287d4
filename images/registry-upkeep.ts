// A registry in its upkeep is read-only while its garbage is collected, and away while its pod changes. Who must not lose
// a push waits for it.
import pRetry from 'p-retry';
import { isAway, READ_ONLY, RegistryError } from './registry-errors.ts';

/** How long to wait for a registry in its upkeep, in milliseconds. */
export interface Patience {
  /** Writes, until it takes them again. */
  readOnly: number;
  /** All requests, until it answers again. */
  away: number;
  /** Between two tries. */
  every: number;
  /** Told once for each request that waits. */
  say: (line: string) => void;
}

/** For what pushes on its own: nobody is there to begin again. */
export const PATIENT: Omit<Patience, 'say'> = { readOnly: 300_000, away: 60_000, every: 2000 };

/** What `ask` gives, asked again while it throws what an upkeep makes of requests; then what it threw last. */
export function throughUpkeep<T>(patience: Patience | undefined, ask: () => Promise<T>): Promise<T> {
  if (!patience) return ask();
  const { every, say } = patience;
  const began = Date.now();
  const limitOf = (error: Error) => {
    if (error instanceof RegistryError && error.code === READ_ONLY) return patience.readOnly;
    return isAway(error) ? patience.away : 0;
  };
  let said = false;
  return pRetry(ask, {
    retries: Number.POSITIVE_INFINITY,
    factor: 1,
    minTimeout: every,
    shouldRetry: ({ error }) => {
      const limit = limitOf(error);
      if (Date.now() - began + every > limit) return false;
      if (!said) say(`waiting up to ${limit / 1000} s for the registry: ${error.message}`);
      said = true;
      return true;
    },
  });
}

/** Codes by which registries say that a manifest names a blob that they do not have. */
const UNKNOWN_BLOB = ['MANIFEST_BLOB_UNKNOWN', 'BLOB_UNKNOWN'];

/**
 * Does `push`, and once more where its blobs have gone before its manifest came: until a manifest names them, a garbage
 * collection takes them for garbage.
 */
export async function pushedWhole<T>(push: () => Promise<T>, say: Patience['say']): Promise<T> {
  try {
    return await push();
  } catch (error) {
    if (!(error instanceof RegistryError) || !UNKNOWN_BLOB.includes(error.code)) throw error;
    say(`once more: ${error.message}`);
    return push();
  }
}
