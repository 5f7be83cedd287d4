// The file by which other commands find the running supervisor: $SLIPWAY_HOME/run/supervisor.json.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isAlive, type ProcessIdentity } from './identity.ts';

export interface SupervisorRecord extends ProcessIdentity {
  /** RFC 3339, UTC. */
  since: string;
}

/** The record of the supervisor that runs now; undefined where there is none, or where its process is gone. */
export function readRecord(file: string): SupervisorRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(file, 'utf8')) as SupervisorRecord;
    return Number.isInteger(record.pid) && isAlive(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the record in one step, so that a reader never sees half of it. */
export function writeRecord(file: string, record: SupervisorRecord): void {
  writeWhole(file, `${JSON.stringify(record, null, 2)}\n`);
}

export function removeRecord(file: string): void {
  rmSync(file, { force: true });
}

/** Writes a file whole or not at all. */
export function writeWhole(file: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(file), { recursive: true });
  const partial = `${file}.${process.pid}.partial`;
  writeFileSync(partial, text, { mode });
  renameSync(partial, file);
}
