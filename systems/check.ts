// What a catalogue must keep. It is looked at whenever a system is looked up, so that a slip in an entry is one line
// about that entry, and not a refusal by git, the registry or the cluster an hour later.
import { branchFault } from '../images/branch.ts';
import { didYouMean } from '../images/nearest.ts';
import { parsePlatform } from '../images/platform.ts';
import { isRegistry, isTag, repositoryFault } from '../images/reference.ts';
import { serviceNameFault } from './names.ts';
import { changesFault } from './paths.ts';
import {
  autoscaleFault,
  envNameFault,
  healthFault,
  mountFaults,
  portFault,
  replicasFault,
  resourceFaults,
  secretFaults,
} from './service-rules.ts';
import type { BaseEntry, PipelineSystem, ServiceEntry, System } from './types.ts';

/** Throws all faults of a catalogue in one message, a line each. */
export function checkCatalogue(system: System): void {
  const faults = catalogueFaults(system);
  if (faults.length === 0) return;
  const many = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  throw new Error(`the catalogue of ${system.name} has ${many}:\n${faults.map(fault => `  ${fault}`).join('\n')}`);
}

/** `services[1] (data-services).port: found 80; expected …`, in the order of the catalogue. */
export function catalogueFaults(system: System): string[] {
  const faults: string[] = [];
  const tags = system.builtBy === 'pipeline' ? system.bases.map(({ tag }) => tag) : [];
  const report: Report = (key, found, expected) => {
    if (expected !== undefined) faults.push(`${key}: found ${JSON.stringify(found)}; expected ${expected}`);
  };
  for (const key of ['name', 'namespace'] as const) report(key, system[key], serviceNameFault(system[key]));
  checkPlatforms(system, report);
  if (system.builtBy === 'pipeline') checkPipeline(system, tags, report);
  else report('tag', system.tag, tagFault(system.tag));
  if (system.builtBy === 'command') {
    report('source', system.source, pathFault(system.source));
    report('registry', system.registry, registryFault(system.registry));
    report('registryVariable', system.registryVariable, envNameFault(system.registryVariable));
  }
  for (const [i, service] of system.services.entries()) {
    checkService(service, (key, ...rest) => report(`services[${i}] (${service.name}).${key}`, ...rest));
  }
  faults.push(
    ...twice('bases', 'tag', tags),
    ...twice(
      'services',
      'name',
      system.services.map(({ name }) => name),
    ),
    ...twice(
      'services',
      'image',
      system.services.map(({ image }) => image),
    ),
  );
  return faults;
}

type Report = (key: string, found: unknown, expected: string | undefined) => void;

function checkPipeline(system: PipelineSystem, tags: readonly string[], report: Report): void {
  report('pipeline', system.pipeline, serviceNameFault(system.pipeline));
  report('baseRepository', system.baseRepository, imageFault(system.baseRepository));
  checkRepository(system, report);
  report('base', system.base, baseFault(system.base, tags));
  for (const [i, base] of system.bases.entries()) {
    checkBase(base, (key, ...rest) => report(`bases[${i}] (${base.tag}).${key}`, ...rest));
  }
  for (const [i, { name, changes, base }] of system.services.entries()) {
    const at = `services[${i}] (${name})`;
    if (changes.length === 0) report(`${at}.changes`, changes, 'at least one path');
    for (const [j, path] of changes.entries()) report(`${at}.changes[${j}]`, path, changesFault(path));
    if (base !== undefined) report(`${at}.base`, base, baseFault(base, tags));
  }
}

function checkPlatforms({ platforms }: System, report: Report): void {
  for (const [i, platform] of platforms.entries()) report(`platforms[${i}]`, platform, platformFault(platform));
  const distinct = new Set(platforms).size;
  if (distinct < platforms.length) report('platforms', platforms, 'each platform once');
  if (distinct < 2) {
    report(
      'platforms',
      platforms,
      'at least two, for example linux/amd64 and linux/arm64: one tag serves every machine',
    );
  }
}

function platformFault(platform: string): string | undefined {
  try {
    const normal = parsePlatform(platform);
    return normal === platform ? undefined : `its usual spelling, ${normal}`;
  } catch (error) {
    return (error as Error).message.replace(/^.*expected /, '');
  }
}

function checkRepository({ repository: { fullName, url, branch } }: PipelineSystem, report: Report): void {
  if (!/^[\w.-]+\/[\w.-]+$/.test(fullName)) report('repository.fullName', fullName, 'owner/name');
  if (!/^(?:https|ssh):\/\/\S+$/.test(url)) report('repository.url', url, 'https://… or ssh://…');
  report('repository.branch', branch, branchFault(branch));
}

function checkBase({ tag, dockerfile, context, budgetMB }: BaseEntry, report: Report): void {
  report('tag', tag, tagFault(tag));
  report('dockerfile', dockerfile, pathFault(dockerfile));
  report('context', context, pathFault(context));
  report('budgetMB', budgetMB, budgetFault(budgetMB));
}

function budgetFault(megabytes: number): string | undefined {
  return megabytes > 0 ? undefined : 'a size in MB, above 0';
}

function checkService(service: ServiceEntry, report: Report): void {
  const { name, image, port, metrics, health, replicas, budgetMB, autoscale, resources, env } = service;
  report('name', name, serviceNameFault(name));
  report('image', image, imageFault(image));
  for (const key of ['dockerfile', 'context'] as const) report(key, service[key], pathFault(service[key]));
  report('port', port, portFault(port));
  if (metrics !== undefined) report('metrics', metrics, portFault(metrics));
  report('health', health, healthFault(health));
  report('replicas', replicas, replicasFault(replicas));
  if (budgetMB !== undefined) report('budgetMB', budgetMB, budgetFault(budgetMB));
  if (autoscale) report('autoscale', autoscale, autoscaleFault(autoscale));
  for (const { path, found, expected } of resourceFaults(resources)) report(`resources.${path}`, found, expected);
  for (const variable of Object.keys(env)) report('env', variable, envNameFault(variable));
  for (const { path, found, expected } of mountFaults(service)) report(path, found, expected);
  for (const { path, found, expected } of secretFaults(service)) report(path, found, expected);
}

/** A repository of the stack's registry: which registry that is, and which digest, is not the catalogue's to say. */
function imageFault(image: string): string | undefined {
  const form = 'a repository without registry, tag or digest, for example cerebral/ai-services';
  return image.includes(':') || image.includes('@') || repositoryFault(image) !== undefined ? form : undefined;
}

function registryFault(registry: string): string | undefined {
  return isRegistry(registry) ? undefined : 'host or host:port, for example localhost:5000';
}

function tagFault(tag: string): string | undefined {
  return isTag(tag) ? undefined : 'a tag, for example cpu';
}

function baseFault(tag: string, tags: readonly string[]): string | undefined {
  return tags.includes(tag) ? undefined : `the tag of a base: ${tags.join(', ')}${didYouMean(tag, tags)}`;
}

/** Paths go from a repository's root and stay below it. */
function pathFault(path: string): string | undefined {
  const inside = path !== '' && !path.startsWith('/') && !path.includes('\\') && !path.split('/').includes('..');
  return inside ? undefined : "a path from the repository's root that stays below it";
}

function twice(list: string, key: string, values: readonly string[]): string[] {
  return values.flatMap((value, i) => {
    const first = values.indexOf(value);
    return first < i ? [`${list}[${i}].${key}: found "${value}" a second time; ${list}[${first}] has it`] : [];
  });
}
