// When each step of a start began and ended: kept beside the logs, for those who want to know where the time goes.
import { join } from 'node:path';
import { homePaths, type SandboxConfig } from './config.ts';
import { writeWhole } from './supervisor/record.ts';

/** A step of a start; `from` and `to` are seconds since the start's process began. */
export interface TimedStep {
  step: string;
  from: number;
  to: number;
}

export class Timeline {
  readonly steps: TimedStep[] = [];

  /** Does `work` and notes when. A step that fails is noted as well. */
  async of<T>(step: string, work: () => Promise<T> | T): Promise<T> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.ended(step, (performance.now() - began) / 1000);
    }
  }

  /** Notes a step that ends now and took so many seconds. */
  ended(step: string, took: number): void {
    const to = performance.now() / 1000;
    this.steps.push({ step, from: round(to - took), to: round(to) });
  }

  /** Whole, in place of the last start's. */
  write(config: SandboxConfig): void {
    writeWhole(timelinePath(config), `${JSON.stringify(this.steps, null, 2)}\n`);
  }
}

export const timelinePath = (config: SandboxConfig): string => join(homePaths(config).logs, 'start.json');

const round = (seconds: number) => Math.round(seconds * 1000) / 1000;
