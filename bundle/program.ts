// The program as Pulumi loads it (start.mjs): index.ts and all that it imports, as one file.
import { bundled, OUTSIDE } from './bundle.ts';

/** The program's text, kept in `output`. Throws one line for each fault where a source can't be read as TypeScript. */
export async function bundleProgram(output: string, checkout: string): Promise<string> {
  try {
    return await bundled({
      checkout,
      entry: 'index.ts',
      output,
      recipe: 'bundle/program.ts',
      mayStayUnwritten: true,
      options: {
        format: 'cjs',
        sourcemap: 'inline',
        sourcesContent: false,
        external: OUTSIDE,
        // It would be empty, and the program look for its files anywhere.
        logOverride: { 'empty-import-meta': 'error' },
      },
    });
  } catch (error) {
    if (!(error instanceof Error && 'errors' in error)) throw error;
    // Pulumi shows a SyntaxError without the trace, which here is esbuild's own.
    throw new SyntaxError(error.message);
  }
}
