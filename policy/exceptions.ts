// Every exception that a stack of a system has: those of the components, and those of its catalogue.
import { componentExceptions } from '../components/exceptions.ts';
import type { Exception, System } from '../systems/types.ts';

export function exceptionsOf(system: System): Exception[] {
  return [...componentExceptions, ...system.exceptions];
}
