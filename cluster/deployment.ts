// What a Deployment runs.
import type { KubeObject } from './kube.ts';

/** The image that rollouts change: that of the container named like the Deployment, else of the first. */
export function deployedImage({ metadata, spec }: KubeObject): string | undefined {
  const containers: { name: string; image: string }[] = spec?.template?.spec?.containers ?? [];
  return (containers.find(({ name }) => name === metadata.name) ?? containers[0])?.image;
}

/** Whether every replica that is wanted runs the present template and is available; false where none is wanted. */
export function isServing({ metadata, spec, status }: KubeObject): boolean {
  const wanted = spec?.replicas ?? 1;
  const counts = [status?.replicas, status?.updatedReplicas, status?.availableReplicas];
  return (
    wanted > 0 && (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) && counts.every(n => n === wanted)
  );
}
