// A build whose registry was in its upkeep is done again: builders pull and push on their own, and wait for nothing.

import { StepFailure } from './failure.ts';
import type { Log } from './log.ts';

/**
 * What `build` gives. Where the registry was away or read-only under it, or a garbage collection took blobs that no manifest
 * named yet, it is done once more, after `takesPushes`; what that throws is the reason then.
 */
export async function buildThroughUpkeep<T>(
  build: () => Promise<T>,
  { registry, takesPushes }: { registry: string; takesPushes: () => Promise<void> },
  log: Log,
): Promise<T> {
  try {
    return await build();
  } catch (error) {
    if (!(error instanceof StepFailure) || !metUpkeep(error, registry)) throw error;
    log(`${error.message}; built again once ${registry} takes pushes`);
    await takesPushes().catch(cause => {
      throw new StepFailure(`${cause.message} (${error.message})`, error.details);
    });
    return build();
  }
}

const UPKEEP = [
  /\b405 Method Not Allowed/,
  /\b50[234] (Bad Gateway|Service Unavailable|Gateway Time-?out)/i,
  /connection refused|connection reset|broken pipe|no route to host|\bEOF$/,
  /PUT request to \S+\/manifests\/\S+ 400 |BLOB_UNKNOWN/,
];

// The builders' own last word; a line of an instruction's output may say the same of anything.
function metUpkeep({ message, details }: StepFailure, registry: string): boolean {
  const words = [message, ...details.filter(line => /^error/.test(line))];
  return words.some(line => line.includes(registry) && UPKEEP.some(form => form.test(line)));
}
