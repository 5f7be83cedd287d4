// What BUILDPLATFORM holds in a build: the platform that a builder's own machine has. A builder that emulates another
// one may well have a different one from what it builds.
import { join } from 'node:path';
import { type Platform, parsePlatform } from '../images/platform.ts';
import { buildctlAddress } from './build.ts';
import { run } from './exec.ts';
import { StepFailure } from './failure.ts';
import type { Builders } from './forms.ts';

/** Whether the text of a Dockerfile depends on the builder's own platform. */
export function dependsOnBuilder(dockerfile: string): boolean {
  return /\bBUILD(?:PLATFORM|OS|ARCH|VARIANT)\b/.test(dockerfile);
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
        const format = '{{range .}}{{json .Platforms}}{{end}}';
        const asked = await run(
          'buildctl',
          [...buildctlAddress(address, tls), 'debug', 'workers', '--format', format],
          {
            env,
          },
        );
        try {
          const [first] = JSON.parse(asked.stdout) as { os: string; architecture: string; variant?: string }[];
          return [platform, parsePlatform([first!.os, first!.architecture, first!.variant].filter(Boolean).join('/'))];
        } catch {
          const said = asked.lines.at(-1) ?? `buildctl ended with ${asked.status}`;
          throw new StepFailure(
            `${platform}: the builder ${address} can't be asked for its platform: ${said.slice(0, 300)}; see whether its pod is ready, then run again`,
          );
        }
      }),
    ),
  );
}
