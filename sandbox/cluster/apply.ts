// Puts manifests into the cluster, in an order in which each finds what it needs.

import pMap from 'p-map';
import { type Api, ApiError, type KubeObject } from './api.ts';

type Applier = Pick<Api, 'apply'>;

export const FIELD_MANAGER = 'slipway-sandbox';

/** Kinds that others need, in order; all kinds that are not named come between ConfigMap and Deployment. */
const FIRST = ['Namespace', 'CustomResourceDefinition', 'ServiceAccount', 'ClusterRole', 'Role', 'ClusterRoleBinding'];
const THEN = ['RoleBinding', 'StorageClass', 'Secret', 'Service', 'ConfigMap'];
const LAST = ['Deployment', 'MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

/** Groups of objects; those of one group need nothing of each other. */
export function inOrder(objects: KubeObject[]): KubeObject[][] {
  const known = [...FIRST, ...THEN, '*', ...LAST];
  const rank = ({ kind }: KubeObject) => {
    const at = known.indexOf(kind);
    return at === -1 ? known.indexOf('*') : at;
  };
  const groups = new Map<number, KubeObject[]>();
  for (const object of objects) groups.set(rank(object), [...(groups.get(rank(object)) ?? []), object]);
  return [...groups.entries()].sort(([a], [b]) => a - b).map(([, group]) => group);
}

/**
 * Applies all objects once, in order.
 * @returns those that the cluster can't take yet: a kind is just being established, or a webhook that judges it is not up.
 * @throws Error that names the object that was refused.
 */
export async function applyOnce(api: Applier, objects: KubeObject[], signal: AbortSignal): Promise<KubeObject[]> {
  const late: KubeObject[] = [];
  for (const group of inOrder(objects)) {
    await pMap(group, async object => (await tryOnce(api, object)) || late.push(object), { concurrency: 8, signal });
  }
  return late;
}

/** Applies what could not be taken before, again and again until `limit` (ms) has passed; then it is refused. */
export async function applyLate(api: Applier, late: KubeObject[], signal: AbortSignal, limit = 90_000): Promise<void> {
  const until = Date.now() + limit;
  for (const object of late) {
    while (!(await tryOnce(api, object, Date.now() > until))) {
      await new Promise(resolve => setTimeout(resolve, 250));
      signal.throwIfAborted();
    }
  }
}

/** False where it may be taken later. */
async function tryOnce(api: Applier, object: KubeObject, last = false): Promise<boolean> {
  try {
    await api.apply(object, FIELD_MANAGER);
    return true;
  } catch (error) {
    if (!last && isEarly(error)) return false;
    const { kind, metadata } = object;
    throw new Error(`the cluster refuses ${kind} ${metadata.name}: ${(error as Error).message}`);
  }
}

function isEarly(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status === 404 || /failed calling webhook|no endpoints available/.test(error.message);
}
