// The sandbox's own system pods in one image: importing one layer is several times faster than importing ten. Each pod
// names its command; without one the image is the pod's pause process.
import { machineArchitecture } from '../../rootfs/node.ts';
import type { Recipe } from './recipe.ts';

/** Where a program lies in the image, and the tool that it is. Tekton's manifests name these paths. */
export const programs: Record<string, string> = {
  '/usr/bin/pause': 'pause',
  '/usr/bin/coredns': 'coredns',
  '/ko-app/controller': 'tekton-pipelines-controller',
  '/ko-app/webhook': 'tekton-pipelines-webhook',
  '/ko-app/entrypoint': 'tekton-pipelines-entrypoint',
  '/ko-app/nop': 'tekton-pipelines-nop',
  '/ko-app/sidecarlogresults': 'tekton-pipelines-sidecarlogresults',
  '/ko-app/workingdirinit': 'tekton-pipelines-workingdirinit',
  '/triggers/controller': 'tekton-triggers-controller',
  '/triggers/webhook': 'tekton-triggers-webhook',
  '/triggers/interceptors': 'tekton-triggers-interceptors',
  '/triggers/eventlistenersink': 'tekton-triggers-eventlistenersink',
};

export const system: Recipe = {
  name: 'system',
  reference: 'localhost/slipway/system:sandbox',
  platforms: [machineArchitecture()],
  compression: 'none',
  origin: 'Tekton, CoreDNS and pause, built from Go modules',
  config: { Env: ['PATH=/usr/bin'], Entrypoint: ['/usr/bin/pause'] },
  async parts(context) {
    return [
      {
        entries: [
          ...Object.entries(programs).map(([path, tool]) => ({
            path: path.slice(1),
            file: context.tools.path(tool),
            mode: 0o755,
          })),
          { path: 'tmp', folder: true, mode: 0o1777 },
          { path: 'etc/passwd', text: 'root:x:0:0:root:/:/usr/bin/pause\nnonroot:x:65532:65532::/:/usr/bin/pause\n' },
        ],
      },
    ];
  },
};
