// Whether each service runs, and runs what it should.
import type { Pod } from '../../cluster/health.ts';
import { containerOf, type Deployment } from '../../cluster/workload.ts';
import { brief } from '../../images/inspect.ts';
import type { Settings } from '../../settings/settings.ts';
import type { ServiceEntry } from '../../systems/types.ts';
import { type Context, NotAsked } from '../context.ts';
import { digestOfImage, podsOfDeployment, runsOther } from '../rollouts/running.ts';
import { type Check, type Finding, fault, kubectl, ok, up, warning } from './finding.ts';
import { healthOf } from './workload.ts';

export function rolloutChecks({ services }: Settings): Check[] {
  return services.map(entry => ({
    ...{ group: 'rollouts', name: 'rollout', subject: entry.name },
    ask: context => rollout(context, entry),
  }));
}

async function rollout(context: Context, entry: ServiceEntry): Promise<Finding> {
  const deployment = (await context.deployments()).get(entry.name);
  if (!deployment) return missing(context, entry);
  const pods = await podsOfDeployment(context, deployment);
  const health = await healthOf(context, deployment, pods);
  if (health.verdict !== 'ok') return health;
  const { image } = containerOf(deployment);
  if (!digestOfImage(image)) return fault(`${entry.name} runs ${image}, which names no digest`, up(context));
  const other = await otherImage(context, entry, deployment, pods);
  if (other) return other;
  return compared(context, entry, image, health.seen);
}

async function missing(context: Context, entry: ServiceEntry): Promise<Finding> {
  const { state, image } = await context.wanted(entry);
  if (state === 'waiting') throw new NotAsked('it waits for its first build (doctor: images service)');
  const line = `there is no ${kindOf(entry)} ${entry.name}, and ${image} is there for it`;
  return state === 'built' ? warning(line, up(context)) : fault(line, up(context));
}

// The kubelet names what it runs by an index of its own choice where several have the same images.
async function otherImage(
  context: Context,
  entry: ServiceEntry,
  deployment: Deployment,
  pods: readonly Pod[],
): Promise<Finding | undefined> {
  const container = containerOf(deployment);
  const strange = await runsOther(context, entry.image, container, pods);
  if (!strange) return undefined;
  const { namespace } = deployment.metadata;
  return fault(
    `pod ${strange.pod} runs ${brief(strange.digest)}, and its ${deployment.kind} says ${container.image}`,
    kubectl(context, `--namespace ${namespace} delete pod ${strange.pod}`),
  );
}

function kindOf({ stateful }: ServiceEntry): string {
  return stateful ? 'StatefulSet' : 'Deployment';
}

async function compared(context: Context, entry: ServiceEntry, image: string, seen: string): Promise<Finding> {
  const { settings } = context;
  const wanted = await context.wanted(entry).catch(error => {
    if (!(error instanceof NotAsked)) throw error;
    throw new NotAsked(`${image} is healthy; whether it is the wanted one: ${error.message}`);
  });
  const source = settings.digests === 'lock' ? settings.lock : 'the registry';
  if (wanted.state === 'waiting') {
    return fault(`${entry.name} runs ${image}, and ${source} has no image for it`, up(context));
  }
  if (wanted.state === 'unjudged') {
    return warning(
      `${entry.name} runs ${image}, which its rollout has not called healthy yet`,
      'push the service again',
    );
  }
  if (wanted.digest !== digestOfImage(image)) {
    return fault(`${entry.name} runs ${image}; ${source} says ${wanted.image}`, up(context));
  }
  return ok(`${image}; ${seen}`);
}
