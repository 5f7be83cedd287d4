// A standing sandbox, as the benchmarks use it: $SLIPWAY_HOME's, started before by npm start.
import { join } from 'node:path';
import { fromKubeconfig, type Kube } from '../../cluster/kube.ts';
import { clusterReady } from '../../sandbox/cluster/cluster.ts';
import { loadConfig, type SandboxConfig } from '../../sandbox/config.ts';
import { ensureTools, type Tools } from '../../sandbox/tools/build.ts';

export interface Standing {
  config: SandboxConfig;
  tools: Tools;
  kube: Kube;
}

export const needsSandbox = 'a sandbox that runs (`npm start`)';

/** Throws with the remedy where none runs. */
export async function standingSandbox(): Promise<Standing> {
  const config = loadConfig();
  const ready = await clusterReady(config);
  if (ready !== true) throw new Error(`this measures a sandbox that runs: ${ready}`);
  const tools = await ensureTools({ cache: config.cache });
  return { config, tools, kube: await fromKubeconfig(join(config.home, 'kubeconfig')) };
}
