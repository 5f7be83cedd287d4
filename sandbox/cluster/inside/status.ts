// What the manager inside tells the machine's side, by a file in the folder that both see.

import type { ChildState } from '../../supervisor/children.ts';

export interface InsideStatus {
  /** When the manager began, ms since the epoch. */
  began: number;
  /** What happened, in ms since `began`: `<process>` when it was started, `images` when all were there, … */
  events: Record<string, number>;
  processes: Record<string, ChildState>;
  /** How many image archives had to be imported. */
  imported: number;
  /** A fault that no restart mends, e.g. an archive that can't be imported. */
  fault?: string;
}
