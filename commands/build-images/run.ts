// `slipway build --system` as a process: what it reads and asks before it builds, its terminal, and what Ctrl-C means.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pMap from 'p-map';
import { credentialsFor } from '../../images/credentials.ts';
import { endpointFor, parseEndpoints } from '../../images/endpoints.ts';
import { parseLock } from '../../images/lock.ts';
import { withLoopback } from '../../images/loopback.ts';
import { RegistryClient } from '../../images/registry.ts';
import { progressLines } from '../builds/build.ts';
import { makeDisplay, type Screen } from '../display.ts';
import { scansAskedFor } from '../scan/asked.ts';
import type { PushScan } from '../scan/push.ts';
import { orSignIn } from '../sign-in.ts';
import { buildImages, type ImageProgress, type Outcome, type ServiceBuild } from './all.ts';
import { pinBases } from './bases.ts';
import { findBuilder } from './builder.ts';
import { commandBuilt, type ImagesCommand, type ImagesRequest, imagesRequest } from './request.ts';

const LOOKS = 8;

/**
 * Builds and pushes; gives the exit status: 130 after Ctrl-C. Throws one line a fault, of the request before anything is
 * built, else the first of the builds.
 */
export async function runImages(
  services: readonly string[],
  options: ImagesCommand,
  screen: Screen,
  { env = process.env }: { env?: NodeJS.ProcessEnv } = {},
): Promise<number> {
  const request = imagesRequest(commandBuilt(options.system), services, options, env);
  const endpoints = withLoopback(parseEndpoints(options.endpoints), [
    request.registry,
    ...(options.mirror ? [options.mirror] : []),
  ]);
  const { url } = endpointFor(endpoints, request.registry);
  const asked = request.shared && !options.unscanned ? await scansAskedFor(request) : [];
  const scan = asked.length > 0 ? await (await import('../scan/push.ts')).scanOfPushes(asked) : undefined;
  return orSignIn([{ what: `Registry ${request.registry}`, url }], () =>
    buildAndPush(request, options, new RegistryClient({ endpoints, credentials: credentialsFor }), screen, {
      env,
      scan,
    }),
  );
}

async function buildAndPush(
  request: ImagesRequest,
  options: ImagesCommand,
  client: RegistryClient,
  screen: Screen,
  { env, scan }: { env: NodeJS.ProcessEnv; scan?: PushScan },
): Promise<number> {
  const { registry, immutable } = request;
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    const [builder, dockerfiles] = await Promise.all([
      findBuilder(options.builder, request.platforms, env),
      readDockerfiles(request),
    ]);
    const [bases] = await Promise.all([
      pinBases(client, dockerfiles, {
        ...request,
        buildPlatform: builder.platform,
        mirror: options.mirror,
        ...(options.lock && { lock: parseLock(await readFile(options.lock, 'utf8'), options.lock) }),
      }),
      tellTaken(client, request, screen),
    ]);
    const builds = dockerfiles.map(
      ({ entry, text }): ServiceBuild => ({
        service: entry.name,
        dockerfile: join(request.root, entry.dockerfile),
        context: join(request.root, entry.context),
        text,
        pinned: bases.get(entry.name)!,
        platforms: request.platforms,
        secrets: options.secret ?? [],
        target: { registry, repository: entry.image, tag: request.tag },
      }),
    );
    const display = makeDisplay(screen);
    const outcome = await buildImages(builds, {
      client,
      builder,
      env,
      immutable,
      ...(scan && { scan }),
      show: progress => display.show(progressLines(screen.isTTY ? progress.map(withDetail) : progress)),
      signal: interrupt.signal,
    });
    display.end([...progressLines(outcome.progress), ...referenceLines(request, outcome)]);
    if (outcome.fault) throw outcome.fault;
    return interrupt.signal.aborted ? 130 : 0;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
}

const withDetail = (one: ImageProgress): ImageProgress =>
  one.detail ? { ...one, text: `${one.text}: ${one.detail}` } : one;

function readDockerfiles({ root, services }: ImagesRequest) {
  return Promise.all(
    services.map(async entry => {
      const { name: service, dockerfile } = entry;
      const text = await readFile(join(root, dockerfile), 'utf8').catch(() => {
        throw new Error(
          `${service}: there is no ${dockerfile} in ${root}; name the root of its repository by --source`,
        );
      });
      return { service, dockerfile, text, entry };
    }),
  );
}

/** Says which tags are taken; the push is refused only if the build gives another digest. */
async function tellTaken(client: RegistryClient, request: ImagesRequest, screen: Screen): Promise<void> {
  const { registry, tag, services, immutable } = request;
  // A registry that does not answer, or lets nobody in, is told here, and not after the builds.
  const there = await pMap(services, ({ image }) => client.head({ registry, repository: image, tag }), {
    concurrency: LOOKS,
  });
  const taken = services.filter((_, i) => there[i]).map(({ name }) => name);
  if (!immutable || taken.length === 0) return;
  screen.write(
    `tag ${tag} is taken in ${registry} for ${taken.join(', ')}: it stays, and only the same digest passes\n`,
  );
}

/** `image  reference` of what is in the registry now. */
function referenceLines({ services }: ImagesRequest, { pushed }: Outcome): string[] {
  const width = Math.max(...services.map(({ image }) => image.length));
  const lines = services.flatMap(({ name, image }) =>
    pushed.has(name) ? [`${image.padEnd(width)}  ${pushed.get(name)}`] : [],
  );
  return lines.length > 0 ? ['', ...lines] : [];
}
