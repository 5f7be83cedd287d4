// Kaniko's executor. It makes its own root directory into that of the image it builds, so all that it needs lies in
// /kaniko, which it leaves alone: the executor, and the emulator that lets it build for arm64 as well.
import { join } from 'node:path';
import { machineArchitecture } from '../../rootfs/node.ts';
import { builderRoot } from './buildkit.ts';
import type { Recipe } from './recipe.ts';

/** Kaniko is told by this argument to build for a platform; the machine's own needs no emulation. */
const foreign = '--custom-platform=linux/arm64';

export const kaniko: Recipe = {
  name: 'kaniko',
  reference: 'cgr.dev/chainguard/kaniko:1.25.0',
  platforms: [machineArchitecture()],
  compression: 'none',
  origin: 'stand-in: built from Go modules; qemu of Debian',
  config: {
    // No HOME of a user: RUN takes it from the base, and the executor its credentials from here.
    Env: ['PATH=/kaniko', 'DOCKER_CONFIG=/kaniko/.docker', 'SSL_CERT_DIR=/kaniko/ssl/certs'],
    Entrypoint: [
      ...['/kaniko/emulate', '--qemu', '/kaniko/qemu-aarch64-static', '--only-with', foreign],
      ...['--', '/kaniko/executor'],
    ],
  },
  async parts(context, architecture) {
    const { tools } = context;
    const root = await builderRoot(context, architecture);
    return [
      {
        entries: [
          { path: 'kaniko/executor', file: tools.path('kaniko-executor'), mode: 0o755 },
          { path: 'kaniko/emulate', file: tools.path('emulate'), mode: 0o755 },
          { path: 'kaniko/qemu-aarch64-static', file: join(root.path, 'usr/bin/qemu-aarch64-static'), mode: 0o755 },
          { path: 'kaniko/.docker', folder: true },
        ],
      },
    ];
  },
};
