// All platforms of a build at the same time: what the builders share, whichever a stack has.
import type { Digest } from '../images/digest.ts';
import type { Platform } from '../images/platform.ts';
import { StepFailure } from './failure.ts';
import { type Log, seconds } from './log.ts';

/** One platform's build. It ends early when `signal` aborts; what it then throws is nobody's reason. */
export type PlatformBuild = (platform: Platform, signal: AbortSignal, say: Log) => Promise<Digest>;

/**
 * Builds every platform. The first fault ends the other builds and is thrown once they have ended. `stop` ends all of
 * them. Lines that a build says begin with its platform.
 */
export async function eachPlatform(
  platforms: readonly Platform[],
  build: PlatformBuild,
  log: Log,
  stop?: AbortSignal,
): Promise<Map<Platform, Digest>> {
  const failed = new AbortController();
  const signal = stop ? AbortSignal.any([stop, failed.signal]) : failed.signal;
  let first: unknown;
  const builds = platforms.map(async (platform): Promise<[Platform, Digest]> => {
    const say = (text: string) => log(`[${platform}] ${text}`);
    const start = Date.now();
    try {
      const digest = await build(platform, signal, say);
      say(`built ${digest} in ${seconds(start)}`);
      return [platform, digest];
    } catch (error) {
      // Aborted builds fail too; the fault that came first is the reason.
      if (!signal.aborted) first = error;
      else say(stop?.aborted ? 'cancelled: the run is being ended' : 'cancelled: another platform failed');
      failed.abort();
      throw error;
    }
  });
  const results = await Promise.allSettled(builds);
  if (failed.signal.aborted) throw first ?? new StepFailure('the build was ended from outside');
  return new Map(results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : [])));
}
