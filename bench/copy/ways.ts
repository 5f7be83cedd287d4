// The programs that copy: this one, skopeo, crane and regctl, each as a person calls it, from its start to its end.
import { join } from 'node:path';
import { execPath } from 'node:process';
import { loadConfig } from '../../sandbox/config.ts';
import { machineArchitecture } from '../../sandbox/rootfs/node.ts';
import { ensureRoot } from '../../sandbox/rootfs/root.ts';
import { run } from '../../sandbox/tools/run.ts';
import { repository, tag } from './image.ts';

export interface Way {
  what: string;
  /** Copies from one registry (host:port) to the other. */
  copy(from: string, to: string): Promise<Spent>;
}

/** Seconds: on the clock, and of the program's processors. */
export interface Spent {
  wall: number;
  cpu: number;
}

/** The project's own comes first, then skopeo, crane, regctl. */
export async function waysOf(
  { crane, regctl }: Record<'crane' | 'regctl', string>,
  env: NodeJS.ProcessEnv,
): Promise<Way[]> {
  const skopeo = await ensureSkopeo();
  const way = (what: string, words: (from: string, to: string) => string[]): Way => ({
    what,
    copy: (from, to) => timed(words(`${from}/${repository}:${tag}`, `${to}/${repository}:${tag}`), env),
  });
  const slipway = [
    execPath,
    '--disable-warning=ExperimentalWarning',
    join(import.meta.dirname, '../../commands/slipway.ts'),
  ];
  return [
    way('`slipway copy`', (from, to) => [...slipway, 'copy', from, to]),
    way('`skopeo copy --all`', (from, to) => [...skopeo, 'copy', '--all', `docker://${from}`, `docker://${to}`]),
    way('`crane copy`', (from, to) => [crane, 'copy', from, to]),
    way('`regctl image copy`', (from, to) => [regctl, 'image', 'copy', from, to]),
  ];
}

// The shell counts what a program and all that it has started have spent.
async function timed(words: string[], env: NodeJS.ProcessEnv): Promise<Spent> {
  const script =
    'TIMEFORMAT="%R %U %S"; { time "$@" >&3 2>&4; } 3>/dev/null 4>&1 2>"$TIMES"; status=$?; cat "$TIMES" >&2; exit $status';
  const { stderr } = await run('bash', ['-c', script, 'bash', ...words], { env });
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = stderr.trim().split(' ').map(Number);
  return { wall, cpu: user + system };
}

/** Debian's skopeo, unpacked in the cache with the libraries and the loader that it was made for. */
async function ensureSkopeo(): Promise<string[]> {
  const { cache } = loadConfig(process.env);
  const arch = machineArchitecture();
  const { path } = await ensureRoot({ cache, arch, packages: ['skopeo'] });
  const [triple, loader] =
    arch === 'amd64'
      ? ['x86_64-linux-gnu', 'lib64/ld-linux-x86-64.so.2']
      : ['aarch64-linux-gnu', 'lib/ld-linux-aarch64.so.1'];
  const policy = ['--insecure-policy', '--registries.d', join(path, 'none')];
  return [join(path, loader), '--library-path', join(path, 'usr/lib', triple), join(path, 'usr/bin/skopeo'), ...policy];
}
