// `npm run reset`: ends the sandbox and forgets its state. Tools and stand-ins in the cache stay.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SandboxConfig } from './config.ts';
import { stopSupervisor } from './supervisor.ts';

/** What a sandbox makes in its home; anything else there is not ours to remove. */
const made = ['docker', 'kubeconfig', 'locks', 'logs', 'pki', 'pulumi', 'run', 'state', 'work'];

export async function reset(config: SandboxConfig): Promise<void> {
  await stopSupervisor(config);
  for (const name of made) {
    const path = join(config.home, name);
    if (existsSync(path)) await rm(path, { recursive: true, force: true, maxRetries: 3 });
  }
}
