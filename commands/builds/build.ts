// `slipway build <stack> [service…]`: starts runs of the pipeline by hand, as the stack's listener would for a push, and
// follows them to their ends.
import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import type { Kube, KubeObject } from '../../cluster/kube.ts';
import {
  isPending,
  outcomeOf,
  QUEUE,
  type Run,
  reasonOf,
  runsPath,
  STARTED_BY,
  succeeded,
  WARNING,
} from '../../cluster/runs.ts';
import { branchFault, isCommitHash } from '../../images/branch.ts';
import { didYouMean } from '../../images/nearest.ts';
import { branchTag } from '../../images/tags.ts';
import {
  PUSH_CONFIG,
  type PushConfig,
  type PushedService,
  parsePushConfig,
  runByHand,
} from '../../steps/push-config.ts';

export interface BuildRequest {
  /** Services by name; none: all of the stack. */
  services: readonly string[];
  /** A full hash; default: the head of the branch. */
  commit?: string;
  /** Default: the stack's. */
  branch?: string;
}

/** Where a service's build is. `failed`: it has ended, and not well. */
export interface Progress {
  service: string;
  run?: string;
  text: string;
  ended: boolean;
  failed: boolean;
}

export interface FollowOptions {
  /** Milliseconds between two looks at the runs. */
  every: number;
  /** Milliseconds that the API server may be silent. */
  silence: number;
  /** Gets how far all are, after each look. */
  show: (progress: Progress[]) => void;
  signal?: AbortSignal;
}

const AT_ONCE = 8;

/** Throws one line a fault of what was asked for. `known`: the services of the stack. */
export function checkRequest(
  stack: string,
  { services, commit, branch }: BuildRequest,
  known: readonly string[],
): void {
  const unknown = services.filter(name => !known.includes(name));
  const faults = unknown.map(
    name => `"${name}" is no service of stack ${stack}; there are ${known.join(', ')}${didYouMean(name, known)}`,
  );
  if (commit !== undefined && !isCommitHash(commit)) {
    faults.push(`--commit: found "${commit}"; expected its 40 digits, as \`git rev-parse ${commit}\` prints them`);
  }
  const allowed = branch === undefined ? undefined : branchFault(branch);
  if (allowed) faults.push(`--branch: found "${branch}"; expected ${allowed}`);
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/** What the stack's listener builds, as the last `up` has left it in the cluster. */
export async function deployedConfig(kube: Kube, stack: string): Promise<PushConfig> {
  const { namespace, configMap, key } = PUSH_CONFIG;
  const found = await kube.get<KubeObject>(`/api/v1/namespaces/${namespace}/configmaps/${configMap}`);
  const remedy = `run \`pulumi up --stack ${stack}\` first`;
  if (!found) throw new Error(`the cluster has no pipeline of stack ${stack} yet; ${remedy}`);
  try {
    return parsePushConfig(found.data?.[key] ?? '');
  } catch (error) {
    const what = `ConfigMap ${configMap} in ${namespace} can't be read (${(error as Error).message})`;
    throw new Error(`${what}: another version of Slipway has written it; ${remedy}`);
  }
}

/**
 * Creates a run for each of `services` (which the deployed pipeline must know). One that the API server refuses is a
 * failed build, and does not keep the others from being started.
 */
export async function startRuns(
  kube: Kube,
  config: PushConfig,
  services: readonly string[],
  { commit, branch }: Pick<BuildRequest, 'commit' | 'branch'>,
): Promise<Progress[]> {
  const missing = services.filter(name => !config.services.some(service => service.name === name));
  if (missing.length > 0) {
    throw new Error(`the cluster's pipeline does not know ${missing.join(', ')} yet; run \`pulumi up\` first`);
  }
  const params = {
    ...(commit !== undefined && { commit }),
    // Another branch has a tag of its own: `main` goes on meaning what main holds.
    ...(branch !== undefined && { 'repo-branch': branch, 'image-tag': branchTag(branch) }),
  };
  const start = async (service: PushedService): Promise<Progress> => {
    const run = runByHand(config, service, params);
    try {
      const created = await kube.create<Run>(runsPath(run.metadata.namespace!), run);
      return { service: service.name, run: created.metadata.name, text: 'started', ended: false, failed: false };
    } catch (error) {
      const text = `no run can be created: ${(error as Error).message}`;
      return { service: service.name, text, ended: true, failed: true };
    }
  };
  return pMap(
    services.map(name => config.services.find(service => service.name === name)!),
    start,
    { concurrency: AT_ONCE },
  );
}

/** Looks at the runs until all have ended, or `signal` aborts. Gives how far they are then. */
export async function followRuns(
  kube: Kube,
  { run, parallel }: PushConfig,
  started: readonly Progress[],
  { every, silence, show, signal }: FollowOptions,
): Promise<Progress[]> {
  const path = runsPath(run.metadata.namespace!);
  let progress = [...started];
  let seen = Date.now();
  while (!signal?.aborted && !progress.every(({ ended }) => ended)) {
    try {
      const runs = await kube.list<Run>(path, { labelSelector: `${STARTED_BY}=hand` });
      const byName = new Map(runs.map(one => [one.metadata.name, one]));
      progress = progress.map(one => (one.ended ? one : progressOf(one, byName.get(one.run!), parallel)));
      seen = Date.now();
      show(progress);
    } catch (error) {
      if (Date.now() - seen >= silence) throw error;
    }
    await sleep(every, undefined, { signal }).catch(() => {});
  }
  return progress;
}

function progressOf(before: Progress, run: Run | undefined, parallel: number): Progress {
  const now = (text: string) => ({ ...before, text });
  if (!run) return { ...now('its run is gone before its end'), ended: true, failed: true };
  const done = succeeded(run);
  const warning = run.metadata.annotations?.[WARNING];
  if (done === true) return { ...now(`${outcomeOf(run)}${warning ? `; warning: ${warning}` : ''}`), ended: true };
  if (done === false) return { ...now(`failed: ${reasonOf(run)}`), ended: true, failed: true };
  if (isPending(run)) return now(`waits for slipway-push to let it begin (${parallel} build at a time)`);
  return now(run.metadata.labels?.[QUEUE] === undefined ? 'rolls out' : 'builds');
}

/** `service  text  (run)`, a line each, the texts under each other. */
export function progressLines(progress: readonly Progress[]): string[] {
  const width = Math.max(...progress.map(({ service }) => service.length));
  return progress.map(({ service, text, run }) => `${service.padEnd(width)}  ${text}${run ? `  (${run})` : ''}`);
}
