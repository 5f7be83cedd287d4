// Programs of others that are measured beside this one, of pinned Go modules, built as the sandbox builds its own. They
// stay in $SLIPWAY_CACHE; nothing but the benchmarks builds them.
import { join } from 'node:path';
import { machineArchitecture } from '../../sandbox/rootfs/node.ts';
import type { Tool } from '../../sandbox/tools/tool.ts';
import { buildTools } from '../../test/tools.ts';

const modules = {
  crane: { version: '0.22.1', path: 'github.com/google/go-containerregistry/cmd/crane' },
  kbld: { version: '0.46.0', path: 'carvel.dev/kbld/cmd/kbld' },
  regctl: { version: '0.11.7', path: 'github.com/regclient/regclient/cmd/regctl' },
} as const;

/** The paths of the programs `names`, and of the sandbox's registry. */
export async function ensurePrograms<Name extends keyof typeof modules>(
  names: readonly Name[],
): Promise<Record<Name | 'registry', string>> {
  const sandbox = await buildTools(['registry']);
  const tools = names.map(toolOf);
  const own = await buildTools(undefined, { tools, modules: join(import.meta.dirname, 'modules') });
  const paths = [...names.map(name => [name, own.path(name)]), ['registry', sandbox.path('registry')]];
  return Object.fromEntries(paths) as Record<Name | 'registry', string>;
}

function toolOf(name: keyof typeof modules): Tool {
  const { version, path } = modules[name];
  return {
    name,
    version,
    source: { how: 'go', module: name, arch: machineArchitecture(), packages: { [name]: path } },
  };
}
