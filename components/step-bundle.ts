// The pipeline's steps as one file for the step image: the code that ran on the laptop is the code that runs in the pod.
import { bundled } from '../bundle/bundle.ts';

/**
 * Bundles the steps. The same sources give the same bytes on any machine (no paths, no times, no source map), and the
 * file is written only when they changed, so that an unchanged tree is an unchanged build context.
 */
export async function bundleSteps(): Promise<void> {
  await bundled({
    entry: 'steps/main.ts',
    // docker/step/Dockerfile takes it from there.
    output: 'docker/step/dist/steps.mjs',
    recipe: 'components/step-bundle.ts',
    options: {
      format: 'esm',
      // Packages in CommonJS expect a require, which a module does not have.
      banner: {
        js: "import { createRequire as slipwayRequire } from 'node:module';\nconst require = slipwayRequire(import.meta.url);",
      },
    },
  });
}
