// A stack's settings: read once, every fault reported at once, then complete (defaults and catalogue filled in).
import { didYouMean } from '../images/nearest.ts';
import type { Platform } from '../images/platform.ts';
import { branchTag } from '../images/tags.ts';
import { findBase, findService, findSystem } from '../systems/lookup.ts';
import type { BaseEntry, PipelineServiceEntry, PipelineSystem, ServiceEntry, System } from '../systems/types.ts';
import { checkCombinations, plainSecret } from './checks.ts';
import { type Fault, faultsOf } from './faults.ts';
import { bare, isUnset, type Key, keys } from './keys.ts';
import { type Configuration, schema } from './schema.ts';
import { overridden } from './services.ts';

/** The namespace of the keys in a stack file, which is the project's name. */
export const namespace = 'slipway';

type Catalogued =
  | 'system'
  | 'services'
  | 'replicas'
  | 'overrides'
  | 'platforms'
  | 'nodePlatforms'
  | 'namespace'
  | 'branch'
  | 'bases'
  | 'registry'
  | 'variant';

type RegistryKeys = Configuration['registry'];

/** The stack's registry: in the cluster, declared or adopted, or outside of it. */
export type RegistrySettings = Omit<RegistryKeys, 'adopt' | 'external' | 'clusterIP' | 'endpoint' | 'outside'> & {
  endpoint: string;
} & (
    | { external: true }
    | { external: false; adopt: boolean; clusterIP: string; outside: NonNullable<RegistryKeys['outside']> }
  );

/** One that is in the cluster. */
export type InCluster = Extract<RegistrySettings, { external: false }>;

/** A base that the stack builds; `repository` is where its registry has it. */
export type StackBase = BaseEntry & { repository: string };

export type Settings = Omit<Configuration, Catalogued> & {
  stack: string;
  system: System;
  registry: RegistrySettings;
  /** As the stack runs them: the catalogue's entries with what the stack overrides, images with the registry's prefix. */
  services: ServiceEntry[];
  platforms: Platform[];
  /** Those of the stack's platforms that nodes of the cluster have. */
  nodePlatforms: Platform[];
  /** Namespace of the workloads. */
  namespace: string;
  /** Path of the lock, relative to the checkout or absolute. */
  lock: string;
  /** The tag that each build moves. */
  tag: string;
  /** The branch that a pipeline builds. */
  branch?: string;
  /** None in a stack without a pipeline. */
  bases: StackBase[];
  /** Tag of the base of an image that the catalogue does not know; a pipeline builds it. */
  variant?: string;
  /** Tag of the base that a service is built on; undefined where services have none. */
  variantOf: (service: string) => string | undefined;
};

/** Those of a stack whose services a pipeline builds. */
export type PipelineSettings = Omit<Settings, 'system' | 'services' | 'variantOf'> & {
  digests: 'track';
  system: PipelineSystem;
  services: PipelineServiceEntry[];
  webhookSecret: string;
  branch: string;
  variant: string;
  variantOf: (service: string) => string;
};

/** Whether a pipeline of the stack builds its services. */
export function hasPipeline(settings: Settings): settings is PipelineSettings {
  return settings.digests === 'track' && settings.system.builtBy === 'pipeline';
}

/** All faults of a configuration in one message, a line each. */
export class SettingsError extends Error {
  readonly faults: readonly Fault[];
  constructor(stack: string, faults: readonly Fault[]) {
    const lines = faults.map(fault => `  ${fault.namespace ?? namespace}:${fault.key}: ${fault.message}`);
    super(
      `Pulumi.${stack}.yaml has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${lines.join('\n')}`,
    );
    this.name = 'SettingsError';
    this.faults = faults;
  }
}

/**
 * The settings of `stack`. `values`: the stack's configuration as Pulumi hands it to a program, texts by full key
 * (`slipway:system`), objects and lists as JSON, with the defaults of Pulumi.yaml. `isEncrypted`: whether a key's value,
 * or a part of it, is a secret in the stack file. Throws SettingsError with every fault.
 */
export function readSettings(
  stack: string,
  values: Readonly<Record<string, string>>,
  isEncrypted: (key: string) => boolean = () => true,
): Settings {
  const raw = readValues(values);
  const parsed = schema.safeParse(raw);
  const open = keys.filter(({ name, secret }) => secret && hasText(raw[name]) && !isEncrypted(name));
  const faults = [
    ...strayNamespaces(values),
    ...(parsed.error ? faultsOf(parsed.error.issues, raw) : []),
    ...open.map(({ name }) => plainSecret(name)),
    ...checkCombinations(raw),
  ];
  if (!parsed.success || faults.length > 0) throw new SettingsError(stack, faults);

  const { system: systemName, services, replicas, overrides, platforms, nodePlatforms, bases, ...rest } = parsed.data;
  const { lock, namespace: own, branch, variant, variants, registry, ...plain } = rest;
  const system = findSystem(systemName);
  const entries = services?.map(name => findService(system, name)) ?? system.services;
  const chosen = platforms ?? system.platforms;
  return {
    ...plain,
    stack,
    system,
    registry: registryOf(registry),
    services: entries.map(entry => ({
      ...overridden(entry, overrides[entry.name], replicas),
      image: repositoryIn(registry, entry.image),
    })),
    platforms: chosen,
    nodePlatforms: nodePlatforms ?? chosen,
    namespace: own ?? system.namespace,
    lock: lockPath(stack, lock),
    variants,
    ...builds(system, parsed.data),
  };
}

/** A repository as the stack's registry has it. */
export function repositoryIn({ prefix }: Pick<RegistryKeys, 'prefix'>, repository: string): string {
  return prefix === undefined ? repository : `${prefix}/${repository}`;
}

// The checks have seen to it that a registry in the cluster has all that it needs.
function registryOf({ external, adopt, clusterIP, endpoint, outside, ...rest }: RegistryKeys): RegistrySettings {
  if (external) return { ...rest, external, endpoint: endpoint ?? `https://${rest.name}` };
  return { ...rest, external, adopt, clusterIP: clusterIP!, endpoint: endpoint!, outside: outside! };
}

function builds(
  system: System,
  { branch, bases, variant, variants, digests, registry }: Configuration,
): Pick<Settings, 'tag' | 'branch' | 'bases' | 'variant' | 'variantOf'> {
  if (system.builtBy !== 'pipeline') return { tag: system.tag, bases: [], variantOf: () => undefined };
  const built = bases?.map(tag => findBase(system, tag)) ?? system.bases;
  const builtBranch = branch ?? system.repository.branch;
  return {
    tag: branchTag(builtBranch),
    branch: builtBranch,
    bases:
      digests === 'track'
        ? built.map(base => ({ ...base, repository: repositoryIn(registry, system.baseRepository) }))
        : [],
    variant: variant ?? (built.find(({ tag }) => tag === system.base) ?? built[0]!).tag,
    variantOf: service =>
      variants[service] ?? variant ?? system.services.find(({ name }) => name === service)?.base ?? system.base,
  };
}

/** Whether there is anything to hide: a Secret may be named before its keys have values. */
function hasText(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined;
  return Object.values(value).some(hasText);
}

/** The path of the lock of `stack`, from what the key says. */
export function lockPath(stack: string, lock: string): string {
  return lock.replaceAll('{stack}', stack);
}

function readValues(values: Readonly<Record<string, string>>): Record<string, unknown> {
  const raw: Record<string, unknown> = {};
  for (const [full, text] of Object.entries(values)) {
    if (!full.startsWith(`${namespace}:`)) continue;
    const name = full.slice(namespace.length + 1);
    const key = keys.find(candidate => candidate.name === name);
    const value = parseValue(text, key);
    if (!key || !isUnset(key, value)) raw[name] = value;
  }
  return raw;
}

// Only what can be an object, a list or nothing is JSON: a secret of digits stays a text.
function parseValue(text: string, key?: Key): unknown {
  if (key && bare(key.type).def.type === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (!/^[[{]|^null$/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// Keys of other namespaces are those of providers, and nobody would miss a misspelt one that need not be there.
function strayNamespaces(values: Readonly<Record<string, string>>): Fault[] {
  return Object.keys(values).flatMap(full => {
    const [found = ''] = full.split(':');
    const key = full.slice(found.length + 1);
    const near = found !== namespace && didYouMean(found, [namespace]) !== '';
    return near ? [{ namespace: found, key, message: `no such key; did you mean "${namespace}:${key}"?` }] : [];
  });
}
