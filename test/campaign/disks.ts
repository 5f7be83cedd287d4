import type { FaultCase } from './faults.ts';

export const diskCases: FaultCase[] = [];
