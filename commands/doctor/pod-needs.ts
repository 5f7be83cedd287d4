// What a pod refers to, read from a workload's template, or from the catalogue before there is one. Pure.
import type { Deployment } from '../../cluster/workload.ts';
import type { Settings } from '../../settings/settings.ts';
import type { ServiceEntry } from '../../systems/types.ts';

export interface Needs {
  /** Keys by name; of one that is taken whole, none. */
  secrets: Map<string, Set<string>>;
  configMaps: Map<string, Set<string>>;
  /** PersistentVolumeClaims. */
  claims: Set<string>;
  /** CSI drivers. */
  drivers: Set<string>;
  /** The ConfigMaps that the service's container takes whole as its environment. */
  environments: string[];
  /** Its own variables, and whether a Secret has the value. */
  variables: Map<string, { secret: boolean }>;
  /** Paths that something is mounted at in the service's container. */
  mounts: string[];
}

interface Source {
  name?: string;
  key?: string;
  optional?: boolean;
}

interface Container {
  name: string;
  envFrom?: { configMapRef?: Source; secretRef?: Source }[];
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef?: Source; configMapKeyRef?: Source } }[];
  volumeMounts?: { mountPath: string }[];
}

interface Volume {
  secret?: { secretName: string; items?: { key: string }[]; optional?: boolean };
  configMap?: Source & { items?: { key: string }[] };
  persistentVolumeClaim?: { claimName: string };
  csi?: { driver: string; nodePublishSecretRef?: Source };
}

interface PodSpec {
  initContainers?: Container[];
  containers: Container[];
  volumes?: Volume[];
}

function nothing(): Needs {
  return {
    ...{ secrets: new Map(), configMaps: new Map(), variables: new Map() },
    ...{ claims: new Set(), drivers: new Set(), environments: [], mounts: [] },
  };
}

/** What may be missing (`optional`) is no need. */
export function needsOf({ metadata, spec }: Deployment): Needs {
  const { initContainers = [], containers, volumes = [] } = spec.template.spec as PodSpec;
  const needs = nothing();
  for (const container of [...initContainers, ...containers]) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      add(needs.configMaps, configMapRef);
      add(needs.secrets, secretRef);
    }
    for (const { valueFrom } of container.env ?? []) {
      add(needs.secrets, valueFrom?.secretKeyRef);
      add(needs.configMaps, valueFrom?.configMapKeyRef);
    }
  }
  for (const { secret, configMap, persistentVolumeClaim, csi } of volumes) {
    if (secret) add(needs.secrets, { ...secret, name: secret.secretName }, secret.items);
    add(needs.configMaps, configMap, configMap?.items);
    add(needs.secrets, csi?.nodePublishSecretRef);
    if (persistentVolumeClaim) needs.claims.add(persistentVolumeClaim.claimName);
    if (csi) needs.drivers.add(csi.driver);
  }
  const own = containers.find(({ name }) => name === metadata.name) ?? containers[0]!;
  needs.environments = (own.envFrom ?? []).flatMap(({ configMapRef }) => configMapRef?.name ?? []);
  for (const { name, valueFrom } of own.env ?? []) needs.variables.set(name, { secret: !!valueFrom?.secretKeyRef });
  needs.mounts = (own.volumeMounts ?? []).map(({ mountPath }) => mountPath);
  return needs;
}

/** What a service needs that its stack does not declare itself. */
export function undeclaredNeeds(
  { secrets, volumes }: Settings,
  { secretEnv = {}, secretFiles = {}, data = {} }: ServiceEntry,
): Needs {
  const needs = nothing();
  for (const { secret, key } of [...Object.values(secretEnv), ...Object.values(secretFiles)])
    if (!(secret in secrets)) add(needs.secrets, { name: secret, key });
  for (const name of Object.keys(data)) {
    const { claim, csi } = volumes[name]!;
    if (claim !== undefined) needs.claims.add(claim);
    if (csi) needs.drivers.add(csi.driver);
  }
  return needs;
}

function add(to: Map<string, Set<string>>, source: Source | undefined, items: { key: string }[] = []): void {
  if (source?.name === undefined || source.optional) return;
  const keys = to.get(source.name) ?? new Set();
  for (const { key } of source.key === undefined ? items : [{ key: source.key }]) keys.add(key);
  to.set(source.name, keys);
}
