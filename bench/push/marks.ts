// What is seen of a run from outside, and when: the cluster is asked ten times a second, for its own times are whole
// seconds.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube, KubeObject } from '../../cluster/kube.ts';

/** Seconds since the push began, by what was seen first then. */
export type Marks = Map<string, number>;

export interface Watched {
  /** Label by which the run's pods are found. */
  podLabel: string;
  /** The run itself; undefined while it is not there. */
  run: () => Promise<KubeObject | undefined>;
  /** The Deployment's path. */
  deployment: string;
  /** Its image before. */
  before: string;
}

const pods = '/api/v1/namespaces/tekton-pipelines/pods';

/** Looks until the run has ended and the new pods serve. `began`: of performance.now(). */
export async function watch(kube: Kube, watched: Watched, began: number, limit = 300): Promise<Marks> {
  const marks: Marks = new Map();
  const seen = (mark: string, is: unknown) => {
    if (is && !marks.has(mark)) marks.set(mark, (performance.now() - began) / 1000);
  };
  for (;;) {
    const run = await watched.run();
    seen('run', run);
    const [items, deployment] = await Promise.all([
      run ? kube.list(pods, { labelSelector: `${watched.podLabel}=${run.metadata.name}` }) : [],
      kube.get(watched.deployment),
    ]);
    for (const pod of items) markPod(pod, seen);
    const image = deployment?.spec.template.spec.containers[0].image;
    seen('patched', image !== watched.before);
    seen('healthy', image !== watched.before && deployment && isHealthy(deployment));
    const ended = run?.status?.conditions?.find(({ type }: { type: string }) => type === 'Succeeded');
    if (ended?.status === 'False') throw new Error(`run ${run!.metadata.name} failed: ${ended.message}`);
    seen('ended', ended?.status === 'True');
    if (marks.has('ended') && marks.has('healthy')) return marks;
    if (performance.now() - began > limit * 1000) {
      throw new Error(`the push was not rolled out within ${limit} s; seen: ${[...marks.keys()].join(', ')}`);
    }
    await sleep(100);
  }
}

function markPod({ metadata, status }: KubeObject, seen: (mark: string, is: unknown) => void): void {
  const task = metadata.labels?.['tekton.dev/pipelineTask'] ?? 'task';
  seen(`${task}: pod`, true);
  for (const { name, state } of status?.containerStatuses ?? []) {
    if (!name.startsWith('step-')) continue;
    seen(`${task}: containers`, state?.running || state?.terminated);
    seen(`${task}: ${name.slice('step-'.length)}`, state?.terminated);
  }
}

function isHealthy({ metadata, spec, status }: KubeObject): boolean {
  const wanted = spec.replicas ?? 1;
  return (
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    status?.updatedReplicas === wanted &&
    status?.availableReplicas === wanted &&
    status?.replicas === wanted
  );
}

/** Names of the stretches between marks, in the order in which a run of the pipeline passes them. */
const stretches: [mark: string, what: string][] = [
  ['pushed', 'git push: received, and the webhook is on its way'],
  ['run', 'webhook, listener, run created'],
  ['build: pod', "Tekton's controller: the build's pod created"],
  ['build: containers', 'pod scheduled and started'],
  ['build: fetch-preflight', 'step fetch-preflight'],
  ['build: build-publish', 'step build-publish'],
  ['rollout: pod', "Tekton's controller: the rollout's pod created"],
  ['rollout: containers', 'pod scheduled and started'],
  ['patched', 'step rollout, up to the image in the Deployment'],
  ['healthy', 'the new pod scheduled, started, ready; the old one gone'],
  ['ended', "step rollout's last look, live tag, run ended"],
];

/** Seconds of each stretch; a mark that came before the one above it takes none. */
export function stretchesOf(marks: Marks): { what: string; seconds: number }[] {
  let before = 0;
  return stretches.map(([mark, what]) => {
    const at = Math.max(marks.get(mark) ?? before, before);
    const seconds = at - before;
    before = at;
    return { what, seconds };
  });
}
