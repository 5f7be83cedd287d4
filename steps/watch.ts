// Waits for a Deployment to become healthy with one image, and gives up early where it is plain that it won't.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  isHealthy,
  isOver,
  type Pod,
  podsOf,
  progressOf,
  type Trouble,
  troublesOf,
  whyNotReady,
} from '../cluster/health.ts';
import { type Kube, KubeError } from '../cluster/kube.ts';
import { messageOf, oneLine } from '../cluster/one-line.ts';
import { containerOf, type Deployment, pathOf, selectorOf, type WorkloadName } from '../cluster/workload.ts';
import type { Log } from './log.ts';

const CHECK_EVERY = 1000; // milliseconds

/** All in milliseconds. */
export interface WatchTimes {
  /** For the whole wait. */
  timeout: number;
  /** Between two looks. Default 250. */
  interval?: number;
  /** How long a trouble (crash loop, image that can't be pulled) must last before the wait is given up. Default 5000. */
  grace?: number;
  /** How long the API server may fail to answer. Default 30000. */
  patience?: number;
  /** Called once a second; what it throws ends the wait. */
  check?: () => Promise<void>;
}

/** `superseded`: someone else has written another image meanwhile, `image`; undefined where the Deployment is gone. */
export type Verdict =
  | { state: 'healthy'; replicas: number }
  | { state: 'unhealthy'; reason: string }
  | { state: 'superseded'; image: string | undefined };

/** Watches until `image` in `container` is healthy, superseded, or plainly not going to be. */
export async function waitForHealth(
  kube: Kube,
  workload: WorkloadName,
  { container, image }: { container: string; image: string },
  { timeout, interval = 250, grace = 5000, patience = 30_000, check }: WatchTimes,
  log: Log,
): Promise<Verdict> {
  const deadline = Date.now() + timeout;
  const seen = new Map<string, number>();
  const look = lookout(kube, workload, patience, log);
  let progress = '';
  let checked = 0;
  for (;;) {
    if (check && Date.now() - checked >= CHECK_EVERY) {
      await check();
      checked = Date.now();
    }
    const { deployment, pods: all } = await look();
    const current = deployment && containerOf(deployment).image;
    if (!deployment || current !== image) return { state: 'superseded', image: current };
    if (isHealthy(deployment)) return { state: 'healthy', replicas: deployment.spec.replicas ?? 1 };
    const now = Date.now();
    if (progress !== progressOf(deployment)) {
      progress = progressOf(deployment);
      log(progress);
    }
    const pods = podsOf(all, container, image);
    const lasting = remember(seen, troublesOf(deployment, pods), pods, now, log).find(
      ({ since }) => now - since >= grace,
    );
    if (lasting) return { state: 'unhealthy', reason: lasting.text };
    if (now >= deadline) {
      const why = whyNotReady(pods);
      const event = why.pod && (await lastWarning(kube, workload, why.pod));
      const reason = `not healthy within ${timeout / 1000} s (${progress}): ${why.text}${event ? `: ${event}` : ''}`;
      return { state: 'unhealthy', reason };
    }
    await sleep(Math.min(interval, Math.max(deadline - now, 1)));
  }
}

// Since when each trouble is there. One that pauses (a crashing container runs for a moment) keeps its first time.
function remember(seen: Map<string, number>, troubles: Trouble[], pods: Pod[], now: number, log: Log) {
  const present = new Set(troubles.map(({ key }) => key));
  for (const key of seen.keys()) {
    if (!present.has(key) && (isOver(key, pods) || !key.includes('/'))) seen.delete(key);
  }
  return troubles.map(({ key, text }) => {
    if (!seen.has(key)) log(text);
    const since = seen.get(key) ?? now;
    seen.set(key, since);
    return { since, text };
  });
}

// One look at Deployment and pods. A server that does not answer for a moment is no reason to give up a rollout.
function lookout(kube: Kube, workload: WorkloadName, patience: number, log: Log) {
  let failingSince: number | undefined;
  let blind = false;
  return async (): Promise<{ deployment: Deployment | undefined; pods: Pod[] }> => {
    for (;;) {
      try {
        const deployment = await kube.get<Deployment>(pathOf(workload));
        const pods = deployment && !blind && !isHealthy(deployment) ? await podsIn(deployment) : [];
        failingSince = undefined;
        return { deployment, pods };
      } catch (error) {
        failingSince ??= Date.now();
        const refused = error instanceof KubeError && error.status < 500 && error.status !== 429;
        if (refused || Date.now() - failingSince >= patience) throw error;
        await sleep(Math.min(500, patience));
      }
    }
  };

  async function podsIn(deployment: Deployment): Promise<Pod[]> {
    try {
      const labelSelector = selectorOf(deployment);
      return await kube.list<Pod>(`/api/v1/namespaces/${workload.namespace}/pods`, { labelSelector });
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 403) throw error;
      // The Deployment's own status decides; pods only tell sooner and say why.
      blind = true;
      log(`warning: pods can't be looked at, reasons will be missing: ${messageOf(error)}`);
      return [];
    }
  }
}

interface Event {
  message?: string;
  lastTimestamp?: string;
  eventTime?: string;
}

/** The newest warning event of a pod: it tells what a failing probe got. */
async function lastWarning(kube: Kube, { namespace }: WorkloadName, pod: string): Promise<string | undefined> {
  try {
    const fieldSelector = `involvedObject.name=${pod},type=Warning`;
    const events = await kube.list<Event>(`/api/v1/namespaces/${namespace}/events`, { fieldSelector });
    const time = (event: Event) => event.lastTimestamp ?? event.eventTime ?? '';
    const [last] = events.sort((a, b) => (time(a) < time(b) ? 1 : -1));
    return last?.message && oneLine(last.message).slice(0, 200);
  } catch {
    return undefined; // a nicety of the message; the reason itself is known without it
  }
}
