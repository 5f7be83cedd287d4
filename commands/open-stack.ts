// A stack and its cluster, for the commands that ask or change what runs.
import { clusterId, fromKubeconfig, type Kube } from '../cluster/kube.ts';
import { checkCluster } from '../settings/cluster.ts';
import { readSettings, type Settings } from '../settings/settings.ts';
import { readStackFile, stackFile } from './stack-file.ts';

/**
 * The settings of `stack`, and a client of the cluster that they name. `file`: in place of the committed stack file.
 * Throws on a faulty configuration, and where the context leads to another cluster than the stack's.
 */
export async function openStack(stack: string, file?: string): Promise<{ settings: Settings; kube: Kube }> {
  const { values } = await readStackFile(file ?? stackFile(stack));
  const settings = readSettings(stack, values);
  const { cluster } = settings;
  const kube = await fromKubeconfig(undefined, cluster.context);
  try {
    checkCluster(stack, cluster, { uid: await clusterId(kube), server: kube.server });
    return { settings, kube };
  } catch (error) {
    kube.close();
    throw error;
  }
}
