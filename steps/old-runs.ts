// Which ended runs nobody needs any more. Their logs and pods go with them.
import pMap from 'p-map';
import type { Kube } from '../cluster/kube.ts';
import { createdAt, isSuperseded, paramOf, type Run, runsPath, succeeded } from '../cluster/runs.ts';
import type { Log } from './log.ts';

/** Of each service of `pipeline`, `keep` ended runs stay. */
export interface RunRetention {
  namespace: string;
  pipeline: string;
  keep: number;
}

const PARALLEL = 4;

/**
 * The ended runs beyond the newest `keep` of each service. The last that was not superseded always stays: by it an empty
 * push knows whether the service has to be built again.
 */
export function oldRuns(runs: readonly Run[], { pipeline, keep }: Pick<RunRetention, 'pipeline' | 'keep'>): Run[] {
  const ofService = new Map<string, Run[]>();
  for (const run of runs) {
    if (run.spec.pipelineRef?.name !== pipeline || succeeded(run) === undefined) continue;
    const service = `${paramOf(run, 'deployment-name')} ${paramOf(run, 'image-name')}`;
    ofService.set(service, [...(ofService.get(service) ?? []), run]);
  }
  return [...ofService.values()].flatMap(ended => {
    const newest = ended.sort((a, b) => (createdAt(a) > createdAt(b) ? -1 : 1));
    const last = newest.find(run => !isSuperseded(run));
    return newest.slice(keep).filter(run => isSuperseded(run) || createdAt(run) !== (last && createdAt(last)));
  });
}

/** Deletes the old runs. */
export async function deleteOldRuns(kube: Kube, retention: RunRetention, log: Log): Promise<void> {
  const path = runsPath(retention.namespace);
  const old = oldRuns(await kube.list<Run>(path), retention);
  await pMap(old, run => kube.remove(`${path}/${run.metadata.name}`), { concurrency: PARALLEL });
  if (old.length > 0) log(`deleted ${old.length} old runs; the newest ${retention.keep} of each service stay`);
}
