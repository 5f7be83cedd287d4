// The sandbox's own processes as one file each: what runs does not change when the checkout does.

import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { checkout } from '../checkout.ts';

const SCRIPTS = ['manager', 'gate', 'provisioner'] as const;

/**
 * Bundles the sandbox's scripts, and `more` (entry points by name).
 * @returns the text of each by its file name, `<name>.mjs`; the same sources give the same text in any checkout.
 */
export async function bundleScripts(more: Record<string, string> = {}): Promise<Record<string, string>> {
  const here = fileURLToPath(new URL('./inside/', import.meta.url));
  const entryPoints = Object.fromEntries(SCRIPTS.map(name => [name, join(here, `${name}.ts`)]));
  const { outputFiles } = await build({
    entryPoints: { ...entryPoints, ...more },
    absWorkingDir: checkout,
    outdir: checkout,
    outExtension: { '.js': '.mjs' },
    write: false,
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
  return Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text]));
}
