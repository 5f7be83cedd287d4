// A file tree made of Debian packages, in the cache: for the sandbox's node, for the outer BuildKit, and as the content
// of the stand-in images.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withLock } from '../tools/lock.ts';
import type { Report } from '../tools/report.ts';
import { ensureFolder } from '../tools/store.ts';
import { type Architecture, fetchPackages, type Package } from './apt.ts';
import { finish } from './finish.ts';
import { release } from './sources.ts';
import { unpack } from './unpack.ts';

export interface RootOptions {
  /** Absolute path of $SLIPWAY_CACHE. */
  cache: string;
  arch: Architecture;
  /** Debian package names; what they depend on comes with them, what they recommend does not. */
  packages: readonly string[];
  /** tar patterns of files to leave out, as './usr/bin/qemu-m*'. */
  exclude?: readonly string[];
  /** What the root is called in reports and messages; 'debian-<arch>'. */
  name?: string;
  report?: Report;
  signal?: AbortSignal;
}

export interface Root {
  /** Absolute path of the tree. Others may be reading it: copy or overlay it, never write. */
  path: string;
  /** Hash of the request: architecture, packages, recipe. */
  key: string;
  /** Hash of what was unpacked: equal contents have equal ones, on any machine. */
  contents: string;
  /** Installed versions by package name. */
  versions: Record<string, string>;
}

const manifest = 'etc/slipway-packages';

/**
 * Returns the tree of `packages`, made on first use in `<cache>/debian/root-<key>`: complete or absent. Never runs
 * anything of the packages. Throws with the remedy where apt, Debian's keys or a package are missing.
 */
export async function ensureRoot(options: RootOptions): Promise<Root> {
  const { cache, arch, signal } = options;
  const name = options.name ?? `debian-${arch}`;
  const key = await rootKey(options);
  const path = join(cache, 'debian', `root-${key}`);
  const log = join(cache, 'debian', `root-${key}.log`);
  const started = Date.now();
  const report = (state: Parameters<Report>[0]['state']) =>
    options.report?.({ tool: name, state, seconds: (Date.now() - started) / 1000, log });
  try {
    const how = await ensureFolder({
      folder: path,
      signal,
      onWait: () => report('queued'),
      make: async partial => {
        report('building');
        const state = join(cache, 'debian', `apt-${release}-${arch}`);
        await mkdir(state, { recursive: true });
        // Archives are read under the same lock: an update by another checkout may remove them.
        const packages = await withLock(
          `${state}/lock`,
          async () => {
            const fetched = await fetchPackages(state, arch, ['usr-is-merged', ...options.packages], { log, signal });
            await unpack(fetched, partial, arch, { exclude: options.exclude, signal });
            return fetched;
          },
          { signal },
        );
        await finish(partial);
        await writeFile(join(partial, manifest), packages.map(entry => `${printPackage(entry)}\n`).join(''));
      },
    });
    report(how === 'found' ? 'found' : 'done');
  } catch (error) {
    report('failed');
    throw error;
  }
  return describe(path, key);
}

async function describe(path: string, key: string): Promise<Root> {
  const text = await readFile(join(path, manifest), 'utf8');
  const versions = Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map(line => line.split(' ') as [string, string]),
  );
  const contents = createHash('sha256').update(`${key}\n${text}`).digest('hex').slice(0, 12);
  return { path, key, contents, versions };
}

function printPackage({ name, version }: Package): string {
  return `${name} ${version}`;
}

/** Changes with the request and with the code that makes a root. */
export async function rootKey({ arch, packages, exclude = [] }: RootOptions): Promise<string> {
  const here = import.meta.dirname;
  const code = (await readdir(here)).filter(name => name.endsWith('.ts') && name !== 'node.ts').sort();
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ release, arch, packages: [...packages].sort(), exclude: [...exclude].sort() }));
  for (const name of code) hash.update(await readFile(join(here, name)));
  return hash.digest('hex').slice(0, 12);
}
