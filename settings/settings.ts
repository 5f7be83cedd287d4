// A stack's settings: read once, every fault reported at once, then complete (defaults and catalogue filled in).
import { didYouMean } from '../images/nearest.ts';
import type { Platform } from '../images/platform.ts';
import { findBase, findService, findSystem } from '../systems/lookup.ts';
import type { BaseEntry, ServiceEntry, System } from '../systems/types.ts';
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
  | 'variant';

export type Settings = Omit<Configuration, Catalogued | 'digests' | 'webhookSecret'> & {
  stack: string;
  system: System;
  /** As the stack runs them: the catalogue's entries with what the stack overrides. */
  services: ServiceEntry[];
  platforms: Platform[];
  /** Those of the stack's platforms that nodes of the cluster have. */
  nodePlatforms: Platform[];
  /** Namespace of the workloads. */
  namespace: string;
  /** Path of the lock, relative to the checkout or absolute. */
  lock: string;
  /** The branch that the stack builds. */
  branch: string;
  /** None in a stack that builds nothing. */
  bases: BaseEntry[];
  /** Tag of the base of an image that the catalogue does not know; the stack builds it. */
  variant: string;
  /** Tag of the base that a service is built on. */
  variantOf: (service: string) => string;
} & ({ digests: 'track'; webhookSecret: string } | { digests: 'lock'; webhookSecret?: string });

/** Those of a stack that builds. */
export type TrackSettings = Extract<Settings, { digests: 'track' }>;

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
  const open = keys.filter(({ name, secret }) => secret && raw[name] !== undefined && !isEncrypted(name));
  const faults = [
    ...strayNamespaces(values),
    ...(parsed.error ? faultsOf(parsed.error.issues, raw) : []),
    ...open.map(({ name }) => plainSecret(name)),
    ...checkCombinations(raw),
  ];
  if (!parsed.success || faults.length > 0) throw new SettingsError(stack, faults);

  const { system: systemName, services, replicas, overrides, platforms, nodePlatforms, bases, ...rest } = parsed.data;
  const { lock, namespace: own, branch, variant, variants, digests, webhookSecret, ...plain } = rest;
  const system = findSystem(systemName);
  const entries = services?.map(name => findService(system, name)) ?? system.services;
  const built = bases?.map(tag => findBase(system, tag)) ?? system.bases;
  const chosen = platforms ?? system.platforms;
  return {
    ...plain,
    ...(digests === 'track' ? { digests, webhookSecret: webhookSecret! } : { digests }),
    stack,
    system,
    services: entries.map(entry => overridden(entry, overrides[entry.name], replicas)),
    platforms: chosen,
    nodePlatforms: nodePlatforms ?? chosen,
    namespace: own ?? system.namespace,
    lock: lockPath(stack, lock),
    branch: branch ?? system.repository.branch,
    bases: digests === 'track' ? built : [],
    variant: variant ?? (built.find(({ tag }) => tag === system.base) ?? built[0]!).tag,
    variants,
    variantOf: service =>
      variants[service] ?? variant ?? entries.find(({ name }) => name === service)?.base ?? system.base,
  };
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
