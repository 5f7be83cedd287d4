// What a schema of single keys can't see: names that the catalogue must know, and keys that must fit each other.
import { listPlatforms } from '../images/platform.ts';
import { findSystem, systemNames } from '../systems/lookup.ts';
import { allowed, type Fault } from './faults.ts';

/**
 * The faults of a raw configuration against its system's catalogue. It takes whatever was found, so that these
 * faults are reported together with those of the schema; what has the wrong type is the schema's to report.
 */
export function checkCombinations(raw: Record<string, unknown>): Fault[] {
  const faults: Fault[] = [];
  checkCluster(raw, faults);
  checkRegistry(raw, faults);
  checkEmulation(raw, faults);
  checkRetention(raw, faults);
  checkGitCredentials(raw, faults);
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

function checkRegistry(raw: Record<string, unknown>, faults: Fault[]): void {
  const registry = record(raw.registry);
  if (typeof registry?.name !== 'string' || typeof registry.clusterIP !== 'string') return;
  const expected = `${registry.clusterIP}:5000`;
  if (registry.name === expected) return;
  faults.push({
    key: 'registry.name',
    message: `found "${registry.name}"; with registry.clusterIP it must be "${expected}"`,
  });
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

function checkRetention(raw: Record<string, unknown>, faults: Fault[]): void {
  if (record(raw.retention)?.cache === undefined || record(raw.serviceBuilds)?.builder !== 'kaniko') return;
  const message = 'Kaniko keeps no cache; leave it out, or build with buildkit (serviceBuilds.builder)';
  faults.push({ key: 'retention.cache', message });
}

// A host is told a token or met with a key, by its scheme.
function checkGitCredentials(raw: Record<string, unknown>, faults: Fault[]): void {
  for (const [name, value] of Object.entries(record(record(raw.git)?.credentials) ?? {})) {
    const { url, ...rest } = record(value) ?? {};
    if (typeof url !== 'string') continue;
    const given = Object.keys(rest);
    const [needed, optional] = url.startsWith('ssh:') ? [['key', 'knownHosts'], []] : [['token'], ['username']];
    const missing = needed.filter(key => !given.includes(key));
    const stray = ['token', 'username', 'key', 'knownHosts'].filter(
      key => given.includes(key) && ![...needed, ...optional].includes(key),
    );
    if (missing.length + stray.length === 0) continue;
    const scheme = url.slice(0, url.indexOf(':'));
    const expected = [...needed, ...optional.map(key => `${key} where it matters`)].join(' and ');
    const found = given.length > 0 ? given.join(', ') : 'nothing';
    faults.push({
      key: `git.credentials.${name}`,
      message: `found ${found} beside an url of ${scheme}; expected ${expected}`,
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

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}
