// What the manager inside is told.

import type { InsideProcess } from '../processes.ts';

export interface ManagerPlan {
  processes: InsideProcess[];
}
