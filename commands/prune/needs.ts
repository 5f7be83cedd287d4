// What is still needed of the builds of a stack's services, and by what: locks, all that the cluster runs or can go back to, the
// runs that are kept.
import { resolve } from 'node:path';
import type { Kube, KubeObject } from '../../cluster/kube.ts';
import { messageOf } from '../../cluster/one-line.ts';
import { listRuns, paramOf, type Run, resultOf, succeeded } from '../../cluster/runs.ts';
import { type Digest, isDigest } from '../../images/digest.ts';
import { pipelineNamespace } from '../../settings/objects.ts';
import { checkout } from '../checkout.ts';
import type { Context } from '../context.ts';
import { everNamed, namedByLocks } from './locks.ts';
import type { Scope } from './scope.ts';

export interface Needs {
  /** Why, by digest: of an index, or of an image below one. */
  digests: Map<Digest, string>;
  /** The run that builds into a repository, by repository: what it publishes is named by nothing yet. */
  building: Map<string, string>;
  /** What any lock has ever named; undefined where that a lock names something is not why it is there. */
  ever: ReadonlySet<Digest> | undefined;
}

/**
 * As it is at this moment. Throws where a lock, the history of one, or a cluster can't be read: what is needed is then not
 * known.
 */
export async function needsOf(context: Context, repositories: ReadonlySet<string>, scope: Scope): Promise<Needs> {
  const digests = new Map<Digest, string>();
  const need = (digest: string | undefined, why: string) => {
    if (digest !== undefined && isDigest(digest) && !digests.has(digest)) digests.set(digest, why);
  };
  // Read first, as a run's build is named by the run until something else names it; told last, as it says the least.
  const runs = await runsOf(context, scope);
  await fromCluster(await context.kube(), need);
  for (const other of scope.sharing) {
    const of = ` of stack ${other.settings.stack}`;
    await fromCluster(await kubeOf(other), (digest, why) => need(digest, `${why}${of}`));
  }
  const { settings, now } = context;
  const locks = {
    own: resolve(checkout, settings.lock),
    stacks: scope.stacks,
    since: now.getTime() - scope.olderThan,
  };
  for await (const { digest, by } of namedByLocks(locks, repositories)) need(digest, by);
  for (const run of runs) need(resultOf(run, 'digest'), `run ${run.metadata.name}, which is kept`);
  const ever = settings.digests === 'lock' && !scope.unnamed ? await everNamed(locks, repositories) : undefined;
  return { digests, building: buildingOf(runs), ever };
}

/** The runs that have not ended, by the repository that each builds into, at this moment. */
export async function buildingNow(context: Context, scope: Scope): Promise<Needs['building']> {
  return buildingOf(await runsOf(context, scope));
}

async function runsOf(context: Context, { sharing }: Scope): Promise<Run[]> {
  const lists = [await listRuns(await context.kube(), pipelineNamespace)];
  for (const other of sharing) lists.push(await listRuns(await kubeOf(other), pipelineNamespace));
  return lists.flat();
}

/** The cluster of another stack. Throws one line where it can't be asked: what it pulls is then not known. */
async function kubeOf(other: Context): Promise<Kube> {
  return other.kube().catch(cause => {
    const { stack } = other.settings;
    throw new Error(`stack ${stack} has the same registry, and what it runs is not known: ${messageOf(cause)}`, {
      cause,
    });
  });
}

function buildingOf(runs: readonly Run[]): Needs['building'] {
  const open = runs.filter(run => succeeded(run) === undefined);
  return new Map(open.map(run => [String(paramOf(run, 'image-name')), run.metadata.name]));
}

/** What runs comes first: of several reasons the first is told. The last three are what a rollout can go back to. */
const KINDS: Record<string, string> = {
  Deployment: '/apis/apps/v1/deployments',
  StatefulSet: '/apis/apps/v1/statefulsets',
  DaemonSet: '/apis/apps/v1/daemonsets',
  CronJob: '/apis/batch/v1/cronjobs',
  Job: '/apis/batch/v1/jobs',
  Pod: '/api/v1/pods',
  PodTemplate: '/api/v1/podtemplates',
  ReplicaSet: '/apis/apps/v1/replicasets',
  ReplicationController: '/api/v1/replicationcontrollers',
  ControllerRevision: '/apis/apps/v1/controllerrevisions',
};

// In all namespaces, for another stack may run what this one's registry has; and wherever it stands in an object: a rollout
// notes what it goes back to in an annotation.
async function fromCluster(kube: Kube, need: (digest: string, why: string) => void): Promise<void> {
  for (const [kind, path] of Object.entries(KINDS)) {
    for (const object of await kube.list<KubeObject>(path)) {
      const { namespace, name } = object.metadata;
      for (const [digest] of JSON.stringify(object).matchAll(/sha256:[0-9a-f]{64}/g)) {
        need(digest, `${kind} ${namespace}/${name}`);
      }
    }
  }
}
