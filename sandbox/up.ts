// `pulumi up` of a stack, with one line of progress and a log.
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { SandboxConfig } from './config.ts';
import { runOnStack } from './pulumi.ts';
import type { Tools } from './tools/build.ts';

/** @throws Error with Pulumi's own diagnostics and the log's path. */
export async function up(
  config: SandboxConfig,
  tools: Tools,
  stack: string,
  onLine: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  const path = join(config.home, 'logs', 'pulumi-up.log');
  const log = createWriteStream(path, { flags: 'a' });
  const lines: string[] = [];
  const write = (line: string) => {
    log.write(`${line}\n`);
    if (line.trim()) lines.push(line);
    onLine(line.trim());
  };
  const args = ['up', '--yes', '--skip-preview', '--color', 'never'];
  const status = await runOnStack(config, tools, stack, args, { signal, onLine: write, say: write });
  log.end();
  if (status === 0) return;
  const start = lines.findIndex(line => line.startsWith('Diagnostics:'));
  throw new Error(`pulumi up failed (log: ${path})\n${lines.slice(start < 0 ? -15 : start).join('\n')}`);
}
