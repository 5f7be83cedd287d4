// How many runs build at a time. The stack's runs are created pending: Tekton holds such a run, without a pod and without
// its time beginning, until its `spec.status` is taken away. This does so, oldest first, while there is room. All that is
// known of the queue lies in the runs: whoever looks next goes on with it, and two who look at once release the same ones.
import pMap from 'p-map';
import { type Kube, KubeError } from '../cluster/kube.ts';
import { messageOf } from '../cluster/one-line.ts';
import { createdAt, isPending, QUEUE, type Run, runsPath, succeeded } from '../cluster/runs.ts';
import type { Log } from './log.ts';

/** Which runs are the queue's, and how many of them may build at a time. */
export interface QueueRule {
  namespace: string;
  pipeline: string;
  parallel: number;
}

export interface Queue {
  /** Oldest first. */
  waiting: Run[];
  building: Run[];
  /** Killed before they could leave the queue. */
  ended: Run[];
}

const AT_ONCE = 8;

/** The runs that wait and build, of all runs with the queue's label. */
export function queueOf(runs: readonly Run[], pipeline: string): Queue {
  const own = runs.filter(run => run.spec.pipelineRef?.name === pipeline);
  const order = (run: Run) => `${createdAt(run)} ${run.metadata.name}`;
  return {
    waiting: own.filter(isPending).sort((a, b) => (order(a) < order(b) ? -1 : 1)),
    building: own.filter(run => succeeded(run) === undefined && !isPending(run)),
    ended: own.filter(run => succeeded(run) !== undefined),
  };
}

/** Releases as many waiting runs as there is room for. */
export async function releaseRuns(kube: Kube, { namespace, pipeline, parallel }: QueueRule, log: Log): Promise<void> {
  const path = runsPath(namespace);
  const { waiting, building, ended } = queueOf(await kube.list<Run>(path, { labelSelector: QUEUE }), pipeline);
  const change = (runs: Run[], patch: object) =>
    pMap(runs, run => changeRun(kube, path, run, patch, log), { concurrency: AT_ONCE });
  await change(ended, { metadata: { labels: { [QUEUE]: null } } });
  const next = waiting.slice(0, Math.max(parallel - building.length, 0));
  const released = (await change(next, { spec: { status: null } })).filter(name => name !== undefined);
  if (released.length === 0) return;
  const left = waiting.length - released.length;
  log(`released ${released.join(', ')}${left > 0 ? `; ${left} wait, as ${parallel} build at a time` : ''}`);
}

// The run's name; undefined where it is another by now: cancelled, released or deleted meanwhile.
async function changeRun(kube: Kube, path: string, { metadata }: Run, patch: object, log: Log) {
  const { name, resourceVersion } = metadata;
  try {
    const body = { ...patch, metadata: { ...(patch as { metadata?: object }).metadata, resourceVersion } };
    await kube.patch(`${path}/${name}`, body, 'merge', { fieldManager: 'slipway' });
    return name;
  } catch (error) {
    const other = error instanceof KubeError && (error.status === 409 || error.status === 404);
    // One run must not keep the others waiting.
    if (!other) log(`${name} can't be changed: ${messageOf(error)}`);
    return undefined;
  }
}
