// Which BuildKit builds on this machine: one that buildx knows by a name, or the one that $BUILDKIT_HOST names.
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { listPlatforms, type Platform } from '../../images/platform.ts';
import { builderPlatforms } from '../../steps/build-platform.ts';
import { run } from '../../steps/exec.ts';

/** A builder that answers and builds for all platforms that were asked for. */
export interface Builder {
  /** As a person knows it. */
  name: string;
  /** The arguments by which buildctl reaches it. */
  address: string[];
  /** The platform of its own machine. */
  platform: Platform;
}

/** As buildx keeps it in `buildx/instances/<name>` of the docker config's folder. */
interface Instance {
  Driver?: string;
  Nodes?: { Name?: string; Endpoint?: string; DriverOpts?: Record<string, string> | null }[] | null;
}

const WAYS =
  'name one of `docker buildx ls` by --builder or $BUILDX_BUILDER (driver remote or docker-container), or an address by $BUILDKIT_HOST';
/** The options of buildx's remote driver, and those of buildctl. */
const TLS = { cacert: '--tlscacert', cert: '--tlscert', key: '--tlskey', servername: '--tlsservername' };

/**
 * Finds the builder (`name`: by --builder) and asks it for its platforms. Throws one line where none can be found, it
 * does not answer, or lacks one of `platforms`.
 */
export async function findBuilder(
  name: string | undefined,
  platforms: readonly Platform[],
  env: NodeJS.ProcessEnv,
): Promise<Builder> {
  const found = await addressOf(name ?? env.BUILDX_BUILDER, env);
  await run('buildctl', ['--version'], { env }).catch(() => {
    throw new Error('buildctl is not on the PATH; it comes with BuildKit: https://github.com/moby/buildkit/releases');
  });
  const there = await builderPlatforms(found.address, env).catch(error => {
    throw new Error(`builder ${found.name} does not answer: ${(error as Error).message}; start it, or ${WAYS}`);
  });
  const missing = platforms.filter(platform => !there.includes(platform));
  if (missing.length === 0) return { ...found, platform: there[0] };
  throw new Error(
    `builder ${found.name} builds for ${listPlatforms(there)}; needed: ${listPlatforms(platforms)}. ` +
      'Install its emulators (`docker run --privileged --rm tonistiigi/binfmt --install all`), then restart it',
  );
}

async function addressOf(name: string | undefined, env: NodeJS.ProcessEnv): Promise<Omit<Builder, 'platform'>> {
  if (name) return { name, address: await addressOfInstance(name, env) };
  const host = env.BUILDKIT_HOST;
  if (host) return { name: host, address: ['--addr', host] };
  throw new Error(`there is no builder: ${WAYS}`);
}

async function addressOfInstance(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const folder = env.BUILDX_CONFIG || join(env.DOCKER_CONFIG || join(homedir(), '.docker'), 'buildx');
  const file = join(folder, 'instances', name);
  const { Driver: driver, Nodes: nodes } = await readInstance(file, name);
  const [node, ...others] = nodes ?? [];
  if (!node || others.length > 0) {
    throw new Error(
      `builder ${name} has ${nodes?.length ?? 0} nodes (${file}); expected one that builds all platforms`,
    );
  }
  const { Name: node0 = `${name}0`, Endpoint: endpoint = '', DriverOpts: options } = node;
  if (driver === 'remote') {
    const tls = Object.entries(TLS).flatMap(([option, flag]) => (options?.[option] ? [flag, options[option]] : []));
    return ['--addr', endpoint, ...tls];
  }
  if (driver === 'docker-container') {
    // The engine's address, or the name of a context of docker's.
    const context = endpoint.includes('://') || endpoint === '' ? '' : `?context=${encodeURIComponent(endpoint)}`;
    return ['--addr', `docker-container://buildx_buildkit_${node0}${context}`];
  }
  throw new Error(
    `builder ${name} has driver ${driver}, which buildctl can't reach; expected remote or docker-container: ` +
      'docker buildx create --name slipway --driver docker-container --bootstrap',
  );
}

async function readInstance(file: string, name: string): Promise<Instance> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Instance;
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const found = absent ? `${file} is not there` : `${file} can't be read: ${(error as Error).message}`;
    throw new Error(`there is no builder ${name}: ${found}; ${WAYS}`);
  }
}
