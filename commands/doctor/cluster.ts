// The right cluster, and nodes that the stack's images fit.
import type { KubeObject } from '../../cluster/kube.ts';
import { messageOf } from '../../cluster/one-line.ts';
import { listPlatforms, type Platform, platformOf } from '../../images/platform.ts';
import { checkCluster } from '../../settings/cluster.ts';
import { type Check, fault, kubectl, ok, warning } from './finding.ts';

export const clusterChecks: Check[] = [
  {
    group: 'cluster',
    name: 'identity',
    async ask(context) {
      const { stack, cluster } = context.settings;
      let reached: Awaited<ReturnType<typeof context.reached>>;
      try {
        reached = await context.reached();
      } catch (error) {
        return fault(messageOf(error), kubectl(context, 'get namespace kube-system'));
      }
      const { kube, uid } = reached;
      try {
        checkCluster(stack, cluster, { uid, server: kube.server });
      } catch (error) {
        return fault(messageOf(error), 'kubectl config get-contexts');
      }
      return ok(`${kube.server}, UID of kube-system ${uid}`);
    },
  },
  {
    group: 'cluster',
    name: 'nodes',
    async ask(context) {
      const { platforms } = context.settings;
      const nodes = await context.nodes();
      const usable = nodes.filter(isOpen);
      if (!usable.some(isReady)) {
        return fault(`none of ${nodes.length} nodes is ready and takes pods`, kubectl(context, 'describe nodes'));
      }
      const foreign = usable.filter(node => !platforms.includes(platformOfNode(node)));
      if (foreign.length > 0) {
        const found = foreign.map(node => `${node.metadata.name} is ${platformOfNode(node)}`).join(', ');
        return fault(
          `${found}; the stack's images are for ${listPlatforms(platforms)}, and its pods would not start there`,
          kubectl(context, `cordon ${foreign[0]!.metadata.name}`),
        );
      }
      const away = nodes.filter(node => !isReady(node)).map(({ metadata }) => metadata.name);
      if (away.length > 0)
        return warning(`not ready: ${away.join(', ')}`, kubectl(context, `describe node ${away[0]}`));
      return ok(`${nodes.length} ready, of ${listPlatforms([...new Set(nodes.map(platformOfNode))].sort())}`);
    },
  },
];

/** Whether pods without tolerations may come to it. */
function isOpen({ spec }: KubeObject): boolean {
  const taints: { effect: string }[] = spec?.taints ?? [];
  return !spec?.unschedulable && taints.every(({ effect }) => effect === 'PreferNoSchedule');
}

function isReady({ status }: KubeObject): boolean {
  const conditions: { type: string; status: string }[] = status?.conditions ?? [];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

export function platformOfNode({ status }: KubeObject): Platform {
  const { operatingSystem = 'unknown', architecture = 'unknown' } = status?.nodeInfo ?? {};
  return platformOf({ os: operatingSystem, architecture });
}
