// What of a system runs, as far as another system's start may not touch it.
import assert from 'node:assert/strict';
import type { Fixture } from './fixture.ts';

interface Item {
  metadata: { name: string; namespace: string; uid: string; generation?: number };
  spec: { replicas?: number; template: { spec: { containers: { image: string }[] } } };
  status?: { availableReplicas?: number };
}

interface Pod {
  metadata: { name: string; namespace: string; uid: string; ownerReferences?: { kind: string }[] };
  status: { containerStatuses?: { restartCount: number }[] };
}

/** By namespace and name: generation and images of each workload, uid and restarts of each pod that is not a run's. */
export async function standing(f: Fixture, namespaces: readonly string[]): Promise<Record<string, string>> {
  const [workloads, pods] = await Promise.all([
    f.get<{ items: Item[] }>('deployments,statefulsets', '--all-namespaces'),
    f.get<{ items: Pod[] }>('pods', '--all-namespaces'),
  ]);
  const told = [
    ...(workloads?.items ?? []).map(({ metadata, spec }) => ({
      metadata,
      text: `${metadata.generation} ${spec.template.spec.containers.map(({ image }) => image).join(' ')}`,
    })),
    ...(pods?.items ?? [])
      .filter(({ metadata }) => metadata.ownerReferences?.some(({ kind }) => /^(ReplicaSet|StatefulSet)$/.test(kind)))
      .map(({ metadata, status }) => ({
        metadata,
        text: `${metadata.uid} ${status.containerStatuses?.map(({ restartCount }) => restartCount).join(' ')}`,
      })),
  ];
  return Object.fromEntries(
    told
      .filter(({ metadata }) => namespaces.includes(metadata.namespace))
      .map(({ metadata, text }) => [`${metadata.namespace}/${metadata.name}`, text])
      .sort(),
  );
}

/** The image of each workload of the namespace, by name. */
export async function imagesIn(f: Fixture, namespace: string): Promise<Record<string, string>> {
  const list = await f.get<{ items: Item[] }>('deployments,statefulsets', '--namespace', namespace);
  const items = list?.items ?? [];
  return Object.fromEntries(
    items.map(({ metadata, spec }) => [metadata.name, spec.template.spec.containers[0]!.image] as const).sort(),
  );
}

/** Every workload of the namespace has all its pods, on images by digest of `registry`. */
export async function allHealthy(
  f: Fixture,
  namespace: string,
  names: readonly string[],
  registry: string,
): Promise<void> {
  const list = await f.get<{ items: Item[] }>('deployments,statefulsets', '--namespace', namespace);
  const items = list?.items ?? [];
  assert.deepEqual(items.map(({ metadata }) => metadata.name).sort(), [...names].sort());
  for (const { metadata, spec, status } of items) {
    assert.equal(status?.availableReplicas, spec.replicas ?? 1, metadata.name);
    for (const { image } of spec.template.spec.containers) {
      assert.ok(image.startsWith(`${registry}/`), image);
      assert.match(image, /@sha256:[0-9a-f]{64}$/);
    }
  }
}
