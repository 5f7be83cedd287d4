// Makes the tools that a suite needs before its first test, so that no test's time holds a compiler's.
import { loadConfig } from '../sandbox/config.ts';
import { stacks } from '../sandbox/stacks.ts';
import { ensureTools, type Tools, type ToolsOptions } from '../sandbox/tools/build.ts';

/**
 * `only`: names of the catalogue; all of it where left out. `other`: tools that must be asked for, or a catalogue in the
 * place of the sandbox's. A line on stderr for each change of a tool's state.
 */
export function buildTools(
  only?: readonly string[],
  other: Pick<ToolsOptions, 'also' | 'tools' | 'modules'> = {},
): Promise<Tools> {
  const said = new Map<string, string>();
  return ensureTools({
    cache: loadConfig(process.env).cache,
    ...other,
    only,
    report: ({ tool, state, log }) => {
      if (state === 'found' || said.get(tool) === state) return;
      said.set(tool, state);
      console.error(`${tool}: ${state}${log && state === 'building' ? ` (log: ${log})` : ''}`);
    },
  });
}

/** The whole sandbox's: the catalogue, and what the systems ask for beside it. */
export function buildSandboxTools(): Promise<Tools> {
  return buildTools(undefined, { also: stacks.flatMap(({ tools }) => tools) });
}
