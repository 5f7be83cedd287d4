// Names of the objects that every stack declares, and that others than their components look for.
import type { Platform } from '../images/platform.ts';

/**
 * The manager of the fields that Pulumi writes. By default its name is random and lives in state only; the pipeline's
 * rollout writes to the same Deployments, and a conflict must name who wrote what.
 */
export const fieldManager = 'slipway';

/** Deployment, ConfigMap, Secret and volume of the registry. */
export const registryWorkload = 'registry';

/** Tekton's namespace, where the teams' own runs live. */
export const pipelineNamespace = 'tekton-pipelines';
export const buildTaskName = 'slipway-build';
export const rolloutTaskName = 'slipway-rollout';
/** Deployment and Service that take pushes. */
export const listenerName = 'slipway-push';

/** The keys to the bucket that a volume's data is copied from. */
export function bucketKeysSecret(volume: string): string {
  return `${volume}-bucket-keys`;
}

/** Builders need rights that the pipeline's own namespace lets no pod have. */
export const buildNamespace = 'slipway-build';
/** The daemons' own certificate, in their namespace, and that of their clients, in the pipeline's. */
export const daemonSecretName = 'buildkitd';
export const clientSecretName = 'buildkit-client';
/** Kaniko's service account, in the builders' namespace. */
export const kanikoName = 'kaniko';

/** Deployment and Service of the daemon that builds for a platform. */
export function daemonName(platform: Platform): string {
  return `buildkitd-${architectureOf(platform)}`;
}

/** `amd64`, `arm-v7`: the platform as a part of a name. */
export function architectureOf(platform: Platform): string {
  return platform.split('/').slice(1).join('-');
}
