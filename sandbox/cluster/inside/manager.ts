// The parent of the sandbox's programs, below the reaper: starts each when what it needs answers, keeps it running,
// imports images, and writes down how far things are.

import { readFileSync } from 'node:fs';
import { Child } from '../../supervisor/children.ts';
import { writeWhole } from '../../supervisor/record.ts';
import { CONTAINERD_SOCKET, INSIDE } from '../layout.ts';
import type { InsideProcess } from '../processes.ts';
import { importImages } from './images.ts';
import type { ManagerPlan } from './plan.ts';
import { waitFor } from './probe.ts';
import type { InsideStatus } from './status.ts';

const plan = JSON.parse(readFileSync(`${INSIDE.etc}/plan.json`, 'utf8')) as ManagerPlan;
const status: InsideStatus = { began: Date.now(), events: {}, processes: {}, imported: 0 };

function write(): void {
  writeWhole(`${INSIDE.run}/status.json`, JSON.stringify(status));
}

function happened(event: string): void {
  status.events[event] = Date.now() - status.began;
  write();
}

async function keep(spec: InsideProcess): Promise<void> {
  if (spec.after) await waitFor(spec.after);
  const child = new Child(spec, state => {
    status.processes[spec.name] = state;
    write();
  });
  child.start();
  happened(spec.name);
}

async function bringImages(): Promise<void> {
  await waitFor({ socket: CONTAINERD_SOCKET });
  status.imported = await importImages(plan.images);
  happened('images');
}

write();
for (const spec of plan.processes) void keep(spec);
bringImages().catch((error: Error) => {
  status.fault = error.message;
  write();
});
