// A temporary folder for one test, removed after it; and a log that can be read.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Log } from '../../../../steps/log.ts';

export function temporaryFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-steps-')));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A log and what was written to it. */
export function recordedLog(): { log: Log; lines: string[]; text(): string } {
  const lines: string[] = [];
  return { log: text => lines.push(...text.split('\n')), lines, text: () => lines.join('\n') };
}
