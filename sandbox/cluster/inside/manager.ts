// The parent of the sandbox's programs, below the reaper: starts each when what it needs answers, and keeps it running.

import { readFileSync, watchFile } from 'node:fs';
import { Child } from '../../supervisor/children.ts';
import { INSIDE } from '../layout.ts';
import type { InsideProcess } from '../processes.ts';
import type { ManagerPlan } from './plan.ts';
import { waitFor } from './probe.ts';

const plan = JSON.parse(readFileSync(`${INSIDE.etc}/plan.json`, 'utf8')) as ManagerPlan;

async function keep(spec: InsideProcess): Promise<void> {
  if (spec.after) await waitFor(spec.after);
  let child = new Child(spec);
  child.start();
  if (!spec.after || !('file' in spec.after)) return;
  // What the process stands on was made anew.
  watchFile(spec.after.file, { interval: 1000 }, async () => {
    const old = child;
    child = new Child(spec);
    await old.stop();
    child.start();
  });
}

for (const spec of plan.processes) void keep(spec);
