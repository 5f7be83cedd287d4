// `slipway rebuild` as a process: its cluster, its registry, and the run on its standard input.
import { text } from 'node:stream/consumers';
import { fromKubeconfig, type KubeObject } from '../../cluster/kube.ts';
import { credentialsFor } from '../../images/credentials.ts';
import { parseEndpoints } from '../../images/endpoints.ts';
import { RegistryClient } from '../../images/registry.ts';
import { rebuild } from './rebuild.ts';

/** Times in seconds. Throws one line, see rebuild. */
export async function runRebuild(
  reference: string,
  { context, timeout, endpoints }: { context: string; timeout: string; endpoints: string },
): Promise<string> {
  if (!/^[1-9][0-9]{0,5}$/.test(timeout)) throw new Error(`--timeout: found "${timeout}"; expected whole seconds`);
  const run = JSON.parse(await text(process.stdin)) as KubeObject;
  const registry = new RegistryClient({ endpoints: parseEndpoints(endpoints), credentials: credentialsFor });
  const kube = await fromKubeconfig(undefined, context);
  try {
    return await rebuild(kube, registry, reference, run, { timeout: 1000 * Number(timeout), every: 1000 });
  } finally {
    kube.close();
  }
}
