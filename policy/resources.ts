// The rules of what a container may use: the scheduler must know what it asks for, the kernel what it may take.
import { podsIn } from './pods.ts';
import { fieldsOf, type Resource, unknown, type Value } from './resource.ts';
import type { Finding, Rule } from './rule.ts';

const requests: Rule = {
  name: 'requests',
  keeps: 'every container asks for cpu and memory, so that a node is not given more than it has',
  find: resource => missing(resource, 'requests', ['cpu', 'memory']),
};

const limits: Rule = {
  name: 'limits',
  // Not the processor's time: a limit there only makes a container wait while the node idles.
  keeps: 'every container has a limit of memory, so that a leak ends it and not its neighbours',
  find: resource => missing(resource, 'limits', ['memory']),
};

export const resourceRules: readonly Rule[] = [requests, limits];

function missing(resource: Resource, section: string, wanted: string[]): Finding[] {
  return podsIn(resource).flatMap(pod =>
    pod.containers.flatMap(({ resources }) => {
      if (!resources) return [];
      const there = fieldsOf(resources.fields[section]);
      return wanted
        .filter(key => !isQuantity(there[key]))
        .map(key => ({
          path: `${resources.path}.${section}.${key}`,
          found: 'nothing',
          allowed: `a quantity, for example ${key === 'cpu' ? '50m' : '128Mi'}`,
          remedy: 'set it where the container is declared (a service: resources in the catalogue)',
        }));
    }),
  );
}

function isQuantity(value: Value | undefined): boolean {
  return typeof value === 'number' || value === unknown || (typeof value === 'string' && value !== '');
}
