// What the engine suite runs on: Pulumi, its plugins and a registry, found or built as the sandbox does.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { layPulumiHome } from '../../sandbox/tools/pulumi-home.ts';
import { buildTools } from '../tools.ts';

const wanted = ['node', 'pulumi', 'pulumi-language-nodejs', 'pulumi-kubernetes', 'pulumi-docker-build', 'registry'];

export interface EngineTools {
  env: NodeJS.ProcessEnv;
  remove: () => Promise<void>;
}

export async function engineTools(): Promise<EngineTools> {
  const tools = await buildTools(wanted);
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
