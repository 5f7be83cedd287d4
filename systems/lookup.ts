// Finding an entry of a catalogue by name, with an error that lists what there is.

import { didYouMean } from '../images/nearest.ts';
import { aiStack } from './ai-stack.ts';
import { cerebral } from './cerebral.ts';
import { checkCatalogue } from './check.ts';
import { cybermesh } from './cybermesh.ts';
import type { BaseEntry, PipelineSystem, System } from './types.ts';

const systems: readonly System[] = [cerebral, cybermesh, aiStack];

/** The names of all systems, in the order of their catalogues. */
export const systemNames: readonly string[] = systems.map(system => system.name);

/** The system called `name`. Throws one line that lists the systems, or every fault of the catalogue, a line each. */
export function findSystem(name: string): System {
  const system = find('system', name, systems, ({ name }) => name);
  checkCatalogue(system);
  return system;
}

/** The service called `name`. Throws one line that lists the system's services. */
export function findService<S extends System>(system: S, name: string): S['services'][number] {
  const services: readonly S['services'][number][] = system.services;
  return find(`service of ${system.name}`, name, services, service => service.name);
}

/** The base image with tag `tag`. Throws one line that lists the system's bases. */
export function findBase(system: PipelineSystem, tag: string): BaseEntry {
  return find(`base of ${system.name}`, tag, system.bases, base => base.tag);
}

function find<T>(what: string, wanted: string, entries: readonly T[], nameOf: (entry: T) => string): T {
  const entry = entries.find(candidate => nameOf(candidate) === wanted);
  if (entry) return entry;
  const names = entries.map(nameOf);
  throw new Error(`"${wanted}" is no ${what}; there are ${names.join(', ')}${didYouMean(wanted, names)}`);
}
