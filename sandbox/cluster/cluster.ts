// The sandbox's cluster as a whole: start it (or go on with it), say how it is.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths, type SandboxConfig } from '../config.ts';
import { writeWhole } from '../supervisor/record.ts';
import { type ChildSpec, runningSupervisor, startSupervisor, stopSupervisor } from '../supervisor.ts';
import { Final, until } from '../until.ts';
import { Api } from './api.ts';
import { type Content, dropLeases, fillCluster } from './fill.ts';
import { type ClusterParts, prepareCluster } from './prepare.ts';
import { apiReady, nodeReady } from './ready.ts';

export type ClusterStep = 'prepare' | 'namespaces' | 'api' | 'node' | 'content' | 'dns' | 'tekton';

export interface ClusterReport {
  step: ClusterStep;
  state: 'started' | 'done' | 'failed';
  /** Since the start of this step. */
  seconds: number;
}

export interface StartOptions {
  report?: (event: ClusterReport) => void;
  signal?: AbortSignal;
  /** Processes on the machine's side that live as long as the cluster. */
  children?: ChildSpec[];
  /** Work that needs these processes and the cluster's certificates, and not the cluster: done while it comes up. */
  alongside?: () => Promise<unknown>;
}

/** Runs one step and reports it. */
export type Step = <T>(step: ClusterStep, work: () => Promise<T>) => Promise<T>;

/**
 * Starts the cluster, or goes on with the one that runs, until Kubernetes, DNS and Tekton answer. A running one that
 * was made of other parts is started anew on its state. Ends what it started itself when it fails or is aborted.
 * @throws Error that names the part that is not ready, why, and the log.
 */
export async function startCluster(
  config: SandboxConfig,
  parts: ClusterParts,
  options: StartOptions = {},
): Promise<void> {
  const signal = options.signal ?? new AbortController().signal;
  const step = reporter(options.report ?? (() => {}));
  const launched = await launch(config, parts, options.children ?? [], step, signal);
  const api = new Api({ port: config.ports.api, pki: homePaths(config).pki });
  try {
    await Promise.all([settle(config, parts, api, { ...launched, step, signal }), options.alongside?.()]);
  } catch (error) {
    if (launched.fresh) await stopSupervisor(config);
    throw error;
  } finally {
    api.close();
  }
}

interface Launched {
  /** When the sandbox was started. */
  since: Date;
  /** Whether this call started it. */
  fresh: boolean;
}

async function launch(
  config: SandboxConfig,
  parts: ClusterParts,
  children: ChildSpec[],
  step: Step,
  signal: AbortSignal,
): Promise<Launched> {
  const keyFile = join(homePaths(config).run, 'cluster-key');
  const prepared = await step('prepare', () => prepareCluster(config, parts));
  const key = createHash('sha256')
    .update(JSON.stringify([prepared.key, children]))
    .digest('hex');
  const running = runningSupervisor(config);
  if (running && existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key) {
    return { since: new Date(running.since), fresh: false };
  }
  signal.throwIfAborted();
  if (running) await stopSupervisor(config);
  await prepared.write();
  writeWhole(keyFile, key);
  const record = await step('namespaces', () => startSupervisor(config, { ...prepared.plan, children }));
  return { since: new Date(record.since), fresh: true };
}

type Settle = Launched & Pick<Content, 'step' | 'signal'>;

async function settle(config: SandboxConfig, parts: ClusterParts, api: Api, options: Settle): Promise<void> {
  const { since, step, signal, fresh } = options;
  const poll = (limit: number, log: string) => ({
    signal,
    limit,
    hint: `see ${join(homePaths(config).clusterLogs, log)}`,
  });
  const alive = async (ask: () => Promise<true | string>) => {
    if (!runningSupervisor(config)) throw new Final(`the sandbox has ended; see ${homePaths(config).supervisorLog}`);
    return ask();
  };
  await step('api', () =>
    until('the API server', () => alive(() => apiReady(api)), poll(60_000, 'kube-apiserver.log')),
  );
  if (fresh) await dropLeases(api);
  const node = step('node', () => until('the node', () => nodeReady(api, since), poll(60_000, 'kubelet.log')));
  await Promise.all([node, fillCluster(config, parts, api, { since, step, signal })]);
}

function reporter(report: (event: ClusterReport) => void): Step {
  return async (step, work) => {
    const began = Date.now();
    const seconds = () => (Date.now() - began) / 1000;
    report({ step, state: 'started', seconds: 0 });
    try {
      const result = await work();
      report({ step, state: 'done', seconds: seconds() });
      return result;
    } catch (error) {
      report({ step, state: 'failed', seconds: seconds() });
      throw error;
    }
  };
}

/** Whether the API server and the node are ready now; the reason where not. */
export async function clusterReady(config: SandboxConfig): Promise<true | string> {
  const record = runningSupervisor(config);
  if (!record) return 'it is not running; start it: npm start';
  const api = new Api({ port: config.ports.api, pki: homePaths(config).pki });
  try {
    const answers = await apiReady(api);
    return answers === true ? await nodeReady(api, new Date(record.since)) : answers;
  } finally {
    api.close();
  }
}
