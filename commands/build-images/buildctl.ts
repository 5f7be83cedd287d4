// One service's image by buildctl: all platforms in one build, into a layout on this machine's disk.
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

/**
 * Builds into the folder `layout`; what is there of its blobs is not written again. `say` hears which instruction is at
 * work. `signal` ends buildctl, and this once it has ended. Throws a StepFailure with the failing line of the Dockerfile.
 */
export async function buildImage(
  build: ImageBuild,
  builder: Builder,
  layout: string,
  { env, signal, say }: { env: NodeJS.ProcessEnv; signal: AbortSignal; say: (instruction: string) => void },
): Promise<void> {
  const { contexts, sources } = pinnedSources(build.pinned, build.text);
  const policy = sourcePolicy(sources);
  const policyFile = join(dirname(layout), 'source-policy.json');
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

/** The arguments of buildctl. `layout`: where the image goes. */
function buildctlArgs(
  build: ImageBuild,
  { address }: Builder,
  { layout, contexts, policyFile }: { layout: string; contexts: Record<string, string>; policyFile?: string },
): string[] {
  // An index for one platform, too.
  const options = { platform: build.platforms.join(','), 'multi-platform': 'true', ...contexts };
  const output = ['type=oci', 'tar=false', `dest=${layout}`, 'oci-mediatypes=true'];
  return [
    ...address,
    ...buildArgs(build, options),
    ...(policyFile ? [`--source-policy-file=${policyFile}`] : []),
    ...build.secrets.map(secret => `--secret=${secret}`),
    `--output=${[...output, ...(declaresEpoch(build.text) ? ['rewrite-timestamp=true'] : [])].join(',')}`,
  ];
}
