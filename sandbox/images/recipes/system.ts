// The sandbox's own system pods in one image: one layer is unpacked several times faster than ten. Each pod
// names its command; without one the image is the pod's pause process. One program is started by its image's own
// entrypoint and has an image of its own.
import { machineArchitecture } from '../../rootfs/node.ts';
import type { Entry } from '../stage.ts';
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
};

export const system = programImage('system', '/usr/bin/pause', programs);

/** Takes the place of a sidecar that Tekton wants to end. */
export const nop = programImage('nop', '/ko-app/nop', { '/ko-app/nop': 'tekton-pipelines-nop' });

function programImage(name: Recipe['name'], entrypoint: string, content: Record<string, string>): Recipe {
  return {
    name,
    reference: `localhost/slipway/${name}:sandbox`,
    platforms: [machineArchitecture()],
    compression: 'none',
    origin: 'built from Go modules for the sandbox',
    // By number: Tekton's init containers must not run as root, and kubelet can't judge a name.
    config: { Env: ['PATH=/usr/bin'], Entrypoint: [entrypoint], User: '65532:65532' },
    async parts({ tools }) {
      const accounts = `root:x:0:0:root:/:${entrypoint}\nnonroot:x:65532:65532::/:${entrypoint}\n`;
      const files = Object.entries(content).map(([path, tool]) => ({
        path: path.slice(1),
        file: tools.path(tool),
        mode: 0o755,
      }));
      const others: Entry[] = [
        { path: 'tmp', folder: true, mode: 0o1777 },
        { path: 'etc/passwd', text: accounts },
      ];
      return [{ entries: [...files, ...others] }];
    },
  };
}
