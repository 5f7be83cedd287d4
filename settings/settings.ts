// A stack's settings: read once, every fault reported at once, then complete (defaults and catalogue filled in).
import type { Platform } from '../images/platform.ts';
import { findBase, findService, findSystem } from '../systems/lookup.ts';
import type { BaseEntry, ServiceEntry, System } from '../systems/types.ts';
import { checkCombinations } from './checks.ts';
import { type Fault, faultsOf } from './faults.ts';
import { type Configuration, schema } from './schema.ts';

/** The namespace of the keys in a stack file, which is the project's name. */
export const namespace = 'slipway';

export type Settings = Omit<Configuration, 'system' | 'services' | 'bases' | 'platforms' | 'lock' | 'branch'> & {
  stack: string;
  system: System;
  services: ServiceEntry[];
  bases: BaseEntry[];
  platforms: Platform[];
  /** Path of the lock, relative to the checkout or absolute. */
  lock: string;
  /** The branch that this stack builds. */
  branch: string;
  /** Tag of the base that a service is built on. */
  variantOf: (service: string) => string;
};

/** All faults of a configuration in one message, a line each. */
export class SettingsError extends Error {
  readonly faults: readonly Fault[];
  constructor(stack: string, faults: readonly Fault[]) {
    const lines = faults.map(fault => `  ${namespace}:${fault.key}: ${fault.message}`);
    super(
      `Pulumi.${stack}.yaml has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n${lines.join('\n')}`,
    );
    this.name = 'SettingsError';
    this.faults = faults;
  }
}

/**
 * The settings of `stack`. `values`: the stack's configuration as Pulumi hands it to a program, texts by full key
 * (`slipway:system`), objects and lists as JSON. Throws SettingsError with every fault.
 */
export function readSettings(stack: string, values: Readonly<Record<string, string>>): Settings {
  const raw: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(values)) {
    if (key.startsWith(`${namespace}:`)) raw[key.slice(namespace.length + 1)] = parseValue(value);
  }
  const parsed = schema.safeParse(raw);
  const faults = [...(parsed.error ? faultsOf(parsed.error.issues, raw) : []), ...checkCombinations(raw)];
  if (!parsed.success || faults.length > 0) throw new SettingsError(stack, faults);

  const { system: systemName, services, bases, platforms, lock, branch, ...rest } = parsed.data;
  const system = findSystem(systemName);
  return {
    ...rest,
    stack,
    system,
    services: services?.map(name => findService(system, name)) ?? system.services,
    bases: bases?.map(tag => findBase(system, tag)) ?? system.bases,
    platforms: platforms ?? system.platforms,
    lock: lock ?? `locks/${stack}.yaml`,
    branch: branch ?? system.repository.branch,
    variantOf: service => rest.variants[service] ?? rest.variant,
  };
}

// Only what can be an object or a list is JSON: a secret of digits stays a text.
function parseValue(value: string): unknown {
  if (!/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
