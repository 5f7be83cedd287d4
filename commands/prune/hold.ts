// The registry, held read-only while its garbage is collected. What holds it is fields of its Deployment that belong to a
// manager of their own: an `up` neither sees nor undoes them, and when that manager lets go, all is as it was declared.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isHealthy, type Pod, progressOf, troublesOfPods } from '../../cluster/health.ts';
import { type Kube, KubeError } from '../../cluster/kube.ts';
import { type Deployment, pathOf, selectorOf } from '../../cluster/workload.ts';
import { registryWorkload } from '../../settings/objects.ts';

/** Who holds it, and when it was last heard of: `<id> <RFC 3339>`. */
export const COLLECTING = 'slipway.dev/collecting';
const MANAGER = 'slipway-collect';
// `…_READONLY_ENABLED` ends the registry in a panic where its configuration has other words on maintenance.
export const READ_ONLY_VARIABLE = { name: 'REGISTRY_STORAGE_MAINTENANCE_READONLY', value: '{"enabled":true}' };

/** Milliseconds. */
export interface Pace {
  /** Between two looks at the cluster. */
  every: number;
  /** Between two signs of life of whoever holds the registry. */
  beat: number;
  /** Without such a sign a holder is dead. */
  dead: number;
  /** For the registry's pod to change. */
  rollout: number;
}

export const PACE: Pace = { every: 1000, beat: 5000, dead: 30_000, rollout: 180_000 };

export interface Hold {
  /** Aborts when the registry is not held any more, by whatever has taken the fields away. */
  readonly lost: AbortSignal;
  /** Lets go of it. Waits until the registry is as it was declared. */
  release(): Promise<void>;
}

/**
 * Takes hold of the registry in `namespace`, and waits until its pod has changed. Whoever holds it and gives no sign of life
 * was cut off, and loses it. Throws one line where somebody else holds it, or the pod does not become ready; it is held then.
 */
export async function holdReadOnly(
  kube: Kube,
  namespace: string,
  say: (line: string) => void,
  pace: Pace = PACE,
): Promise<Hold> {
  const id = randomUUID();
  const path = pathOf({ namespace, deployment: registryWorkload });
  const lost = new AbortController();
  const write = (deployment: Deployment, fields: object) => apply(kube, path, deployment, fields);
  const mine = (deployment: Deployment | undefined) => holderOf(deployment)?.startsWith(`${id} `) === true;

  await take(kube, path, id, say, pace);
  const beat = setInterval(async () => {
    try {
      const now = await kube.get<Deployment>(path);
      if (!now || !mine(now) || !isReadOnly(now)) lost.abort(new Error('the registry is not held read-only any more'));
      else await write(now, held(now, id));
    } catch {
      // The next one tells.
    }
  }, pace.beat).unref();
  const release = async () => {
    clearInterval(beat);
    await untilWritten(pace, async () => {
      const now = await kube.get<Deployment>(path);
      if (now && mine(now)) await write(now, {});
    });
    await untilReady(kube, path, pace);
  };
  try {
    await untilReady(kube, path, pace);
  } catch (error) {
    await release().catch(() => {});
    throw error;
  }
  return { lost: lost.signal, release };
}

async function take(kube: Kube, path: string, id: string, say: (line: string) => void, pace: Pace): Promise<void> {
  let first: { holder: string; at: number } | undefined;
  await untilWritten(pace, async () => {
    for (;;) {
      const now = await kube.get<Deployment>(path);
      if (!now) throw new Error(`there is no Deployment ${path.split('/').slice(-3).join('/')}; run: pulumi up`);
      const holder = holderOf(now);
      if (holder !== undefined && first === undefined) {
        say(`${holder} holds the registry; it is taken over unless that gives a sign of life in ${pace.dead / 1000} s`);
        first = { holder, at: Date.now() };
      }
      if (holder !== undefined && holder !== first?.holder) {
        throw new Error(`the garbage is being collected by somebody else (${holder}); wait for its end`);
      }
      if (holder === undefined || Date.now() - first!.at >= pace.dead) return apply(kube, path, now, held(now, id));
      await sleep(pace.every);
    }
  });
}

function held({ spec }: Deployment, id: string): object {
  const containers = spec.template.spec.containers.map(({ name }) => ({ name, env: [READ_ONLY_VARIABLE] }));
  return {
    metadata: { annotations: { [COLLECTING]: `${id} ${new Date().toISOString()}` } },
    spec: { template: { spec: { containers } } },
  };
}

/** `<id> <RFC 3339>` of whoever holds it, undefined where nobody does. */
export function holderOf(deployment: Deployment | undefined): string | undefined {
  return deployment?.metadata.annotations?.[COLLECTING];
}

function isReadOnly({ spec }: Deployment): boolean {
  const containers: { name: string; env?: { name: string; value?: string }[] }[] = spec.template.spec.containers;
  const { name, value } = READ_ONLY_VARIABLE;
  return containers.every(({ env = [] }) => env.some(one => one.name === name && one.value === value));
}

/** Writes `fields` for all that the manager has, unless the object has changed since it was read (409). */
async function apply(kube: Kube, path: string, read: Deployment, fields: { metadata?: object }): Promise<void> {
  const { name, namespace, resourceVersion } = read.metadata;
  const body = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    ...fields,
    metadata: { name, namespace, resourceVersion, ...fields.metadata },
  };
  await kube.patch(path, body, 'apply', { fieldManager: MANAGER });
}

/** Does `write` again while others have written in between. */
async function untilWritten({ every }: Pace, write: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await write();
    } catch (error) {
      const between = error instanceof KubeError && error.status === 409 && !isOthers(error);
      if (!between || tries >= MOST_TRIES) throw error;
      await sleep(every / 4);
    }
  }
}

const MOST_TRIES = 40;

const isOthers = ({ details: { causes = [] } }: KubeError) =>
  causes.some(({ reason }) => reason === 'FieldManagerConflict');

/** Waits for the Deployment's pod to be of its present template. */
async function untilReady(kube: Kube, path: string, { every, rollout }: Pace): Promise<void> {
  for (const end = Date.now() + rollout; ; await sleep(every)) {
    // The API server may be away for a moment: it is the registry that counts.
    const now = await kube.get<Deployment>(path).catch(() => undefined);
    if (now && isHealthy(now)) return;
    if (Date.now() < end) continue;
    if (!now) throw new Error(`${path}: the API server does not show it`);
    const pods = await kube.list<Pod>(path.replace(/^\/apis\/apps\/v1(.*)\/deployments\/.*$/, '/api/v1$1/pods'), {
      labelSelector: selectorOf(now),
    });
    const why = troublesOfPods(pods).map(({ text }) => text);
    throw new Error(
      `the registry's pod is not ready after ${rollout / 1000} s: ${[progressOf(now), ...why].join('; ')}`,
    );
  }
}
