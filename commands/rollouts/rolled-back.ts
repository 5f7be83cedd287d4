// Takes a workload back to the template before, as `kubectl rollout undo` does, under the manager of Pulumi's fields: what
// the next `up` does not declare is then taken away again, and nothing conflicts.
import type { Kube, KubeObject } from '../../cluster/kube.ts';
import { containerOf, type Deployment, pathOf, type WorkloadName } from '../../cluster/workload.ts';
import { fieldManager } from '../../settings/objects.ts';

interface Revision {
  number: number;
  template: KubeObject;
}

// The controllers' own mark on a template.
const HASH = 'pod-template-hash';

/**
 * Applies the template before the newest, and gives the container and the image that it has. Undefined where there is
 * none before. Throws KubeError.
 */
export async function restore(
  kube: Kube,
  workload: WorkloadName,
): Promise<{ container: string; image: string } | undefined> {
  const found = await kube.get<Deployment>(pathOf(workload));
  if (!found) return undefined;
  const [, before] = (await revisionsOf(kube, workload, found)).sort((a, b) => b.number - a.number);
  if (!before) return undefined;
  const { name, namespace, labels, annotations = {} } = found.metadata;
  const own = Object.entries(annotations).filter(([key]) => !key.startsWith('deployment.kubernetes.io/'));
  const body = {
    apiVersion: 'apps/v1',
    kind: workload.kind ?? 'Deployment',
    metadata: { name, namespace, labels, annotations: Object.fromEntries(own) },
    spec: { ...found.spec, template: before.template },
  };
  const applied = await kube.patch<Deployment>(pathOf(workload), body, 'apply', { fieldManager, force: true });
  const { name: container, image } = containerOf(applied);
  return { container, image };
}

/** Every template that the controllers keep, the newest among them. */
async function revisionsOf(
  kube: Kube,
  { kind, namespace }: WorkloadName,
  { metadata }: Deployment,
): Promise<Revision[]> {
  const owned = ({ metadata: { ownerReferences } }: KubeObject) =>
    ((ownerReferences ?? []) as { uid: string }[]).some(({ uid }) => uid === metadata.uid);
  const apps = `/apis/apps/v1/namespaces/${namespace}`;
  if (kind === 'StatefulSet') {
    const revisions = await kube.list(`${apps}/controllerrevisions`);
    return revisions.filter(owned).map(({ revision, data }) => {
      const { $patch: _, ...template } = data.spec.template;
      return { number: revision, template };
    });
  }
  const sets = await kube.list(`${apps}/replicasets`);
  return sets.filter(owned).map(({ metadata: { annotations = {} }, spec }) => {
    const { [HASH]: _, ...labels } = spec.template.metadata.labels;
    const template = { ...spec.template, metadata: { ...spec.template.metadata, labels } };
    return { number: Number(annotations['deployment.kubernetes.io/revision']), template };
  });
}
