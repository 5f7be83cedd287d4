// What the Deployment controller and kubelet would make of a Deployment, in one leap: pods of its image beside those of
// the image before while the new ones are not ready.

/** What becomes of pods with an image. */
export type Outcome = 'healthy' | 'crash' | 'pull' | 'config' | 'unready' | 'unscheduled' | 'refused';

// biome-ignore lint/suspicious/noExplicitAny: the API's objects, as loosely as the server stores them
type Loose = any;

const READY = { type: 'Ready', status: 'True' };
const NOT_READY = { type: 'Ready', status: 'False' };

/** A pod of `image` as it looks with `outcome`. */
export function podOf(name: string, image: string, outcome: Outcome, containers: Loose[]): Loose {
  const waiting = (reason: string, message?: string) => ({ state: { waiting: { reason, message } }, ready: false });
  const states: Record<Outcome, object> = {
    healthy: { state: { running: {} }, ready: true },
    crash: {
      ...waiting('CrashLoopBackOff', 'back-off 10s restarting failed container'),
      restartCount: 2,
      lastState: { terminated: { exitCode: 3, reason: 'Error', message: 'Traceback:\nKeyError: MODEL\n' } },
    },
    pull: waiting('ImagePullBackOff', `Back-off pulling image "${image}"`),
    config: waiting('CreateContainerConfigError', 'secret "db" not found'),
    unready: { state: { running: {} }, ready: false },
    unscheduled: {},
    refused: {},
  };
  const unscheduled = {
    type: 'PodScheduled',
    status: 'False',
    message: '0/1 nodes are available: 1 Insufficient cpu.',
  };
  return {
    metadata: { name, labels: { app: 'ai-services' } },
    spec: {
      containers: containers.map(({ name: container, image: own }, i) => ({
        name: container,
        image: i === 0 ? image : own,
      })),
    },
    status: {
      phase: outcome === 'unscheduled' ? 'Pending' : 'Running',
      conditions: [outcome === 'healthy' ? READY : NOT_READY, ...(outcome === 'unscheduled' ? [unscheduled] : [])],
      containerStatuses: outcome === 'unscheduled' ? [] : [{ name: containers[0].name, ...states[outcome] }],
    },
  };
}

/** Brings status and pods to where the controllers would leave them. */
export function settle(deployment: Loose, pods: Map<string, Loose>, outcomes: ReadonlyMap<string, Outcome>): void {
  const { replicas = 1, template } = deployment.spec;
  const containers = template.spec.containers;
  const image = containers[0].image;
  const outcome = outcomes.get(image) ?? 'healthy';
  const key = (pod: Loose) => pod.spec.containers[0].image;
  const healthy = (pod: Loose) => (outcomes.get(key(pod)) ?? 'healthy') === 'healthy';
  for (const [name, pod] of pods) {
    // Pods of other images stay while they serve and the new ones don't.
    if (key(pod) !== image && (outcome === 'healthy' || !healthy(pod))) pods.delete(name);
  }
  const count = outcome === 'refused' ? 0 : outcome === 'healthy' ? replicas : Math.min(replicas, 1);
  for (let i = 0; i < count; i++) {
    const name = `ai-services-${hash(image)}-${i}`;
    if (!pods.has(name)) pods.set(name, podOf(name, image, outcome, containers));
  }
  const own = [...pods.values()].filter(pod => key(pod) === image);
  const failure = {
    type: 'ReplicaFailure',
    status: 'True',
    message: 'pods "x" is forbidden: violates PodSecurity "restricted"',
  };
  deployment.status = {
    observedGeneration: deployment.metadata.generation,
    replicas: pods.size,
    updatedReplicas: own.length,
    availableReplicas: [...pods.values()].filter(healthy).length,
    conditions: outcome === 'refused' ? [failure] : [],
  };
}

function hash(text: string): string {
  return [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) >>> 0, 7).toString(36);
}
