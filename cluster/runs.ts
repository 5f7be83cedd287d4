// PipelineRuns as the pipeline leaves them: what a run was for, how it ended, and what it says of itself.
import type { Kube, KubeObject } from './kube.ts';

/** PipelineRun, as far as it tells how a service's build went. */
export interface Run extends KubeObject {
  spec: { params?: { name: string; value: unknown }[] };
  status?: {
    conditions?: { type: string; status: string; message?: string }[];
    results?: { name: string; value: unknown }[];
    startTime?: string;
    completionTime?: string;
  };
}

/** Annotations of a run: why it failed, what became of it, which bases it built on (by digest, separated by spaces). */
export const REASON = 'slipway.dev/reason';
export const OUTCOME = 'slipway.dev/outcome';
export const BASES = 'slipway.dev/bases';

/** All runs of a namespace. */
export function listRuns(kube: Kube, namespace: string): Promise<Run[]> {
  return kube.list<Run>(`/apis/tekton.dev/v1/namespaces/${namespace}/pipelineruns`);
}

/** Those of a service, without the ones that a newer run has overtaken: they say nothing of it. */
export function runsOf(runs: readonly Run[], { name, image }: { name: string; image: string }): Run[] {
  return runs.filter(run => {
    const param = (wanted: string) => run.spec.params?.find(one => one.name === wanted)?.value;
    return param('deployment-name') === name && param('image-name') === image && !isSuperseded(run);
  });
}

/** The newest of `runs`. Times have whole seconds: of several in the last one any may be it. */
export function newestOf(runs: readonly Run[]): Run[] {
  const newest = runs.map(createdAt).sort().at(-1);
  return runs.filter(run => createdAt(run) === newest);
}

/** `True`, `False`, or another word or none while it goes on. */
export function succeeded({ status }: Run): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Succeeded')?.status;
}

/** Why a run failed: its own words, else Tekton's. */
export function reasonOf({ metadata, status }: Run): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Succeeded');
  return metadata.annotations?.[REASON] ?? condition?.message ?? 'it says no reason';
}

/** What a run hands out under `name`: digest, commit, reference, outcome. */
export function resultOf({ status }: Run, name: string): string | undefined {
  const value = status?.results?.find(result => result.name === name)?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function createdAt({ metadata }: Run): string {
  return String(metadata.creationTimestamp ?? '');
}

function isSuperseded({ metadata }: Run): boolean {
  return metadata.annotations?.[OUTCOME]?.startsWith('superseded') ?? false;
}
