// When is a rollout healthy, and what is wrong with it where it is not? Pure: reads objects, asks nobody.
import type { KubeObject } from './kube.ts';
import { oneLine } from './one-line.ts';
import type { Condition, Deployment } from './workload.ts';

interface Terminated {
  exitCode: number;
  reason?: string;
  message?: string;
}

export interface ContainerStatus {
  name: string;
  ready?: boolean;
  /** What the kubelet runs: `registry/repository@digest`, or a digest of its own. */
  imageID?: string;
  restartCount?: number;
  state?: { waiting?: { reason?: string; message?: string }; running?: object; terminated?: Terminated };
  lastState?: { terminated?: Terminated };
}

/** v1 Pod, as far as rollouts read it. */
export interface Pod extends KubeObject {
  spec: { nodeName?: string; containers: { name: string; image: string }[] };
  status?: {
    phase?: string;
    startTime?: string;
    conditions?: Condition[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

/** Something that does not mend itself as a rule. `key` stays the same while it is the same trouble. */
export interface Trouble {
  key: string;
  text: string;
}

// States of a waiting container that tell of a fault. Kubelet alternates between those of one family.
const FAMILIES: Record<string, string> = {
  ErrImagePull: 'image',
  ImagePullBackOff: 'image',
  InvalidImageName: 'image',
  ErrImageNeverPull: 'image',
  ImageInspectError: 'image',
  CreateContainerConfigError: 'config',
  CreateContainerError: 'config',
  RunContainerError: 'config',
  CrashLoopBackOff: 'crash',
};
const LONGEST_TEXT = 300;

/** Every replica wanted runs the current template and is available, and none of an older one is left. */
export function isHealthy({ metadata, spec, status = {} }: Deployment): boolean {
  const wanted = spec.replicas ?? 1;
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status;
  return isObserved({ metadata, status }) && [updatedReplicas, replicas, availableReplicas].every(n => n === wanted);
}

/** Healthy, and not because no replica is wanted. */
export function isServing(deployment: Deployment): boolean {
  return (deployment.spec.replicas ?? 1) > 0 && isHealthy(deployment);
}

/** `1 of 2 replicas updated, 1 available, 1 of an older image`: the state in words. */
export function progressOf({ spec, status = {} }: Deployment): string {
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status;
  const older = Math.max(replicas - updatedReplicas, 0);
  const rest = older > 0 ? `, ${older} of an older image` : '';
  return `${updatedReplicas} of ${spec.replicas ?? 1} replicas updated, ${availableReplicas} available${rest}`;
}

/** The pods that run `image` in the container named so: those of the rollout, whatever their ReplicaSet is called. */
export function podsOf(pods: readonly Pod[], container: string, image: string): Pod[] {
  return pods.filter(
    ({ metadata, spec }) =>
      !metadata.deletionTimestamp && spec.containers.some(entry => entry.name === container && entry.image === image),
  );
}

/** What the Deployment itself reports as failed, and containers in a state that tells of a fault. */
export function troublesOf(deployment: Deployment, pods: readonly Pod[]): Trouble[] {
  const conditions = isObserved(deployment) ? (deployment.status?.conditions ?? []) : [];
  const own = conditions.flatMap(({ type, status, reason, message = '' }) => {
    if (type === 'ReplicaFailure' && status === 'True')
      return [{ key: type, text: cut(`no pod could be made: ${message}`) }];
    if (reason === 'ProgressDeadlineExceeded')
      return [{ key: reason, text: cut(`no progress within the Deployment's own deadline`) }];
    return [];
  });
  return [...troublesOfPods(pods), ...own];
}

/** Containers in a state that tells of a fault. */
export function troublesOfPods(pods: readonly Pod[]): Trouble[] {
  return pods.flatMap(pod =>
    statuses(pod).flatMap(container => {
      const family = FAMILIES[container.state?.waiting?.reason ?? ''];
      if (!family) return [];
      return [{ key: `${pod.metadata.name}/${container.name}/${family}`, text: describe(pod, container) }];
    }),
  );
}

/** The keys of troubles that are over: their container is ready, or their pod is no longer there. */
export function isOver(key: string, pods: readonly Pod[]): boolean {
  const [podName, containerName] = key.split('/');
  if (containerName === undefined) return false;
  const pod = pods.find(({ metadata }) => metadata.name === podName);
  return !pod || statuses(pod).some(({ name, ready }) => name === containerName && ready);
}

/** Why these pods do not serve, in one line; for the end of a wait that showed no clear trouble. */
export function whyNotReady(pods: readonly Pod[]): { text: string; pod?: string } {
  if (pods.length === 0) return { text: 'no pod of the new image was made' };
  const pod = pods.find(
    ({ status }) => !status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  );
  if (!pod) return { text: 'its pods are ready, and not yet available or still beside older ones' };
  const name = pod.metadata.name;
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled)
    return { text: cut(`pod ${name} has no node: ${unscheduled.message ?? unscheduled.reason}`), pod: name };
  const container = statuses(pod).find(({ ready, state }) => !ready && state?.terminated?.exitCode !== 0);
  return { text: container ? describe(pod, container) : `pod ${name} is ${pod.status?.phase ?? 'new'}`, pod: name };
}

// The status belongs to the template that is there now, not to the one before.
function isObserved({ metadata, status = {} }: Pick<Deployment, 'metadata' | 'status'>): boolean {
  return (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

function statuses({ status = {} }: Pod): ContainerStatus[] {
  return [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
}

function describe(pod: Pod, { name, state = {}, lastState = {}, restartCount = 0 }: ContainerStatus): string {
  const end = state.terminated ?? lastState.terminated;
  const now =
    state.waiting?.reason ?? (state.running ? 'running, not ready' : (state.terminated?.reason ?? 'not started'));
  const ended = end && `exit code ${end.exitCode}${restartCount > 0 ? ` after ${restartCount} restarts` : ''}`;
  // With terminationMessagePolicy FallbackToLogsOnError this is the end of the container's log.
  const said = end?.message ? lastLines(end.message) : ended ? undefined : state.waiting?.message;
  return cut([`pod ${pod.metadata.name}, container ${name}: ${now}`, ended, said].filter(Boolean).join(': '));
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-2).join(' ');
}

function cut(text: string): string {
  const line = oneLine(text);
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}
