// What the makers of tools and roots tell while they work.

export interface ToolEvent {
  tool: string;
  state: 'found' | 'queued' | 'building' | 'done' | 'failed';
  /** Since the work on this tool began. */
  seconds: number;
  /** The tool's log file; it need not exist while nothing was written. */
  log?: string;
  /** CPU seconds of a build that has ended. */
  cpuSeconds?: number;
  /** What it is at: the package that was compiled last, or who is waited for. */
  at?: string;
}

export type Report = (event: ToolEvent) => void | Promise<void>;
