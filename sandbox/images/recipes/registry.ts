// library/registry: one static program, with the folder that it keeps its data in.
import { machineArchitecture } from '../../rootfs/node.ts';
import type { Recipe } from './recipe.ts';

export const registry: Recipe = {
  name: 'registry',
  reference: 'docker.io/library/registry:3.1.2',
  platforms: [machineArchitecture()],
  compression: 'none',
  origin: 'stand-in: built from Go modules',
  config: { Env: ['PATH=/bin', 'OTEL_TRACES_EXPORTER=none'], Entrypoint: ['registry'], Cmd: ['--help'] },
  async parts(context) {
    return [
      {
        entries: [
          { path: 'bin/registry', file: context.tools.path('registry'), mode: 0o755 },
          // Any user's: a pod that mounts no volume there still runs without root.
          { path: 'var/lib/registry', folder: true, mode: 0o1777 },
          { path: 'tmp', folder: true, mode: 0o1777 },
          { path: 'etc/passwd', text: 'root:x:0:0:root:/:/bin/registry\nnonroot:x:65532:65532::/:/bin/registry\n' },
        ],
      },
    ];
  },
};
