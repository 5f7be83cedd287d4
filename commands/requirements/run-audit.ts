// The command `slipway audit`: which lists of which stack, and how it ends.
import { readFile } from 'node:fs/promises';
import { requirementLists } from '../../settings/requirements.ts';
import { readDatabase } from '../osv/database.ts';
import type { OsvRecord } from '../osv/record.ts';
import { settingsOf } from '../stack-file.ts';
import { audit, printAudit } from './audit.ts';
import { allLists } from './run-lock.ts';
import { findUv } from './uv.ts';

export interface AuditCommand {
  osv?: string;
  /** Folder of the stack files, in place of the checkout. */
  stacks?: string;
}

/** Throws, after all is told, where a package is known to be vulnerable. */
export async function runAudit(
  stack: string | undefined,
  { osv, stacks }: AuditCommand,
  say: (line: string) => void,
): Promise<void> {
  const lists = stack === undefined ? allLists() : await listsOf(stack, stacks);
  const database = osv === undefined ? undefined : await readDatabase(osv, ofPython);
  const uv = await findUv();
  let vulnerable = 0;
  for (const list of lists) {
    const found = await audit(uv, list, database?.records);
    for (const line of printAudit(found)) say(line);
    vulnerable += found.vulnerable?.length ?? 0;
  }
  if (vulnerable > 0) {
    const what = vulnerable === 1 ? 'a package is' : `${vulnerable} packages are`;
    throw new Error(`${what} known to be vulnerable; raise the versions in the list, and lock it again`);
  }
}

const ofPython = ({ affected = [] }: OsvRecord) => affected.some(each => each.package?.ecosystem === 'PyPI');

async function listsOf(stack: string, stacks?: string): Promise<string[]> {
  const settings = await settingsOf(stack, stacks);
  if (settings.digests === 'lock')
    throw new Error(`stack ${stack} builds no base (digests: lock); name one that tracks, or none for all lists`);
  return requirementLists(settings, file => readFile(file, 'utf8'));
}
