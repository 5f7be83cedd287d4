// Builds with BuildKit: one image a platform, each on its own daemon, all at the same time. The images are pushed by
// digest only: no tag names them until the index is published.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, isDigest } from '../images/digest.ts';
import type { Platform } from '../images/platform.ts';
import { cacheTag } from '../images/tags.ts';
import { buildFailure } from './build-failure.ts';
import { buildArgs, buildctlAddress } from './buildctl.ts';
import { pinnedSources, sourcePolicy } from './contexts.ts';
import { eachPlatform } from './each-platform.ts';
import { run } from './exec.ts';
import { StepFailure } from './failure.ts';
import type { Builders } from './forms.ts';
import type { Log } from './log.ts';

export interface BuildRequest {
  platforms: readonly Platform[];
  builders: Builders;
  /** Folder with ca.crt, tls.crt and tls.key. */
  tls: string;
  /** Absolute paths, inside the source. */
  dockerfile: string;
  context: string;
  /** The Dockerfile's text. */
  text: string;
  /** The pinned image for every base, by BuildKit's name of the base. */
  pinned: Readonly<Record<string, string>>;
  /** The files that the Dockerfile may mount as secrets, by id. */
  secrets: Readonly<Record<string, string>>;
  /** `registry/repository`, as the builders push it. */
  image: string;
  rewriteTimes: boolean;
  /** Whether the layers are kept in the registry, and taken from there. */
  cache?: boolean;
  /** For buildctl's files; also its HOME. */
  work: string;
  /** What buildctl gets of the environment. */
  env: NodeJS.ProcessEnv;
}

const policyFile = (work: string) => join(work, 'source-policy.json');

/**
 * Builds every platform. The first fault ends the other builds and is thrown as a StepFailure whose message names the
 * platform and the failing instruction. `stop` ends all of them.
 */
export async function buildAll(request: BuildRequest, log: Log, stop?: AbortSignal): Promise<Map<Platform, Digest>> {
  await mkdir(request.work, { recursive: true });
  const policy = sourcePolicy(pinnedSources(request.pinned, request.text).sources);
  if (policy) await writeFile(policyFile(request.work), JSON.stringify(policy));
  return eachPlatform(request.platforms, (...platform) => buildOne(request, ...platform), log, stop);
}

async function buildOne(request: BuildRequest, platform: Platform, signal: AbortSignal, say: Log): Promise<Digest> {
  const metadata = join(request.work, `build-${platform.replaceAll('/', '-')}.json`);
  const args = buildctlArgs(request, platform, metadata);
  // A proxy for the fetch step must not come between buildctl and a builder inside the cluster.
  const env = { ...request.env, HOME: request.work, NO_PROXY: '*', no_proxy: '*' };
  const result = await run('buildctl', args, { env, signal, onLine: line => line.trim() && say(line) });
  if (signal.aborted) throw new StepFailure(`${platform}: cancelled`);
  if (result.status !== 0) throw buildFailure(platform, request.builders[platform]!, result);
  const digest = (JSON.parse(await readFile(metadata, 'utf8')) as Record<string, unknown>)['containerimage.digest'];
  if (!isDigest(digest))
    throw new StepFailure(`${platform}: the builder reports ${JSON.stringify(digest)} as its digest`);
  return digest;
}

/** The arguments of buildctl for one platform. */
export function buildctlArgs(request: BuildRequest, platform: Platform, metadataFile: string): string[] {
  const { contexts, sources } = pinnedSources(request.pinned, request.text);
  const { builders, tls, secrets, image, rewriteTimes, cache, work } = request;
  const address = builders[platform]!;
  const output = [
    'type=image',
    `name=${image}`,
    'push=true',
    'push-by-digest=true',
    'name-canonical=true',
    'oci-mediatypes=true',
  ];
  return [
    ...buildctlAddress(address, tls),
    ...buildArgs(request, { platform, ...contexts }),
    ...(cache ? cacheArgs(`${image}:${cacheTag(platform)}`) : []),
    ...(sourcePolicy(sources) ? [`--source-policy-file=${policyFile(work)}`] : []),
    ...Object.entries(secrets).map(([id, file]) => `--secret=id=${id},src=${file}`),
    `--output=${[...output, ...(rewriteTimes ? ['rewrite-timestamp=true'] : [])].join(',')}`,
    `--metadata-file=${metadataFile}`,
  ];
}

// One ref a platform: daemons that share one would keep what the last of them has exported. All layers, those of
// intermediate stages too; and a cache that can't be kept is no reason to fail.
function cacheArgs(ref: string): string[] {
  const form = 'mode=max,oci-mediatypes=true,image-manifest=true,ignore-error=true';
  return [`--import-cache=type=registry,ref=${ref}`, `--export-cache=type=registry,ref=${ref},${form}`];
}
