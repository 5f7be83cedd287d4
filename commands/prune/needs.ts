// What is still needed of the builds of a stack's services, and by what: locks and the locks before them, all that the
// cluster runs or can go back to, the runs that are kept.
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { Kube, KubeObject } from '../../cluster/kube.ts';
import { paramOf, resultOf, succeeded } from '../../cluster/runs.ts';
import { type Digest, isDigest } from '../../images/digest.ts';
import { parseLock } from '../../images/lock.ts';
import type { Context } from '../context.ts';
import { lockHistory } from '../lock-history.ts';
import { checkout } from '../stack-file.ts';

export interface Needs {
  /** Why, by digest: of an index, or of an image below one. */
  digests: Map<Digest, string>;
  /** The run that builds into a repository, by repository: what it publishes is named by nothing yet. */
  building: Map<string, string>;
}

/** Throws where a lock, the history of one, or the cluster can't be read: what is needed is then not known. */
export async function needsOf(context: Context, repositories: ReadonlySet<string>): Promise<Needs> {
  const digests = new Map<Digest, string>();
  const building = new Map<string, string>();
  const need = (digest: string | undefined, why: string) => {
    if (digest !== undefined && isDigest(digest) && !digests.has(digest)) digests.set(digest, why);
  };
  await fromCluster(await context.kube(), need);
  await fromLocks(resolve(checkout, context.settings.lock), repositories, need);
  if (context.settings.digests === 'lock') return { digests, building };
  for (const run of await context.runs()) {
    const { name } = run.metadata;
    need(resultOf(run, 'digest'), `run ${name}, which is kept`);
    if (succeeded(run) === undefined) building.set(String(paramOf(run, 'image-name')), name);
  }
  return { digests, building };
}

type Need = (digest: string | undefined, why: string) => void;

/** What runs comes first: of several reasons the first is told. ReplicaSets are what `kubectl rollout undo` goes back to. */
const KINDS: Record<string, string> = {
  Deployment: '/apis/apps/v1/deployments',
  StatefulSet: '/apis/apps/v1/statefulsets',
  DaemonSet: '/apis/apps/v1/daemonsets',
  CronJob: '/apis/batch/v1/cronjobs',
  Job: '/apis/batch/v1/jobs',
  Pod: '/api/v1/pods',
  ReplicaSet: '/apis/apps/v1/replicasets',
};

// In all namespaces: another stack may run what this one's registry has.
async function fromCluster(kube: Kube, need: Need): Promise<void> {
  for (const [kind, path] of Object.entries(KINDS)) {
    for (const { metadata, spec, status } of await kube.list<KubeObject>(path)) {
      const text = JSON.stringify([spec, status]);
      for (const [digest] of text.matchAll(/sha256:[0-9a-f]{64}/g)) {
        need(digest, `${kind} ${metadata.namespace}/${metadata.name}`);
      }
    }
  }
}

/** The locks beside the stack's own: other stacks are promoted from it, or share its registry. */
async function fromLocks(own: string, repositories: ReadonlySet<string>, need: Need): Promise<void> {
  const folder = dirname(own);
  for (const name of globSync('*.yaml', { cwd: folder }).sort()) {
    const lockFile = join(folder, name);
    const shown = relative(checkout, lockFile);
    const { images } = parseLock(await readFile(lockFile, 'utf8'), shown);
    const open = new Map<string, Digest | undefined>();
    for (const [key, entry] of Object.entries(images)) {
      if (!repositories.has(key)) continue;
      const digest = typeof entry === 'object' ? entry.digest : undefined;
      need(digest, shown);
      open.set(key, digest);
    }
    if (open.size === 0) continue;
    // The lock before, as a rollback finds it: for each service the newest other digest.
    for await (const { commit, lock } of lockHistory({ lockFile, settings: { lock: shown } })) {
      for (const [key, now] of open) {
        const then = lock.images[key];
        if (typeof then !== 'object' || then.digest === now) continue;
        need(then.digest, `${shown} of commit ${commit.slice(0, 12)}`);
        open.delete(key);
      }
      if (open.size === 0) break;
    }
  }
}
