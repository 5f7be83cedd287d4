// The commands as a person runs them (commands/slipway.ts): cli.ts and all that it imports, as one file. What a verb alone
// needs is in it, too, and runs when it is asked for.
import { bundled, OUTSIDE } from './bundle.ts';

/** The commands' text, kept in `output`. Throws one line for each fault where a source can't be read as TypeScript. */
export function bundleCommands(output: string, checkout: string): Promise<string> {
  return bundled({
    checkout,
    entry: 'commands/cli.ts',
    output,
    recipe: 'bundle/commands.ts',
    mayStayUnwritten: true,
    options: {
      format: 'cjs',
      external: OUTSIDE,
      // The bundle lies one folder below the checkout, as the sources that ask for theirs.
      define: { 'import.meta.dirname': '__dirname' },
      logOverride: { 'empty-import-meta': 'error' },
    },
  });
}
