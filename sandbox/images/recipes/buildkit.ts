// moby/buildkit: for this machine's platform with a wrapper under the name buildkitd, which lets it build for arm64 as
// well; for the other platform the client alone, which is all that the step image takes from there.
import { machineArchitecture } from '../../rootfs/node.ts';
import type { Root } from '../../rootfs/root.ts';
import type { Architecture } from '../layout.ts';
import type { Entry } from '../stage.ts';
import { type Context, type Recipe, searchPath } from './recipe.ts';

const privateFolder = 'usr/libexec/slipway';

/** The component that runs this image names buildkitd and knows nothing of emulation. */
const wrapper = `#!/bin/sh
exec /${privateFolder}/emulate -- /${privateFolder}/buildkitd "$@"
`;

/** Emulators of other platforms, and what the packages bring for perl. */
const notNeeded = [
  './usr/bin/qemu-[!a]*',
  './usr/bin/qemu-a[!a]*',
  './usr/bin/qemu-aarch64_be*',
  './usr/bin/perl*',
  './usr/share/perl*',
  './usr/lib/*/perl*',
];

export const buildkit: Recipe = {
  name: 'buildkit',
  reference: 'docker.io/moby/buildkit:v0.25.2',
  platforms: ['amd64', 'arm64'],
  compression: 'none',
  origin: 'stand-in: built from Go modules; Debian packages',
  config: { Env: [`PATH=${searchPath}`], Entrypoint: ['buildkitd'] },
  async parts(context: Context, architecture) {
    if (architecture !== machineArchitecture()) return [{ entries: [client(context, architecture)] }];
    const root = await builderRoot(context, architecture);
    const entries: Entry[] = [
      client(context, architecture),
      { path: 'usr/bin/buildkitd', text: wrapper, mode: 0o755 },
      { path: `${privateFolder}/buildkitd`, file: context.tools.path('buildkitd'), mode: 0o755 },
      { path: `${privateFolder}/emulate`, file: context.tools.path('emulate'), mode: 0o755 },
    ];
    return [{ root }, { entries }];
  },
};

/** The Debian tree of the machine's builders, with the emulator. */
export const builderRoot = (context: Context, architecture: Architecture): Promise<Root> =>
  context.root({
    arch: architecture,
    packages: [
      'base-files',
      'base-passwd',
      'ca-certificates',
      'coreutils',
      'dash',
      'libc-bin',
      'qemu-user-static',
      'runc',
    ],
    exclude: notNeeded,
    name: 'moby/buildkit, Debian part',
  });

const client = (context: Context, architecture: Architecture): Entry => ({
  path: 'usr/bin/buildctl',
  file: context.tools.path(`buildctl-${architecture}`),
  mode: 0o755,
});
