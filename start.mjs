// What Pulumi runs (Pulumi.yaml, `main`): index.ts and all that it imports as one file, which is made anew when one of
// them has changed. Node loads that in a third of the time. Pulumi's own packages stay outside: the SDK is one for all.
import { setSourceMapsSupport } from 'node:module';
import { load } from './bundle/load.mjs';

// Traces name the lines of the sources. The map is read by Node alone, and of this file alone.
setSourceMapsSupport(true);
const program = await load(
  'dist/program.cjs',
  import.meta.dirname,
  async () => (await import('./bundle/program.ts')).bundleProgram,
);

export default program.default;
