// The sandbox's own processes as one file each: what runs does not change when the checkout does.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const SCRIPTS = ['manager', 'gate', 'provisioner'] as const;

/** Bundles the sandbox's scripts, and `more` (entry points by name), into `folder/<name>.mjs`. */
export async function bundleScripts(folder: string, more: Record<string, string> = {}): Promise<void> {
  const here = fileURLToPath(new URL('./inside/', import.meta.url));
  const entryPoints = Object.fromEntries(SCRIPTS.map(name => [name, join(here, `${name}.ts`)]));
  await build({
    entryPoints: { ...entryPoints, ...more },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    logLevel: 'silent',
    // Packages in the older module format call require() for Node's own modules.
    banner: {
      js: "import { createRequire as slipwayRequire } from 'node:module'; const require = slipwayRequire(import.meta.url);",
    },
  });
}
