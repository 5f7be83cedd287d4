// What a schema of single keys can't see: names that the catalogue must know, and keys that must fit each other.
import { listPlatforms } from '../images/platform.ts';
import { findSystem, systemNames } from '../systems/lookup.ts';
import { checkRegistry } from './checks-registry.ts';
import { allowed, type Fault } from './faults.ts';
import { record, strings } from './raw.ts';

/**
 * The faults of a raw configuration against its system's catalogue. It takes whatever was found, so that these
 * faults are reported together with those of the schema; what has the wrong type is the schema's to report.
 */
export function checkCombinations(raw: Record<string, unknown>): Fault[] {
  const faults: Fault[] = [];
  checkCluster(raw, faults);
  checkRegistry(raw, faults);
  checkEmulation(raw, faults);
  if (typeof raw.system === 'string' && systemNames.includes(raw.system)) checkCatalogue(raw, raw.system, faults);
  return faults;
}

function checkCluster(raw: Record<string, unknown>, faults: Fault[]): void {
  const cluster = record(raw.cluster);
  if (!cluster || cluster.uid !== undefined || cluster.server !== undefined) return;
  const message =
    'neither uid nor server; a context is a name on one machine only, so one of both must say which cluster it is';
  faults.push({ key: 'cluster', message });
}

function checkEmulation(raw: Record<string, unknown>, faults: Fault[]): void {
  const platforms = strings(raw.platforms);
  for (const [i, platform] of strings(record(raw.serviceBuilds)?.emulate).entries()) {
    if (platforms.length === 0 || platforms.includes(platform)) continue;
    faults.push({
      key: `serviceBuilds.emulate[${i}]`,
      message: `found "${platform}"; the stack's platforms are ${listPlatforms(platforms)}`,
    });
  }
}

function checkCatalogue(raw: Record<string, unknown>, name: string, faults: Fault[]): void {
  const system = findSystem(name);
  const services = system.services.map(service => service.name);
  const bases = system.bases.map(base => base.tag);
  const built = strings(raw.bases).length > 0 ? strings(raw.bases).filter(tag => bases.includes(tag)) : bases;
  const check = (key: string, found: string, names: readonly string[]) => {
    if (!names.includes(found)) faults.push({ key, message: `found "${found}"; ${allowed(found, names)}` });
  };
  each(raw.services, 'services', faults, (key, found) => check(key, found, services));
  each(raw.bases, 'bases', faults, (key, found) => check(key, found, bases));
  check('variant', typeof raw.variant === 'string' ? raw.variant : 'cuda', built);
  for (const [service, variant] of Object.entries(record(raw.variants) ?? {})) {
    check(`variants.${service}`, service, services);
    if (typeof variant === 'string') check(`variants.${service}`, variant, built);
  }
  for (const base of Object.keys(record(raw.buildArgs) ?? {})) check(`buildArgs.${base}`, base, built);
  const platforms = strings(raw.platforms);
  const missing = platforms.length > 0 ? system.platforms.filter(platform => !platforms.includes(platform)) : [];
  if (missing.length > 0) {
    const message = `found ${listPlatforms(platforms)}; the images of ${name} need ${listPlatforms(missing)} too: one tag serves every machine of the teams`;
    faults.push({ key: 'platforms', message });
  }
}

function each(value: unknown, key: string, faults: Fault[], check: (key: string, found: string) => void): void {
  const list = strings(value);
  for (const [i, found] of list.entries()) {
    if (list.indexOf(found) < i) faults.push({ key: `${key}[${i}]`, message: `found "${found}" a second time` });
    else check(`${key}[${i}]`, found);
  }
}
