// What three digests of a service, side by side, mean.
import type { Seen, ServiceStatus } from './status.ts';

const digestOf = (seen: Seen) => (typeof seen === 'string' ? undefined : seen.digest);

/**
 * In words that a glance can take in:
 * `same`: what is wanted runs, and nothing else was built since. `newer build`: the same, and something was.
 * `rolling out`, `unhealthy`: what is wanted has been written, and does not serve yet, or not any more.
 * `differs`: something else runs. `not running`, `not wanted`: only one of both is there. `waiting`: neither is.
 */
export function stateOf({
  wanted,
  running,
  built,
  healthy,
  source,
}: Pick<ServiceStatus, 'wanted' | 'running' | 'built' | 'healthy' | 'source'>): string {
  if (wanted === 'unknown' || running === 'unknown') return 'unknown';
  if (wanted === 'none') return running === 'none' ? 'waiting' : 'not wanted';
  if (running === 'none') return 'not running';
  if (digestOf(wanted) !== digestOf(running)) return 'differs';
  if (source === 'unjudged') return 'rolling out';
  if (!healthy) return 'unhealthy';
  const newer = digestOf(built);
  return newer !== undefined && newer !== digestOf(running) ? 'newer build' : 'same';
}

/** Whether somebody has to look. */
export function isTrouble(state: string): boolean {
  return ['differs', 'unhealthy', 'not running', 'not wanted', 'unknown'].includes(state);
}
