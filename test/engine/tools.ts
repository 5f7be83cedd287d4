// What the engine suite runs on: Pulumi, its plugins and a registry, found or built as the sandbox does.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { loadConfig } from '../../sandbox/config.ts';
import { ensureTools } from '../../sandbox/tools/build.ts';
import { layPulumiHome } from '../../sandbox/tools/pulumi-home.ts';

const wanted = ['node', 'pulumi', 'pulumi-language-nodejs', 'pulumi-kubernetes', 'pulumi-docker-build', 'registry'];

export interface EngineTools {
  env: NodeJS.ProcessEnv;
  remove: () => Promise<void>;
}

export async function engineTools(): Promise<EngineTools> {
  const { cache } = loadConfig(process.env);
  let said = '';
  const tools = await ensureTools({
    cache,
    only: wanted,
    report: ({ tool, state, log }) => {
      const line = `${tool}: ${state}${log && state === 'building' ? ` (log: ${log})` : ''}`;
      if (state !== 'found' && line !== said) console.error(line);
      said = line;
    },
  });
  const home = await mkdtemp(join(tmpdir(), 'slipway-engine-'));
  const { folder } = await layPulumiHome(home, tools);
  return {
    env: {
      ...process.env,
      PATH: [...tools.folders, process.env.PATH].join(delimiter),
      PULUMI_HOME: folder,
      SLIPWAY_REGISTRY_BIN: tools.path('registry'),
    },
    remove: () => rm(home, { recursive: true, force: true }),
  };
}
