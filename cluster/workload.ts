// A Deployment, or a StatefulSet, as rollouts and those who look at them read it.
import type { Kube, KubeObject } from './kube.ts';

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

/** apps/v1 Deployment, as far as rollouts read it; a StatefulSet has all of it, too. */
export interface Deployment extends KubeObject {
  spec: {
    replicas?: number;
    paused?: boolean;
    selector: {
      matchLabels?: Record<string, string>;
      matchExpressions?: { key: string; operator: string; values?: string[] }[];
    };
    template: { spec: { containers: { name: string; image: string }[] } };
  };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    conditions?: Condition[];
  };
}

/** A Deployment by namespace and name, or a StatefulSet. */
export interface WorkloadName {
  /** Default: Deployment. */
  kind?: WorkloadKind;
  namespace: string;
  deployment: string;
}

export type WorkloadKind = 'Deployment' | 'StatefulSet';

const COLLECTIONS: Record<WorkloadKind, string> = { Deployment: 'deployments', StatefulSet: 'statefulsets' };

/** The field manager of the pipeline's rollout. */
export const ROLLOUT_MANAGER = 'slipway-rollout';

export function pathOf({ kind = 'Deployment', namespace, deployment }: WorkloadName): string {
  return `/apis/apps/v1/namespaces/${namespace}/${COLLECTIONS[kind]}/${deployment}`;
}

/** The Deployments and StatefulSets of a namespace, each with its kind. Throws KubeError. */
export async function listWorkloads(kube: Kube, namespace: string): Promise<Deployment[]> {
  const kinds = Object.entries(COLLECTIONS).map(async ([kind, collection]) => {
    const items = await kube.list<Deployment>(`/apis/apps/v1/namespaces/${namespace}/${collection}`);
    // The items of a list do not name their kind.
    return items.map(item => ({ ...item, kind }));
  });
  return (await Promise.all(kinds)).flat();
}

/** The container that rollouts change: the one named like the Deployment, else the first. */
export function containerOf(deployment: Deployment): { index: number; name: string; image: string } {
  const containers = deployment.spec.template.spec.containers;
  const index = Math.max(
    containers.findIndex(({ name }) => name === deployment.metadata.name),
    0,
  );
  return { index, ...containers[index]! };
}

/** The Deployment's selector in the form that list requests take. */
export function selectorOf({ spec: { selector } }: Deployment): string {
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...labels, ...expressions].join(',');
}

/** The image that rollouts change, of an object that may lack whatever a Deployment has. */
export function deployedImage({ metadata, spec }: KubeObject): string | undefined {
  const containers: { name: string; image: string }[] = spec?.template?.spec?.containers ?? [];
  return (containers.find(({ name }) => name === metadata.name) ?? containers[0])?.image;
}

/** Name and image of the container that rollouts change, where the image is theirs. */
export function rolledOutImage(deployment: KubeObject): [string, string][] {
  const { metadata } = deployment;
  const fields = (metadata.managedFields ?? []) as { manager: string; fieldsV1?: object }[];
  const isTheirs = fields.some(
    ({ manager, fieldsV1 }) => manager === ROLLOUT_MANAGER && JSON.stringify(fieldsV1).includes('"f:image"'),
  );
  const image = deployedImage(deployment);
  return isTheirs && image !== undefined ? [[metadata.name, image]] : [];
}
