// Kubernetes objects as YAML documents, in an order that depends on nothing but the objects.
import * as pulumi from '@pulumi/pulumi';
import { stringify } from 'yaml';

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  [field: string]: unknown;
}

/** What others refer to goes first, so that the documents can be applied as they come. */
const order = [
  'Namespace',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ClusterRoleBinding',
  'Secret',
  'ConfigMap',
  'PersistentVolumeClaim',
  'NetworkPolicy',
  'Service',
  'PodDisruptionBudget',
  'Deployment',
  'HorizontalPodAutoscaler',
  'Ingress',
  'Task',
  'Pipeline',
];

/** `manifests` as YAML documents. */
export function printManifests(manifests: readonly Manifest[]): string {
  const rank = ({ kind }: Manifest) => (order.includes(kind) ? order.indexOf(kind) : order.length);
  const key = ({ kind, metadata }: Manifest) => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`;
  const sorted = [...manifests].sort((a, b) => rank(a) - rank(b) || (key(a) < key(b) ? -1 : 1));
  return sorted
    .map(
      ({ apiVersion, kind, metadata, ...rest }) =>
        `---\n${stringify({ apiVersion, kind, metadata, ...rest }, { lineWidth: 0, aliasDuplicateObjects: false })}`,
    )
    .join('');
}

/** `value` with a mark in place of every text that Pulumi was told is secret. */
export function withoutSecrets(value: unknown): unknown {
  if (pulumi.runtime.isRpcSecret(value)) return marked(pulumi.runtime.unwrapRpcSecret(value));
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null || pulumi.isUnknown(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]));
}

function marked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(marked);
  if (typeof value !== 'object' || value === null) return '(secret)';
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, marked(item)]));
}
