// What BUILDPLATFORM holds in a build: the platform that a builder's own machine has. A builder that emulates another
// one may well have a different one from what it builds.
import { join } from 'node:path';
import { type Platform, type PlatformParts, platformOf } from '../images/platform.ts';
import { buildctlAddress } from './buildctl.ts';
import { run } from './exec.ts';
import { StepFailure } from './failure.ts';
import type { Builders } from './forms.ts';

/** Whether the text of a Dockerfile depends on the builder's own platform. */
export function dependsOnBuilder(dockerfile: string): boolean {
  return /\bBUILD(?:PLATFORM|OS|ARCH|VARIANT)\b/.test(dockerfile);
}

/** `address`: buildctl's arguments that name the builder. Gives what it builds for, its own platform first. */
export async function builderPlatforms(
  address: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<[Platform, ...Platform[]]> {
  const format = '{{range .}}{{json .Platforms}}{{end}}';
  const asked = await run('buildctl', [...address, 'debug', 'workers', '--format', format], { env });
  try {
    const [own, ...others] = (JSON.parse(asked.stdout) as [PlatformParts, ...PlatformParts[]]).map(platformOf);
    return [own!, ...others];
  } catch {
    throw new StepFailure((asked.lines.at(-1) ?? `buildctl ended with ${asked.status}`).slice(0, 300));
  }
}

/** Asks the builder of each platform for its own. Throws a StepFailure where one does not answer. */
export async function askBuilders(request: {
  platforms: readonly Platform[];
  builders: Builders;
  tls: string;
  work: string;
  env: NodeJS.ProcessEnv;
}): Promise<Map<Platform, Platform>> {
  const { platforms, builders, tls, work } = request;
  const env = { ...request.env, HOME: join(work, 'home'), NO_PROXY: '*', no_proxy: '*' };
  return new Map(
    await Promise.all(
      platforms.map(async (platform): Promise<[Platform, Platform]> => {
        const address = builders[platform]!;
        try {
          return [platform, (await builderPlatforms(buildctlAddress(address, tls), env))[0]];
        } catch (error) {
          const said = (error as Error).message;
          throw new StepFailure(
            `${platform}: the builder ${address} can't be asked for its platform: ${said}; see whether its pod is ready, then run again`,
          );
        }
      }),
    ),
  );
}
