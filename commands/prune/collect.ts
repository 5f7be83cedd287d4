// Collects the registry's garbage: layers that no manifest names any more. Distribution does that beside the registry, on
// the same store, and takes what is just being pushed for garbage: nobody may push meanwhile.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Pod, troublesOfPods } from '../../cluster/health.ts';
import type { Kube } from '../../cluster/kube.ts';
import { messageOf } from '../../cluster/one-line.ts';
import { containerOf, type Deployment, pathOf } from '../../cluster/workload.ts';
import type { RegistryClient } from '../../images/registry.ts';
import { READ_ONLY, RegistryError } from '../../images/registry-errors.ts';
import { registryWorkload } from '../../settings/objects.ts';
import type { Context } from '../context.ts';
import { holdReadOnly, PACE, type Pace } from './hold.ts';

export interface Collected {
  /** Blobs that a manifest names. */
  inUse: number;
  /** Blobs that none did. */
  removed: number;
}

const COLLECTOR = 'registry-collect';

/** Throws one line for a stack whose registry is somebody else's. */
export function checkCollects({ settings: { stack, registry } }: Context): void {
  if (!registry.external && !registry.adopt) return;
  const what = registry.external ? 'uses a registry outside of its cluster' : 'has adopted its registry';
  throw new Error(`stack ${stack} ${what}, and its garbage is its owner's to collect; leave out --collect`);
}

/**
 * Collects the garbage of the stack's own registry, which is read-only for that time and takes pushes again whatever comes
 * of it. `stop` ends it early: what is left is garbage still. Throws one line, which says so where the registry may be
 * read-only still.
 */
export async function collectGarbage(
  context: Context,
  say: (line: string) => void,
  stop: AbortSignal,
  pace: Pace = PACE,
): Promise<Collected> {
  const { stack, registry, services } = context.settings;
  const [kube, client] = [await context.kube(), await context.outside()];
  const again = `run the same again: slipway prune ${stack} --delete --collect`;
  stop.throwIfAborted();
  say(`the registry becomes read-only; pushes wait. If this is cut off, ${again}`);
  const hold = await holdReadOnly(kube, registry.namespace, say, pace).catch(error => {
    throw new Error(`${messageOf(error)}; the registry may be read-only: ${again}`);
  });
  const ended = AbortSignal.any([stop, hold.lost]);
  const collect = async () => {
    await checkRefuses(client, registry.name, services[0]!.image);
    ended.throwIfAborted();
    say('the registry is read-only; collecting its garbage');
    return runCollector(kube, registry.namespace, ended, pace);
  };
  const putBack = async () => {
    // First of all: it must not see a push.
    await endCollector(kube, registry.namespace, pace);
    await hold.release();
    say('the registry takes pushes again');
  };
  const [collected] = await Promise.allSettled([collect()]);
  await putBack().catch(error => {
    const before = collected.status === 'rejected' ? `${messageOf(collected.reason)}; ` : '';
    throw new Error(`${before}the registry may be read-only still: ${messageOf(error)}; ${again}`);
  });
  if (collected.status === 'rejected') throw collected.reason;
  return collected.value;
}

/** Throws unless the registry refuses a push. */
async function checkRefuses(client: RegistryClient, registry: string, repository: string): Promise<void> {
  const found = await client.tryWrite(registry, repository).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (found instanceof RegistryError && found.code === READ_ONLY) return;
  const instead = found === undefined ? 'it takes pushes' : messageOf(found);
  throw new Error(`the registry has not become read-only (${instead}); its image must be distribution 3`);
}

const podPath = (namespace: string) => `/api/v1/namespaces/${namespace}/pods/${COLLECTOR}`;

/** Runs the collection to its end; one that is under way already is waited for. */
async function runCollector(kube: Kube, namespace: string, stop: AbortSignal, { every }: Pace): Promise<Collected> {
  const path = podPath(namespace);
  const before = await kube.get<Pod>(path);
  if (before && hasEnded(before)) await endCollector(kube, namespace, { every });
  if (!before || hasEnded(before)) {
    const registry = (await kube.get<Deployment>(pathOf({ namespace, deployment: registryWorkload })))!;
    await kube.create(`/api/v1/namespaces/${namespace}/pods`, collectorPod(registry), { fieldManager: 'slipway' });
  }
  const trouble = new Map<string, number>();
  for (;;) {
    await sleep(every, undefined, { signal: stop }).catch(() => stop.throwIfAborted());
    // It goes on while the API server is away.
    const pod = await kube.get<Pod>(path).catch(() => AWAY);
    if (pod === AWAY) continue;
    if (pod === undefined) throw new Error(`pod ${namespace}/${COLLECTOR} was deleted by somebody else`);
    if (hasEnded(pod)) return resultOf(pod, await logOf(kube, path));
    for (const { key, text } of troublesOfPods([pod])) {
      trouble.set(key, (trouble.get(key) ?? 0) + every);
      if (trouble.get(key)! >= LONGEST_TROUBLE) throw new Error(`the collection can't begin: ${text}`);
    }
  }
}

const AWAY = 'away' as const;
const LONGEST_TROUBLE = 30_000; // milliseconds

const hasEnded = ({ status }: Pod) => ['Succeeded', 'Failed'].includes(status?.phase ?? '');

/** The registry's own pod, on its node and its store, with another command. */
function collectorPod({ metadata, spec }: Deployment): object {
  const { spec: pod } = spec.template as { spec: Deployment['spec']['template']['spec'] & Record<string, unknown> };
  const { index } = containerOf({ metadata, spec } as Deployment);
  const face = pod.containers[index] as Record<string, unknown> & { command?: string[] };
  const { ports: _, startupProbe: __, readinessProbe: ___, livenessProbe: ____, command = [], ...container } = face;
  const podAffinityTerm = { labelSelector: spec.selector, topologyKey: 'kubernetes.io/hostname' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: COLLECTOR, namespace: metadata.namespace },
    spec: {
      ...pod,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [podAffinityTerm] } },
      // Never with --delete-untagged: pods name manifests that have no tag.
      containers: [{ ...container, command: command.map(word => (word === 'serve' ? 'garbage-collect' : word)) }],
    },
  };
}

interface Said {
  /** What was counted before anything went. */
  counted?: Collected;
  /** The last line that tells of no single blob. */
  last?: string;
}

/** What its log says: thousands of lines, and the counts amid them. */
async function logOf(kube: Kube, path: string): Promise<Said> {
  const said: Said = {};
  await kube.follow(`${path}/log`, line => {
    const [, inUse, removed] = /^(\d+) blobs marked, (\d+) blobs and \d+ manifests eligible/.exec(line) ?? [];
    if (inUse !== undefined) said.counted = { inUse: Number(inUse), removed: Number(removed) };
    else if (line.trim() !== '' && !/level=info|: marking |eligible for deletion/.test(line)) said.last = line;
  });
  return said;
}

function resultOf({ status }: Pod, { counted, last }: Said): Collected {
  if (status?.phase === 'Succeeded' && counted) return counted;
  throw new Error(`the registry's garbage was not collected: ${last ?? `its pod has ended: ${status?.phase}`}`);
}

/** Deletes the collector's pod, and waits until it runs no more. */
async function endCollector(kube: Kube, namespace: string, { every }: Pick<Pace, 'every'>): Promise<void> {
  const path = podPath(namespace);
  if (!(await kube.remove(path))) return;
  for (let tries = 0; (await kube.get(path)) !== undefined; tries += 1) {
    if (tries >= MOST_LOOKS) throw new Error(`pod ${namespace}/${COLLECTOR} does not end`);
    await sleep(every);
  }
}

const MOST_LOOKS = 60;
