// The mirror: a plain registry on the machine's loopback that serves the stand-ins under their true repositories.
import { createHash } from 'node:crypto';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { homePaths, type SandboxConfig } from '../config.ts';
import type { ToolPaths } from '../images/recipes/recipe.ts';
import { until } from '../until.ts';
import type { ReadyChild } from './child.ts';

/** Host and port. */
export const mirrorAddress = ({ ports }: SandboxConfig): string => `127.0.0.1:${ports.mirror}`;

/** Writes the mirror's configuration and returns the process for the supervisor. `storage`: the folder that it serves. */
export async function mirrorProcess(config: SandboxConfig, tools: ToolPaths, storage: string): Promise<ReadyChild> {
  const { run, logs } = homePaths(config);
  const log = join(logs, 'mirror.log');
  // A link: with another system come other stand-ins, and they are no reason for another process.
  const link = join(run, 'mirror');
  const text = printMirrorConfig(link, config.ports.mirror);
  // Named by its content: a changed configuration is another process, which the supervisor then starts.
  const file = join(run, `mirror-${createHash('sha256').update(text).digest('hex').slice(0, 8)}.yaml`);
  for (const folder of [run, logs]) await mkdir(folder, { recursive: true });
  await writeFile(file, text);
  await rm(`${link}.new`, { force: true });
  await symlink(storage, `${link}.new`);
  await rename(`${link}.new`, link);
  return {
    name: 'mirror',
    argv: [tools.path('registry'), 'serve', file],
    // Its tracing would look for a collector on every start.
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', OTEL_TRACES_EXPORTER: 'none' },
    log,
    ready: signal => until('the mirror', () => answers(config), { limit: 30_000, hint: `see ${log}`, signal }),
  };
}

export function printMirrorConfig(storage: string, port: number): string {
  return stringify({
    version: 0.1,
    log: { level: 'warn', accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: storage },
      // Sandboxes share it, and no one has anything to push there.
      maintenance: { uploadpurging: { enabled: false }, readonly: { enabled: true } },
    },
    http: { addr: `127.0.0.1:${port}` },
  });
}

async function answers({ ports }: SandboxConfig): Promise<true | string> {
  const response = await fetch(`http://127.0.0.1:${ports.mirror}/v2/`);
  return response.ok || `port ${ports.mirror} of 127.0.0.1 is answered by something else (status ${response.status})`;
}
