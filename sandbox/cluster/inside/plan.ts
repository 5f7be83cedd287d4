// What the manager inside is told.

import type { InsideProcess } from '../processes.ts';
import type { NodeImage } from './images.ts';

export interface ManagerPlan {
  processes: InsideProcess[];
  images: NodeImage[];
}
