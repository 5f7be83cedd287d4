// Reports by hand, for what no engine is needed.
import type { Report } from '../../../../commands/preview/report.ts';
import type { Roll } from '../../../../commands/preview/rolls.ts';
import type { Digest } from '../../../../images/digest.ts';

export function report(changes: Partial<Report> = {}): Report {
  return { stack: 'prod', digests: 'lock', rolls: [], rebuilds: [], others: [], notes: [], faults: [], ...changes };
}

/** A service that goes from the digest of one letter to that of another; the commits are of the same letters. */
export function roll(service: string, from: string, to: string): Roll {
  const running = (letter: string) => ({
    image: `r:5000/${service}@sha256:${letter.repeat(64)}`,
    digest: `sha256:${letter.repeat(64)}` as Digest,
    commit: letter.repeat(12),
  });
  return { service, from: running(from), to: running(to) };
}
