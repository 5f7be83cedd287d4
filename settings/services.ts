// The services of a stack: the catalogue's entries, with what the stack says in their place.
import type { Resources, ServiceEntry } from '../systems/types.ts';
import type { Configuration } from './schema.ts';

export type Override = Configuration['overrides'][string];

/** `entry` as the stack runs it. `replicas`: of each service of the stack, where it says so. */
export function overridden(entry: ServiceEntry, override: Override = {}, replicas?: number): ServiceEntry {
  const { autoscale, ...rest } = entry;
  const fixed = override.replicas ?? replicas;
  const scaled = override.autoscale ?? (fixed === undefined ? autoscale : undefined);
  return {
    ...rest,
    replicas: fixed ?? entry.replicas,
    ...(scaled && { autoscale: scaled }),
    resources: overriddenResources(entry.resources, override.resources),
    env: { ...entry.env, ...override.env },
  };
}

export function overriddenResources({ requests, limits }: Resources, override: Override['resources'] = {}): Resources {
  return { requests: { ...requests, ...override.requests }, limits: { ...limits, ...override.limits } };
}
