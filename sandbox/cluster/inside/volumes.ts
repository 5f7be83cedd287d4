// Gives each claim of the class `standard` a folder of its own below state/volumes, and takes it away again when the
// claim is gone and its class says Delete.

import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Api, KubeObject } from '../api.ts';
import { INSIDE } from '../layout.ts';

export const PROVISIONER = 'slipway.dev/folder';
const CLASS = 'standard';

export interface Claim extends KubeObject {
  spec: {
    storageClassName?: string;
    volumeName?: string;
    accessModes: string[];
    resources: { requests: { storage: string } };
  };
}

export interface Volume extends KubeObject {
  spec: { storageClassName?: string; persistentVolumeReclaimPolicy?: string; hostPath?: { path: string } };
  status?: { phase?: string };
}

/** Whether this claim waits for a folder of ours. */
export function wantsVolume({ metadata, spec }: Claim): boolean {
  return spec.storageClassName === CLASS && !spec.volumeName && !metadata.deletionTimestamp;
}

/** Whether this volume's folder is to be removed: its claim is gone, and its class said Delete. */
export function isDisused({ metadata, spec, status }: Volume): boolean {
  return (
    metadata.annotations?.['pv.kubernetes.io/provisioned-by'] === PROVISIONER &&
    spec.persistentVolumeReclaimPolicy === 'Delete' &&
    status?.phase === 'Released'
  );
}

/** The volume for a claim: bound to this very claim, in a folder that can be told by its name. */
export function volumeFor({ metadata, spec }: Claim): Volume {
  const name = `pvc-${metadata.uid}`;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, annotations: { 'pv.kubernetes.io/provisioned-by': PROVISIONER } },
    spec: {
      storageClassName: CLASS,
      persistentVolumeReclaimPolicy: 'Delete',
      accessModes: spec.accessModes,
      capacity: { storage: spec.resources.requests.storage },
      claimRef: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        namespace: metadata.namespace,
        name: metadata.name,
        uid: metadata.uid,
      },
      hostPath: {
        path: join(INSIDE.state.volumes, `${metadata.namespace}-${metadata.name}-${metadata.uid?.slice(0, 8)}`),
      },
    } as Volume['spec'],
  };
}

/** One look at all claims and volumes, and what is to be done about them. */
export async function provision(api: Pick<Api, 'call' | 'get' | 'remove'>): Promise<void> {
  const [claims, volumes] = await Promise.all([
    api.call<{ items: Claim[] }>('GET', '/api/v1/persistentvolumeclaims'),
    api.call<{ items: Volume[] }>('GET', '/api/v1/persistentvolumes'),
  ]);
  for (const claim of claims.items.filter(wantsVolume)) {
    const volume = volumeFor(claim);
    if (volumes.items.some(({ metadata }) => metadata.name === volume.metadata.name)) continue;
    const path = volume.spec.hostPath!.path;
    mkdirSync(path, { recursive: true });
    // fsGroup is not applied to folders of the host: any user of any pod that gets the volume may write.
    chmodSync(path, 0o777);
    await api.call('POST', '/api/v1/persistentvolumes', { body: volume });
    console.log(`made ${path} for ${claim.metadata.namespace}/${claim.metadata.name}`);
  }
  for (const volume of volumes.items.filter(isDisused)) {
    rmSync(volume.spec.hostPath!.path, { recursive: true, force: true });
    await api.remove(`/api/v1/persistentvolumes/${volume.metadata.name}`);
    console.log(`removed ${volume.spec.hostPath!.path}`);
  }
}
