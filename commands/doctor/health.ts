// The health path of each service, asked through its Service: `curl` of the teams' checklists, by way of the API server.
import { isServing } from '../../cluster/health.ts';
import type { Settings } from '../../settings/settings.ts';
import type { ServiceEntry } from '../../systems/types.ts';
import { type Context, faultOfTheWay, NotAsked } from '../context.ts';
import { type Check, type Finding, fault, kubectl, ok, up } from './finding.ts';

export function healthChecks({ services }: Settings): Check[] {
  return services.map(entry => ({
    ...{ group: 'rollouts', name: 'health', subject: entry.name },
    ask: context => health(context, entry),
  }));
}

async function health(context: Context, { name, health: path, port }: ServiceEntry): Promise<Finding> {
  const { namespace } = context.settings;
  const kube = await context.kube();
  const workload = (await context.deployments()).get(name);
  if (!workload || !isServing(workload)) throw new NotAsked('it does not serve (doctor: rollouts rollout)');
  const service = await kube.get(`/api/v1/namespaces/${namespace}/services/${name}`);
  const label = `Service ${namespace}/${name}`;
  if (!service) return fault(`there is no ${label}: nobody reaches it`, up(context));
  const ports: { name?: string; port: number; targetPort?: number | string }[] = service.spec?.ports ?? [];
  const own = ports.find(one => one.name === 'http');
  if (own?.targetPort !== port) {
    const leads = own ? `leads to port ${own.targetPort}` : 'has no port called http';
    return fault(`${label} ${leads}; ${name} listens on ${port}`, up(context));
  }
  const { status, bytes } = await kube.through(`/api/v1/namespaces/${namespace}/services/${name}:http/proxy${path}`);
  const way = faultOfTheWay(bytes);
  if (way !== undefined && /no endpoints available/.test(way)) {
    return fault(`${label} leads to none of its pods, which are ready`, up(context));
  }
  // Its pods are ready: the kubelet has seen it healthy, and what is in the way lies between the API server and the pod.
  if (way !== undefined) throw new NotAsked(`its pods are ready, and the API server may not show it (${way})`);
  if (status === 200) return ok(`${path} at port ${port} answers 200`);
  return fault(
    `${path} at port ${port} answers with status ${status}`,
    kubectl(context, `--namespace ${namespace} logs ${workload.kind!.toLowerCase()}/${name}`),
  );
}
