// Go on this machine: is it there, is it new enough, and the environment that makes a build the same everywhere.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import semver from 'semver';
import { run } from './run.ts';

export const moduleFolder = join(import.meta.dirname, 'modules');

const install = 'install Go from https://go.dev/dl or a package, and put its bin folder on the PATH';

/**
 * The version of the machine's Go, as `go1.26.8`. Throws with the remedy where there is none, or one that is older than
 * what the given module folders ask for.
 */
export async function goVersion(
  modules: readonly string[],
  env: NodeJS.ProcessEnv,
  from = moduleFolder,
): Promise<string> {
  const wanted = await newestWanted(modules, from);
  let found: string;
  try {
    found = (await run('go', ['env', 'GOVERSION'], { env: { ...env, GOTOOLCHAIN: 'local' } })).stdout.trim();
  } catch {
    throw new Error(
      `Go is not on the PATH, and ${modules.length} programs are built with it: ${install} (${wanted} or newer)`,
    );
  }
  const version = asVersion(found);
  if (version && semver.lt(version, wanted)) {
    throw new Error(`Go is ${found}, and ${wanted} or newer is needed: ${install}`);
  }
  return found;
}

/** Go's own caches below ours, no C, nothing of the machine's flags or workspaces; proxy and checksum settings stay. */
export function goEnv(env: NodeJS.ProcessEnv, cache: string, arch: string, temporary: string): NodeJS.ProcessEnv {
  return {
    ...env,
    CGO_ENABLED: '0',
    GOARCH: arch,
    GOCACHE: join(cache, 'go-build'),
    GOFLAGS: '',
    GOMODCACHE: join(cache, 'go-mod'),
    GOOS: 'linux',
    GOTMPDIR: temporary,
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
  };
}

async function newestWanted(modules: readonly string[], from: string): Promise<string> {
  const versions = await Promise.all(
    modules.map(async module => {
      const text = await readFile(join(from, module, 'go.mod'), 'utf8');
      return asVersion(/^go (\S+)$/m.exec(text)?.[1] ?? '') ?? '1.24.0';
    }),
  );
  return versions.sort(semver.rcompare)[0] ?? '1.24.0';
}

/** `1.24`, `go1.26.8`, `go1.27rc1` as a semantic version; undefined for a development build. */
function asVersion(text: string): string | undefined {
  return semver.coerce(text.replace(/^go/, ''))?.version;
}
