// Builds with Kaniko: one pod a platform, all at the same time, in the builders' namespace. A build is known by the
// digest that its pod leaves; the pods go with the step.
import { setTimeout as sleep } from 'node:timers/promises';
import { type ContainerStatus, type Pod, troublesOfPods } from '../cluster/health.ts';
import type { Kube, KubeObject } from '../cluster/kube.ts';
import { messageOf } from '../cluster/one-line.ts';
import { type Digest, isDigest } from '../images/digest.ts';
import { kanikoDockerfile } from '../images/dockerfile-kaniko.ts';
import type { Platform } from '../images/platform.ts';
import { eachPlatform } from './each-platform.ts';
import { StepFailure } from './failure.ts';
import { type KanikoLine, kanikoFailure, kanikoLine } from './kaniko-log.ts';
import {
  EXECUTOR,
  KANIKO_LABEL,
  type KanikoBuild,
  type KanikoSettings,
  kanikoPod,
  RUN_ANNOTATION,
  SOURCE,
} from './kaniko-pod.ts';
import type { Log } from './log.ts';

export interface KanikoRequest extends KanikoBuild {
  platforms: readonly Platform[];
  kaniko: KanikoSettings;
  /** The Dockerfile's text, and the pinned image for every base by BuildKit's name of it. */
  text: string;
  pinned: Readonly<Record<string, string>>;
  /** Milliseconds between two looks at a pod, and for how long a trouble may last. */
  interval?: number;
  patience?: { node: number; trouble: number; silence: number };
}

// Linux takes no longer text in a process's environment, where the Dockerfile travels.
const LONGEST_DOCKERFILE = 120 * 1024;

/**
 * Builds every platform. The first fault ends the other builds and is thrown as a StepFailure whose message names the
 * platform and the failing instruction. `stop` ends all of them. No pod outlives the call.
 */
export async function buildAllByKaniko(
  kube: Kube,
  request: KanikoRequest,
  log: Log,
  stop?: AbortSignal,
): Promise<Map<Platform, Digest>> {
  const pinned = new Map(Object.entries(request.pinned));
  const texts = new Map(
    request.platforms.map(platform => [platform, kanikoDockerfile(request.text, pinned, platform)] as const),
  );
  const longest = Math.max(...[...texts.values()].map(text => Buffer.byteLength(text)));
  if (longest > LONGEST_DOCKERFILE) {
    throw new StepFailure(`the Dockerfile has ${longest} bytes with its bases pinned; Kaniko is given up to 122880`);
  }
  await sweep(kube, request, log);
  const build = (platform: Platform, signal: AbortSignal, say: Log) =>
    buildOne(kube, request, platform, texts.get(platform)!, signal, say);
  return eachPlatform(request.platforms, build, log, stop);
}

async function buildOne(
  kube: Kube,
  request: KanikoRequest,
  platform: Platform,
  dockerfile: string,
  signal: AbortSignal,
  say: Log,
): Promise<Digest> {
  const { kaniko } = request;
  const pods = `/api/v1/namespaces/${kaniko.namespace}/pods`;
  const pod = await kube.create(pods, kanikoPod(kaniko, request, platform, dockerfile), { fieldManager: 'slipway' });
  const path = `${pods}/${pod.metadata.name}`;
  try {
    say(`pod ${kaniko.namespace}/${pod.metadata.name}`);
    const { ended, lines } = await endOf(kube, path, request, platform, signal, say);
    if (ended.exitCode !== 0) throw kanikoFailure(platform, lines, dockerfile, ended);
    const digest = ended.message?.trim();
    if (!isDigest(digest))
      throw new StepFailure(`${platform}: the builder reports ${JSON.stringify(digest)} as its digest`);
    return digest;
  } finally {
    await kube.remove(path).catch(error => say(`warning: pod ${path} can't be deleted: ${messageOf(error)}`));
  }
}

type Terminated = NonNullable<NonNullable<ContainerStatus['state']>['terminated']>;

/** Waits for the executor's end and passes on what it says. Throws a StepFailure where it won't begin, or its pod ends. */
async function endOf(
  kube: Kube,
  path: string,
  { kaniko, interval = 500, patience = { node: 60_000, trouble: 5000, silence: 120_000 } }: KanikoRequest,
  platform: Platform,
  signal: AbortSignal,
  say: Log,
): Promise<{ ended: Terminated; lines: KanikoLine[] }> {
  const lines: KanikoLine[] = [];
  let following: Promise<void> | undefined;
  const since = new Map<string, number>();
  const lasts = (key: string, limit: number) => {
    if (!since.has(key)) since.set(key, Date.now());
    return Date.now() - since.get(key)! >= limit;
  };
  for (;;) {
    if (signal.aborted) throw new StepFailure(`${platform}: cancelled`);
    let pod: Pod | undefined;
    try {
      pod = await kube.get<Pod>(path);
      since.delete('silence');
    } catch (error) {
      // The build goes on while the API server is silent: a busy one is no reason to throw it away.
      if (lasts('silence', patience.silence)) throw error;
      await sleep(interval, undefined, { signal }).catch(() => {});
      continue;
    }
    if (!pod || pod.metadata.deletionTimestamp) {
      throw new StepFailure(`${platform}: its pod has been deleted by someone else; run again`);
    }
    const { phase, conditions = [], initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
    const source = initContainerStatuses.find(({ name }) => name === SOURCE)?.state;
    const executor = containerStatuses.find(({ name }) => name === EXECUTOR)?.state;
    if (source?.terminated && source.terminated.exitCode !== 0) throw sourceFailure(platform, source.terminated);
    if (!following && (executor?.running || executor?.terminated)) {
      following = kube
        .follow(
          `${path}/log?container=${EXECUTOR}&follow=true`,
          line => {
            const read = kanikoLine(line);
            lines.push(read);
            if (read.text.trim()) say(read.text);
          },
          signal,
        )
        .catch(error => say(`warning: its log can't be read: ${messageOf(error)}`));
    }
    if (executor?.terminated) {
      await following;
      return { ended: executor.terminated, lines };
    }
    if (phase === 'Failed') {
      const { reason, message } = pod.status as { reason?: string; message?: string };
      throw new StepFailure(
        `${platform}: its pod has ended: ${[reason, message].filter(Boolean).join(': ')}; run again`,
      );
    }
    const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
    if (unscheduled && lasts('node', patience.node)) throw noNode(platform, kaniko, unscheduled.message);
    for (const { key, text } of troublesOfPods([pod])) {
      if (lasts(key, patience.trouble)) throw new StepFailure(`${platform}: its build can't begin: ${text}`);
    }
    await sleep(interval, undefined, { signal }).catch(() => {});
  }
}

function sourceFailure(platform: Platform, { exitCode, message = '' }: Terminated): StepFailure {
  const said = message.trim().split('\n');
  const reason = (said.at(-1) || `exit code ${exitCode}`).replace(/^slipway kaniko-source: /, '');
  return new StepFailure(`${platform}: the source can't be brought to Kaniko: ${reason}`, said.slice(-20));
}

function noNode(platform: Platform, { emulate }: KanikoSettings, message = 'no reason given'): StepFailure {
  const remedy = emulate.includes(platform)
    ? 'free some, or lower slipway:serviceBuilds.cpu and .memory'
    : 'add a node of that architecture, or take the platform out of slipway:nodePlatforms';
  return new StepFailure(`${platform}: no node takes its build (${message}); ${remedy}`);
}

// A step that was killed could not delete its pods. Its run has ended, and whoever builds next finds them.
async function sweep(kube: Kube, { kaniko }: KanikoRequest, log: Log): Promise<void> {
  const pods = `/api/v1/namespaces/${kaniko.namespace}/pods`;
  const labelSelector = Object.entries(KANIKO_LABEL).map(pair => pair.join('='))[0]!;
  try {
    const ended = new Map<string, Promise<boolean>>();
    for (const { metadata } of await kube.list(pods, { labelSelector })) {
      const run = metadata.annotations?.[RUN_ANNOTATION];
      if (!run) continue;
      if (!ended.has(run)) ended.set(run, hasEnded(kube, run));
      if (!(await ended.get(run))) continue;
      if (await kube.remove(`${pods}/${metadata.name}`)) log(`deleted pod ${metadata.name}, left by run ${run}`);
    }
  } catch (error) {
    // Another build's rubbish is no reason to fail this one.
    log(`warning: left pods can't be looked for: ${messageOf(error)}`);
  }
}

async function hasEnded(kube: Kube, run: string): Promise<boolean> {
  const [namespace, name] = run.split('/');
  const found = await kube.get<KubeObject>(`/apis/tekton.dev/v1/namespaces/${namespace}/pipelineruns/${name}`);
  return found === undefined || found.status?.completionTime !== undefined;
}
