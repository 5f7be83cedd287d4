// What the first step of the build task leaves for the second. Both run in one pod, on one emptyDir.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StepFailure } from './failure.ts';

/** The first step has found a newer run or push; `outcome` says which. */
export interface Ended {
  outcome: string;
}

export interface Handover {
  commit: string;
  /** Absolute paths in the fetched source. */
  dockerfile: string;
  context: string;
  /** The pinned image for every base, by BuildKit's name of the base. */
  pinned: Record<string, string>;
  /** Whether the build may rewrite the times of files. */
  rewriteTimes: boolean;
}

const FILE = 'handover.json';

export async function leave(work: string, handover: Handover | Ended): Promise<void> {
  await writeFile(join(work, FILE), JSON.stringify(handover));
}

/** Throws a StepFailure where the step before has left nothing. */
export async function takeOver(work: string): Promise<Handover | Ended> {
  try {
    return JSON.parse(await readFile(join(work, FILE), 'utf8')) as Handover | Ended;
  } catch {
    throw new StepFailure(
      `${join(work, FILE)} is not there; the step fetch-preflight must run before, in the same pod`,
    );
  }
}
