// A run as it lies in the cluster: what is read of it, and the names by which its labels and annotations go.
import type { KubeObject } from '../cluster/kube.ts';

/** tekton.dev/v1 PipelineRun. */
export interface Run extends KubeObject {
  spec: { pipelineRef?: { name?: string }; params?: { name: string; value: unknown }[]; status?: string };
  status?: {
    conditions?: { type: string; status: string; message?: string }[];
    results?: { name: string; value: string }[];
  };
}

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

/** What came of a run that succeeded: `rolled out, sha256:…`. */
export function outcomeOf({ status }: Run): string {
  const result = (wanted: string) => status?.results?.find(({ name }) => name === wanted)?.value || undefined;
  return [result('outcome') ?? 'unknown', result('digest')].filter(Boolean).join(', ');
}

/** Why a run failed: its own reason, else what Tekton says of it. */
export function reasonOf({ metadata, status }: Run): string {
  return metadata.annotations?.[REASON] ?? conditionOf(status)?.message ?? 'no reason given';
}

function conditionOf(status: Run['status']) {
  return status?.conditions?.find(({ type }) => type === 'Succeeded');
}
