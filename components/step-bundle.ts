// The pipeline's steps as one file for the step image: the code that ran on the laptop is the code that runs in the pod.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

const source = 'steps/main.ts';
/** Where docker/step/Dockerfile takes it from. */
const stepBundle = 'docker/step/dist/steps.mjs';

/**
 * Bundles the steps. The same sources give the same bytes on any machine (no paths, no times, no source map), and the
 * file is written only when they changed, so that an unchanged tree is an unchanged build context.
 */
export async function bundleSteps(): Promise<void> {
  const esbuild = await import('esbuild');
  const { outputFiles } = await esbuild.build({
    entryPoints: [source],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    outfile: stepBundle,
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
    // Packages in CommonJS expect a require, which a module does not have.
    banner: {
      js: "import { createRequire as slipwayRequire } from 'node:module';\nconst require = slipwayRequire(import.meta.url);",
    },
  });
  const text = outputFiles[0]!.text;
  const there = await readFile(stepBundle, 'utf8').catch(() => undefined);
  if (there === text) return;
  await mkdir(dirname(stepBundle), { recursive: true });
  await writeFile(stepBundle, text, { mode: 0o644 });
}
