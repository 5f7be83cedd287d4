// The Python of a Debian tree, run in place on this machine: no Python of the machine is needed, and none is asked for.
import { join } from 'node:path';
import { machineArchitecture } from '../../rootfs/node.ts';
import { run } from '../../tools/run.ts';

export interface Python {
  /** Root of the tree that it lies in. */
  root: string;
  /** Runs `python3.11 ARGUMENTS…`; `path` is put before its module search path. Throws with its last lines. */
  run(args: readonly string[], options?: { path?: string; signal?: AbortSignal }): Promise<string>;
}

const loaders = {
  amd64: { triplet: 'x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { triplet: 'aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

/** The Python in the tree at `root`, which must be of this machine's architecture. */
export function nativePython(root: string): Python {
  const { triplet, loader } = loaders[machineArchitecture()];
  const libraries = join(root, 'usr/lib', triplet);
  // The tree's own loader and libraries: the machine may have others. What is written becomes a layer, the same for all.
  const umask = ['-c', 'umask 022; exec "$@"', 'python'];
  const start = [...umask, join(libraries, loader), '--library-path', libraries, join(root, 'usr/bin/python3.11')];
  return {
    root,
    async run(args, { path, signal } = {}) {
      const env: NodeJS.ProcessEnv = {
        ...process.env,
        PYTHONHOME: join(root, 'usr'),
        PYTHONPATH: path ?? '',
        PYTHONDONTWRITEBYTECODE: '1',
        PYTHONHASHSEED: '0',
      };
      return (await run('sh', [...start, ...args], { env, signal })).stdout;
    },
  };
}
