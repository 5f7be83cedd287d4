// The parent of the sandbox's programs, below the reaper: starts each when what it needs answers, and keeps it running.

import { readFileSync } from 'node:fs';
import { Child } from '../../supervisor/children.ts';
import { INSIDE } from '../layout.ts';
import type { InsideProcess } from '../processes.ts';
import type { ManagerPlan } from './plan.ts';
import { waitFor } from './probe.ts';

const plan = JSON.parse(readFileSync(`${INSIDE.etc}/plan.json`, 'utf8')) as ManagerPlan;

async function keep(spec: InsideProcess): Promise<void> {
  if (spec.after) await waitFor(spec.after);
  new Child(spec).start();
}

for (const spec of plan.processes) void keep(spec);
