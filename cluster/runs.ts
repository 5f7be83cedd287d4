// PipelineRuns: what a run was for, how it ended, what it says of itself, and the names of its labels and annotations.
import type { Kube, KubeObject } from './kube.ts';

/** tekton.dev/v1 PipelineRun, as far as it is read. */
export interface Run extends KubeObject {
  spec: { pipelineRef?: { name?: string }; params?: { name: string; value: unknown }[]; status?: string };
  status?: {
    conditions?: { type: string; status: string; message?: string }[];
    results?: { name: string; value: unknown }[];
    startTime?: string;
    completionTime?: string;
  };
}

/** Annotations: why it failed, what a user should know of it, what became of it, the digests of the bases it built on. */
export const REASON = 'slipway.dev/reason';
export const WARNING = 'slipway.dev/warning';
export const OUTCOME = 'slipway.dev/outcome';
export const BASES = 'slipway.dev/bases';
export const BECAUSE = 'slipway.dev/because';
export const SERVICE = 'slipway.dev/service';
export const STARTED_BY = 'slipway.dev/trigger';
/** On a run that has or waits for a place among those that build; gone once it has built. */
export const QUEUE = 'slipway.dev/queue';

/** The runs of a namespace, as a path of the API. */
export function runsPath(namespace: string): string {
  return `/apis/tekton.dev/v1/namespaces/${namespace}/pipelineruns`;
}

/** All runs of a namespace. */
export function listRuns(kube: Kube, namespace: string): Promise<Run[]> {
  return kube.list<Run>(runsPath(namespace));
}

/** Those of a service, without the ones that a newer run has overtaken: they say nothing of it. */
export function runsOf(runs: readonly Run[], { name, image }: { name: string; image: string }): Run[] {
  return runs.filter(
    run => paramOf(run, 'deployment-name') === name && paramOf(run, 'image-name') === image && !isSuperseded(run),
  );
}

/** The newest of `runs`. Times have whole seconds: of several in the last one any may be it. */
export function newestOf(runs: readonly Run[]): Run[] {
  const newest = runs.map(createdAt).sort().at(-1);
  return runs.filter(run => createdAt(run) === newest);
}

export function paramOf({ spec }: Run, wanted: string): unknown {
  return spec.params?.find(({ name }) => name === wanted)?.value;
}

/** True or false once it has ended; undefined till then. */
export function succeeded({ status }: Run): boolean | undefined {
  const found = conditionOf(status)?.status;
  return found === 'True' ? true : found === 'False' ? false : undefined;
}

/** It is not to start before its `spec.status` is taken away. */
export function isPending(run: Run): boolean {
  return run.spec.status === 'PipelineRunPending' && succeeded(run) === undefined;
}

export function isSuperseded({ metadata }: Run): boolean {
  return metadata.annotations?.[OUTCOME]?.startsWith('superseded') ?? false;
}

/** RFC 3339 with whole seconds: it sorts as a text. */
export function createdAt({ metadata }: Run): string {
  return String(metadata.creationTimestamp ?? '');
}

/** What a run hands out under `name`: digest, commit, reference, outcome. */
export function resultOf({ status }: Run, name: string): string | undefined {
  const value = status?.results?.find(result => result.name === name)?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What came of a run that succeeded: `rolled out, sha256:…`. */
export function outcomeOf(run: Run): string {
  return [resultOf(run, 'outcome') ?? 'unknown', resultOf(run, 'digest')].filter(Boolean).join(', ');
}

/** Why a run failed: its own reason, else what Tekton says of it. */
export function reasonOf({ metadata, status }: Run): string {
  return metadata.annotations?.[REASON] ?? conditionOf(status)?.message ?? 'no reason given';
}

function conditionOf(status: Run['status']) {
  return status?.conditions?.find(({ type }) => type === 'Succeeded');
}
