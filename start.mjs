// What Pulumi runs (Pulumi.yaml, `main`): index.ts and all that it imports as one file, which is made anew when one of
// them has changed. Node loads that in a third of the time. Pulumi's own packages stay outside: the SDK is one for all.
import Module, { setSourceMapsSupport } from 'node:module';
import { join } from 'node:path';
import { upToDate } from './bundle/record.mjs';

const output = 'dist/program.cjs';
const text = upToDate(output) ?? (await (await import('./bundle/program.ts')).bundleProgram(output));

// Traces name the lines of the sources. The map is read by Node alone, and of this file alone.
setSourceMapsSupport(true);
const file = join(import.meta.dirname, output);
const program = new Module(file);
program.filename = file;
program.paths = Module._nodeModulePaths(import.meta.dirname);
// The very text that was compared with its sources, whatever another start writes by now.
program._compile(text, file);

export default program.exports.default;
