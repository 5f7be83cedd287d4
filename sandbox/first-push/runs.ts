// Follows the pipeline's runs.
import { getJson, type Kubectl } from '../kubectl.ts';
import { Final, until } from '../until.ts';

export interface PipelineRun {
  metadata: {
    name: string;
    creationTimestamp: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
  };
  spec: { params?: { name: string; value: string }[] };
  status?: {
    conditions?: { type: string; status: string; reason: string; message: string }[];
    results?: { name: string; value: string }[];
    startTime?: string;
    completionTime?: string;
  };
}

const namespace = 'tekton-pipelines';

export async function listRuns(kube: Kubectl): Promise<PipelineRun[]> {
  const list = await getJson<{ items: PipelineRun[] }>(kube, ['pipelineruns.tekton.dev', '--namespace', namespace]);
  return list?.items ?? [];
}

export const param = (run: PipelineRun, name: string) => run.spec.params?.find(p => p.name === name)?.value;
export const result = (run: PipelineRun, name: string) => run.status?.results?.find(r => r.name === name)?.value;
/** True, False, or undefined while it runs. */
export const succeeded = (run: PipelineRun): boolean | undefined => {
  const status = run.status?.conditions?.find(c => c.type === 'Succeeded')?.status;
  return status === 'True' ? true : status === 'False' ? false : undefined;
};
export const reason = (run: PipelineRun) =>
  run.metadata.annotations?.['slipway.dev/reason'] ?? run.status?.conditions?.[0]?.message ?? 'no reason given';

/** The run that a push of `commit` started for a service; `seconds`: how long it may take to appear. */
export const runOfCommit = (kube: Kubectl, commit: string, image: string, seconds = 30, signal?: AbortSignal) =>
  until(
    `a run of ${image} for commit ${commit.slice(0, 12)}`,
    async () =>
      (await listRuns(kube)).find(run => param(run, 'commit') === commit && param(run, 'image-name') === image),
    { limit: seconds * 1000, every: 250, signal },
  );

/**
 * Waits for a run's end, whatever it is, for `seconds`. It listens instead of asking again and again: a kubectl four times a
 * second would take a core from the build that it waits for.
 */
export const endOfRun = (kube: Kubectl, name: string, seconds = 300, signal?: AbortSignal) =>
  until(
    `the end of run ${name}`,
    async () => {
      const of = ['pipelineruns.tekton.dev', name, '--namespace', namespace];
      const ended = ['--for=jsonpath={.status.completionTime}', '--timeout=30s'];
      // Not yet, or the API server is away for a moment: the look below tells.
      await kube(['wait', ...of, ...ended], undefined, signal).catch(() => undefined);
      const run = await getJson<PipelineRun>(kube, of);
      if (!run) throw new Final(`run ${name} is gone`);
      return succeeded(run) === undefined ? undefined : run;
    },
    { limit: seconds * 1000, every: 250, signal },
  );
