// The programs that are asked beside this one, of pinned Go modules, built as the sandbox builds its own. They stay in
// $SLIPWAY_CACHE; nothing but the benchmark builds them.
import { join } from 'node:path';
import { machineArchitecture } from '../../sandbox/rootfs/node.ts';
import type { Tool } from '../../sandbox/tools/tool.ts';
import { buildTools } from '../../test/tools.ts';

export interface Programs {
  crane: string;
  kbld: string;
  registry: string;
}

export async function ensurePrograms(): Promise<Programs> {
  const sandbox = await buildTools(['registry']);
  const own = await buildTools(undefined, { tools: catalogue(), modules: join(import.meta.dirname, 'modules') });
  return { crane: own.path('crane'), kbld: own.path('kbld'), registry: sandbox.path('registry') };
}

function catalogue(): Tool[] {
  const arch = machineArchitecture();
  const tool = (name: string, version: string, path: string): Tool => ({
    name,
    version,
    source: { how: 'go', module: name, arch, packages: { [name]: path } },
  });
  return [
    tool('crane', '0.22.1', 'github.com/google/go-containerregistry/cmd/crane'),
    tool('kbld', '0.46.0', 'carvel.dev/kbld/cmd/kbld'),
  ];
}
