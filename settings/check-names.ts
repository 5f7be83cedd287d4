// Names in a configuration that the catalogue, or the stack's own choice from it, must know.
import { limitFaults } from '../systems/service-rules.ts';
import type { PipelineSystem, ServiceEntry, System } from '../systems/types.ts';
import { allowed, type Fault } from './faults.ts';
import { record, strings } from './raw.ts';
import { type Override, overriddenResources } from './services.ts';

export function checkNames(raw: Record<string, unknown>, system: System, faults: Fault[]): void {
  const names = system.services.map(({ name }) => name);
  const chosen = strings(raw.services).filter(name => names.includes(name));
  const running = system.services.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
  const runningNames = running.map(({ name }) => name);
  checkList('services', raw.services, names, faults);
  for (const service of Object.keys(record(record(raw.ingress)?.hosts) ?? {}))
    checkName(`ingress.hosts.${service}`, service, runningNames, faults);
  for (const [service, override] of Object.entries(record(raw.overrides) ?? {})) {
    const entry = running.find(({ name }) => name === service);
    if (!entry) checkName(`overrides.${service}`, service, runningNames, faults);
    else checkOverride(`overrides.${service}`, record(override) ?? {}, entry, faults);
  }
  if (raw.digests === 'lock') return;
  if (system.builtBy === 'pipeline') checkBases(raw, system, runningNames, faults);
  else
    for (const service of Object.keys(record(raw.buildArgs) ?? {}))
      checkName(`buildArgs.${service}`, service, runningNames, faults);
}

function checkBases(
  raw: Record<string, unknown>,
  system: PipelineSystem,
  names: readonly string[],
  faults: Fault[],
): void {
  const tags = system.bases.map(({ tag }) => tag);
  const chosen = strings(raw.bases).filter(tag => tags.includes(tag));
  const built = chosen.length > 0 ? chosen : tags;
  checkList('bases', raw.bases, tags, faults);
  const variants = record(raw.variants) ?? {};
  if (typeof raw.variant === 'string') checkName('variant', raw.variant, built, faults);
  else if (raw.variant === undefined) {
    const without = system.services
      .filter(({ name }) => names.includes(name) && variants[name] === undefined)
      .map(({ base = system.base }) => base)
      .find(base => !built.includes(base));
    const message = `missing; the catalogue has services on "${without}", which the stack does not build; ${allowed('', built)}`;
    if (without !== undefined) faults.push({ key: 'variant', message });
  }
  for (const [service, variant] of Object.entries(variants)) {
    checkName(`variants.${service}`, service, names, faults);
    if (typeof variant === 'string') checkName(`variants.${service}`, variant, built, faults);
  }
  for (const base of Object.keys(record(raw.buildArgs) ?? {})) checkName(`buildArgs.${base}`, base, built, faults);
}

function checkOverride(key: string, override: Record<string, unknown>, entry: ServiceEntry, faults: Fault[]): void {
  const autoscale = record(override.autoscale);
  if (autoscale && override.replicas !== undefined)
    faults.push({ key, message: 'both replicas and autoscale; a number of pods is either fixed or follows the load' });
  const { min, max } = autoscale ?? {};
  if (typeof min === 'number' && typeof max === 'number' && min >= max)
    faults.push({ key: `${key}.autoscale`, message: `found min ${min} and max ${max}; expected min below max` });
  const resources = record(override.resources);
  if (!resources) return;
  const amounts = (part: unknown) =>
    Object.fromEntries(Object.entries(record(part) ?? {}).filter(([, amount]) => typeof amount === 'string'));
  const merged = overriddenResources(entry.resources, {
    requests: amounts(resources.requests),
    limits: amounts(resources.limits),
  } as Override['resources']);
  for (const { path, found, expected } of limitFaults(merged))
    faults.push({ key: `${key}.resources.${path}`, message: `found "${found}"; expected ${expected}` });
}

function checkList(key: string, value: unknown, names: readonly string[], faults: Fault[]): void {
  const list = strings(value);
  for (const [i, found] of list.entries()) {
    if (list.indexOf(found) < i) faults.push({ key: `${key}[${i}]`, message: `found "${found}" a second time` });
    else checkName(`${key}[${i}]`, found, names, faults);
  }
}

function checkName(key: string, found: string, names: readonly string[], faults: Fault[]): void {
  if (names.includes(found)) return;
  const digest = /@|sha256:/.test(found) ? 'a name is expected here, and no digest; ' : '';
  faults.push({ key, message: `found "${found}"; ${digest}${allowed(found, names)}` });
}
