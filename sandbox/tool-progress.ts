// One line for many builds: what is built now, how long it has taken, how many are left.
import type { Report, ToolEvent } from './tools/report.ts';

export interface ToolProgress {
  report: Report;
  /** Counts of what was there and what was made. */
  summary(): string;
}

export function toolProgress(say: (line: string) => void): ToolProgress {
  const latest = new Map<string, ToolEvent>();
  const names = (...states: ToolEvent['state'][]) => [...latest.values()].filter(event => states.includes(event.state));
  return {
    report: event => {
      latest.set(event.tool, event);
      const building = names('building').map(
        ({ tool, seconds, log }) => `${tool} ${Math.round(seconds)} s${log ? ` (${log})` : ''}`,
      );
      const left = names('queued', 'building').length;
      say(
        building.length > 0
          ? `${building.join(', ')}; ${left} of ${latest.size} left`
          : `${latest.size - left} of ${latest.size} ready`,
      );
    },
    summary: () => `${names('found').length} there, ${names('done').length} made`,
  };
}
