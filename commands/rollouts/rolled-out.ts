// `slipway rolled-out <kind> <name>`: judges the rollout that an `up` has begun. Where the new pods do not become healthy it
// takes the workload back to what ran before, and fails.
import { fromKubeconfig, type Kube, KubeError } from '../../cluster/kube.ts';
import { messageOf } from '../../cluster/one-line.ts';
import { containerOf, type Deployment, pathOf, type WorkloadName } from '../../cluster/workload.ts';
import { type WatchTimes, waitForHealth } from '../../steps/watch.ts';
import { label } from '../../steps/workload.ts';
import { restore } from './rolled-back.ts';

export interface RolledOutOptions {
  context: string;
  namespace: string;
  /** Seconds for the new pods to become healthy, and as many for those before. */
  timeout: string;
}

export async function runRolledOut(
  kind: string,
  name: string,
  { context, namespace, timeout }: RolledOutOptions,
): Promise<string> {
  if (kind !== 'Deployment' && kind !== 'StatefulSet')
    throw new Error(`found kind "${kind}"; expected Deployment or StatefulSet`);
  const seconds = Number(timeout);
  if (!(seconds > 0)) throw new Error(`--timeout: found "${timeout}"; expected seconds, above 0`);
  const kube = await fromKubeconfig(undefined, context);
  try {
    const times = { timeout: seconds * 1000 };
    return await judge(kube, { kind, namespace, deployment: name }, times, line => console.error(line));
  } finally {
    kube.close();
  }
}

/** Gives what serves now, in a line. Throws one line where the new pods do not serve; the workload has gone back then. */
export async function judge(
  kube: Kube,
  workload: WorkloadName,
  times: WatchTimes,
  log: (line: string) => void,
): Promise<string> {
  const found = await kube.get<Deployment>(pathOf(workload));
  if (!found) throw new Error(`there is no ${label(workload)}; run the \`up\` again`);
  const { name: container, image } = containerOf(found);
  const verdict = await waitForHealth(kube, workload, { container, image }, times, log);
  if (verdict.state === 'healthy') return `${label(workload)} serves ${image}: ${verdict.replicas} replicas`;
  if (verdict.state === 'superseded') {
    const by = verdict.image === undefined ? 'removed it' : `set ${verdict.image}`;
    throw new Error(
      `another writer has ${by} while ${label(workload)} was rolled out to ${image}; run the \`up\` again`,
    );
  }
  throw new Error(
    await goneBack(
      kube,
      workload,
      `${label(workload)} did not become healthy with ${image}: ${verdict.reason}`,
      times,
      log,
    ),
  );
}

async function goneBack(
  kube: Kube,
  workload: WorkloadName,
  what: string,
  times: WatchTimes,
  log: (line: string) => void,
): Promise<string> {
  log(what);
  try {
    const back = await restore(kube, workload);
    if (!back) return `${what}; nothing ran before that it could go back to`;
    log(`going back to ${back.image}`);
    const verdict = await waitForHealth(kube, workload, back, times, log);
    if (verdict.state === 'healthy') return `${what}; gone back to ${back.image}, which serves`;
    if (verdict.state === 'unhealthy')
      return `${what}; gone back to ${back.image}, which is not healthy either: ${verdict.reason}`;
    return `${what}; another writer has set ${verdict.image ?? 'nothing'} meanwhile`;
  } catch (error) {
    const refused = error instanceof KubeError && error.status === 403;
    return `${what}; going back failed: ${messageOf(error)}${refused ? '; this user may not change it' : ''}`;
  }
}
