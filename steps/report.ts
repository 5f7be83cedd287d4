// Carries the end of a run to where a person looks first: Tekton's results, and annotations on the PipelineRun. The
// run's own message only says that a task has failed.
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Kube, KubeError, type KubeObject } from '../cluster/kube.ts';
import { messageOf, oneLine } from '../cluster/one-line.ts';
import { BASES, OUTCOME, QUEUE, REASON, runsPath, WARNING } from '../cluster/runs.ts';
import type { Log } from './log.ts';
import type { RunName } from './params.ts';

/** Reports on one run. No method throws: a fault in reporting must not take the place of what is reported. */
export interface Reporter {
  /** Makes the Pipeline the run's owner, so that the run goes when the stack is destroyed. */
  adopt(): Promise<void>;
  /** Which bases of the stack the run builds on, by digest: an empty push later asks whether they have changed. */
  builtOn(bases: readonly string[]): Promise<void>;
  /** The build is done: what is left of the run keeps no other from building. */
  built(): Promise<void>;
  /** What a person should know of a run that may well succeed. */
  warned(text: string): Promise<void>;
  failed(reason: string): Promise<void>;
  ended(outcome: string): Promise<void>;
}

const LONGEST = 1000;
const PATIENCE = 10_000; // milliseconds
const TRIES = 5;

/** A reporter on `run`; `connect` is called at the first use only, as there may be no API server to reach. */
export function makeReporter(run: RunName | undefined, connect: () => Kube, log: Log, patience = PATIENCE): Reporter {
  if (!run)
    return { adopt: nothing, builtOn: nothing, built: nothing, warned: nothing, failed: nothing, ended: nothing };
  const runs = `${runsPath(run.namespace)}/${run.name}`;
  const annotate = (kube: Kube, name: string, text: string) =>
    kube.patch(runs, { metadata: { annotations: { [name]: oneLine(text).slice(0, LONGEST) } } }, 'merge');
  const safely = async (what: string, action: (kube: Kube) => Promise<unknown>) => {
    const late = new AbortController();
    try {
      const limit = sleep(patience, undefined, { signal: late.signal, ref: false }).then(
        () => Promise.reject(new Error(`no answer within ${patience / 1000} s`)),
        () => undefined,
      );
      await Promise.race([action(connect()), limit]);
    } catch (error) {
      log(`warning: ${what}: ${messageOf(error)}`);
    } finally {
      late.abort();
    }
  };
  return {
    adopt: () => safely("the run can't be given to its Pipeline", kube => adopt(kube, runs, run.namespace)),
    builtOn: bases => safely("the bases can't be written to the run", kube => annotate(kube, BASES, bases.join(' '))),
    built: () =>
      safely("the run can't give its place free before its end", kube =>
        kube.patch(runs, { metadata: { labels: { [QUEUE]: null } } }, 'merge'),
      ),
    warned: text => safely("the warning can't be written to the run", kube => annotate(kube, WARNING, text)),
    failed: reason => safely("the reason can't be written to the run", kube => annotate(kube, REASON, reason)),
    ended: outcome => safely("the outcome can't be written to the run", kube => annotate(kube, OUTCOME, outcome)),
  };
}

async function nothing(): Promise<void> {}

async function adopt(kube: Kube, path: string, namespace: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const run = await kube.get<KubeObject>(path);
    if (!run) throw new Error('the run is not there any more');
    const name: string | undefined = run.spec?.pipelineRef?.name;
    if (!name) return; // an embedded or resolved pipeline is nobody's object here
    const pipeline = await kube.get(`/apis/tekton.dev/v1/namespaces/${namespace}/pipelines/${name}`);
    if (!pipeline) throw new Error(`Pipeline ${name} is not there any more`);
    const uid = pipeline.metadata.uid!;
    const owners = (run.metadata.ownerReferences ?? []) as { uid: string }[];
    if (owners.some(owner => owner.uid === uid)) return;
    const owner = { apiVersion: 'tekton.dev/v1', kind: 'Pipeline', name, uid };
    // A merge patch replaces lists as a whole; the version makes it fail rather than drop an owner written meanwhile.
    const { resourceVersion } = run.metadata;
    try {
      await kube.patch(path, { metadata: { resourceVersion, ownerReferences: [...owners, owner] } }, 'merge');
      return;
    } catch (error) {
      // Tekton writes the run's status just now, as the run begins: each write is another version.
      if (!(error instanceof KubeError) || error.status !== 409 || attempt === TRIES) throw error;
    }
  }
}

/** Writes Tekton's results: `digest` goes to the file that RESULT_DIGEST names. Unnamed results are left out. */
export async function writeResults(env: NodeJS.ProcessEnv, results: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(results)) {
    const file = env[`RESULT_${name.toUpperCase()}`];
    if (file) await writeFile(file, value);
  }
}
