// What all components say of a Kubernetes object in the same words.
import { createHash } from 'node:crypto';
import type k8s from '@pulumi/kubernetes';
import { fieldManager } from '../settings/objects.ts';

/** A last word on one child's arguments, for what no argument of the component covers. */
export type Transform<T> = (args: T) => T;

/** `args` as the transform leaves them. */
export function transformed<T>(args: T, transform: Transform<T> | undefined): T {
  return transform ? transform(args) : args;
}

/** Pulumi waits ten seconds for each Service to settle; its workload's wait says more. */
export const noWait = { 'pulumi.com/skipAwait': 'true' };

/** Takes fields over from other managers: where Pulumi alone says what they are. */
export const pulumiForce = { 'pulumi.com/patchForce': 'true' };

/** Metadata of an object, with its labels; `app` is what the teams select by. */
export function metadata(
  name: string,
  namespace: string | undefined,
  extra: { labels?: Record<string, string>; annotations?: Record<string, string> } = {},
): k8s.types.input.meta.v1.ObjectMeta & { labels: Record<string, string> } {
  return {
    name,
    ...(namespace !== undefined && { namespace }),
    labels: { app: name, 'app.kubernetes.io/managed-by': 'slipway', ...extra.labels },
    annotations: { 'pulumi.com/patchFieldManager': fieldManager, ...extra.annotations },
  };
}

/** The user of every container that does not need one of its own. */
export const user = 65532;

/** A container that the `restricted` pod security standard lets in, with nothing to write on but its mounts. */
export const restrictedContainer = restrictedContainerAs(user);

/** The same as a user that the image chose. */
export function restrictedContainerAs(id: number): k8s.types.input.core.v1.SecurityContext {
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    runAsUser: id,
    runAsGroup: id,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** The same for the pod, volumes included. */
export const restrictedPod = restrictedPodAs(user);

export function restrictedPodAs(id: number): k8s.types.input.core.v1.PodSecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: id,
    runAsGroup: id,
    fsGroup: id,
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

/** Labels that make a namespace refuse pods below the level. */
export function podSecurity(level: 'restricted' | 'baseline' | 'privileged'): Record<string, string> {
  return {
    'pod-security.kubernetes.io/enforce': level,
    ...(level === 'restricted' && { 'pod-security.kubernetes.io/enforce-version': 'latest' }),
  };
}

/** Peers of a NetworkPolicy: every pod of a namespace. */
export function podsOf(namespace: string): k8s.types.input.networking.v1.NetworkPolicyPeer {
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
}

/** A short fingerprint: in an annotation of a pod it restarts the pod when a mounted text changes. */
export function fingerprint(...texts: string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16);
}
