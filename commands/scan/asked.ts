// Which scans an image must pass before it goes to a registry: those of the stacks whose registry it is.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isLoopback } from '../../images/loopback.ts';
import type { ScanSettings } from '../../settings/scan.ts';
import { repositoryIn, type Settings } from '../../settings/settings.ts';
import type { System } from '../../systems/types.ts';
import { checkout } from '../checkout.ts';
import { settingsOf, stackNames } from '../stack-file.ts';

/** Where an image goes. */
export interface Target {
  registry: string;
  /** Where it is known: stacks may share a registry by their prefixes. */
  repository?: string;
  /** The system that it is built for, where it is: the registry must be one of its stacks'. */
  system?: string;
}

/** Whether others pull from a registry of a system, by all its names: one of people's own machines is the person's. */
export function isShared(system: System, names: readonly string[]): boolean {
  return system.builtBy === 'command' && !names.some(name => isLoopback(name) || name === system.registry);
}

/**
 * The scan that a stack asks for, its database by its absolute path; undefined where it asks for none and need not. Throws one
 * line where others pull from its registry and it does not say how images are scanned, or the database is not there.
 */
export function scanAskedBy({ stack, system, registry, scan }: Settings): ScanSettings | undefined {
  if (!scan) {
    if (isShared(system, [registry.name, ...registry.aliases])) throw unsaid(registry.name, system.name, stack);
    return undefined;
  }
  const database = resolve(checkout, scan.database);
  if (existsSync(database)) return { ...scan, database };
  throw new Error(
    `Pulumi.${stack}.yaml: slipway:scan.database: there is no ${scan.database}; docs/scanning.md says where databases of known vulnerabilities are, or push by --unscanned`,
  );
}

/**
 * The scans that stacks ask for of what goes to `target`, each once; none for what is no stack's. Throws as `scanAskedBy`
 * does, where no stack of the registry asks, and where a system builds for a registry that is none of its stacks'.
 */
export async function scansAskedFor(target: Target, folder = checkout): Promise<ScanSettings[]> {
  const stacks = await Promise.all(stackNames(folder).map(name => settingsOf(name, folder)));
  const own = stacks.filter(stack => isOf(target, stack));
  if (own.length === 0 && target.system !== undefined) throw unsaid(target.registry, target.system);
  const asking = own.filter(({ scan }) => scan);
  const scans = (asking.length > 0 ? asking : own).flatMap(stack => scanAskedBy(stack) ?? []);
  return scans.filter((scan, i) => scans.findIndex(other => isDeepStrictEqual(other, scan)) === i);
}

function isOf({ registry, repository, system }: Target, stack: Settings): boolean {
  if (system !== undefined && system !== stack.system.name) return false;
  if (![stack.registry.name, ...stack.registry.aliases].includes(registry)) return false;
  return repository === undefined || repository.startsWith(repositoryIn(stack.registry, ''));
}

function unsaid(registry: string, system: string, stack?: string): Error {
  const where = stack === undefined ? 'the stack file whose registry it is' : `Pulumi.${stack}.yaml`;
  return new Error(
    `registry ${registry} is shared, and no stack of ${system} says how images are scanned for it: set slipway:scan.database in ${where}, or push by --unscanned`,
  );
}
