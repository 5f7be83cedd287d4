// One service's image by buildctl: all platforms in one build, into a layout on this machine's disk or no further than
// the builder.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Platform } from '../../images/platform.ts';
import { declaresEpoch } from '../../images/reproducible.ts';
import { buildFailure } from '../../steps/build-failure.ts';
import { buildArgs } from '../../steps/buildctl.ts';
import { pinnedSources, sourcePolicy } from '../../steps/contexts.ts';
import { run } from '../../steps/exec.ts';
import type { Builder } from './builder.ts';

export interface ImageBuild {
  service: string;
  /** Absolute paths. */
  dockerfile: string;
  context: string;
  /** The Dockerfile's text. */
  text: string;
  /** The pinned image for every base, by BuildKit's name of the base. */
  pinned: Readonly<Record<string, string>>;
  platforms: readonly Platform[];
  /** Of buildctl's own form, `id=…,src=…`. */
  secrets: readonly string[];
}

export interface BuildRun {
  env: NodeJS.ProcessEnv;
  /** Ends buildctl. */
  signal: AbortSignal;
  /** Hears which instruction is at work. */
  say: (instruction: string) => void;
}

/**
 * Builds in the builder, and into the layout where one is named: what is there of its blobs is not written again.
 * `folder`: for files of this build's own. Throws a StepFailure with the failing line of the Dockerfile, and once buildctl
 * has ended where `signal` ends it.
 */
export async function buildImage(
  build: ImageBuild,
  builder: Builder,
  { folder, layout }: { folder: string; layout?: string },
  { env, signal, say }: BuildRun,
): Promise<void> {
  const { contexts, sources } = pinnedSources(build.pinned, build.text);
  const policy = sourcePolicy(sources);
  const policyFile = join(folder, 'source-policy.json');
  await mkdir(folder, { recursive: true });
  if (policy) await writeFile(policyFile, JSON.stringify(policy));
  const args = buildctlArgs(build, builder, { layout, contexts, ...(policy && { policyFile }) });
  const result = await run('buildctl', args, {
    env,
    signal,
    onLine: line => {
      const instruction = /^#\d+ (\[(?!internal\]|context ).*)$/.exec(line)?.[1];
      if (instruction) say(instruction);
    },
  });
  signal.throwIfAborted();
  if (result.status === 0) return;
  throw buildFailure(`${build.service} (${build.dockerfile})`, builder.name, result, 'start it, then run again');
}

/** The arguments of buildctl. `layout`: where the image goes, if it goes anywhere. */
function buildctlArgs(
  build: ImageBuild,
  { address }: Builder,
  {
    layout,
    contexts,
    policyFile,
  }: { layout: string | undefined; contexts: Record<string, string>; policyFile?: string },
): string[] {
  // An index for one platform, too.
  const options = { platform: build.platforms.join(','), 'multi-platform': 'true', ...contexts };
  const times = declaresEpoch(build.text) ? ['rewrite-timestamp=true'] : [];
  const output = ['type=oci', 'tar=false', `dest=${layout}`, 'oci-mediatypes=true', ...times];
  return [
    ...address,
    ...buildArgs(build, options),
    ...(policyFile ? [`--source-policy-file=${policyFile}`] : []),
    ...build.secrets.map(secret => `--secret=${secret}`),
    ...(layout === undefined ? [] : [`--output=${output.join(',')}`]),
  ];
}
