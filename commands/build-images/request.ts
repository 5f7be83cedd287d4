// What a person asks for by `slipway build --system`, checked before anything is looked up or built.
import { join, resolve } from 'node:path';
import type { Platform } from '../../images/platform.ts';
import { isRegistry, isTag } from '../../images/reference.ts';
import { NEVER_MOVING, RESERVED } from '../../images/tags.ts';
import { findService, findSystem, systemNames } from '../../systems/lookup.ts';
import type { CommandBuiltSystem, ServiceEntry } from '../../systems/types.ts';
import { checkout } from '../checkout.ts';
import { isShared } from '../scan/asked.ts';

/** The options, as they are written. */
export interface ImagesCommand {
  system: string;
  registry?: string;
  tag?: string;
  builder?: string;
  /** In place of the sources in this checkout. */
  source?: string;
  mirror?: string;
  lock?: string;
  secret?: string[];
  immutable?: boolean;
  unscanned?: boolean;
  endpoints: string;
}

/** What is built, and where it goes. */
export interface ImagesRequest {
  system: string;
  services: Pick<ServiceEntry, 'name' | 'image' | 'dockerfile' | 'context'>[];
  platforms: readonly Platform[];
  /** Absolute: the folder that Dockerfiles and contexts are below. */
  root: string;
  registry: string;
  tag: string;
  /** Whether others pull from the registry. */
  shared: boolean;
  /** Whether a tag that exists stays on the image that it has. */
  immutable: boolean;
}

/** The names of the systems that a person builds. */
export const commandBuiltNames: readonly string[] = systemNames.filter(name => findSystem(name).builtBy === 'command');

/** The system called `name`, which must be one that a person builds. Throws one line that says how others are built. */
export function commandBuilt(name: string): CommandBuiltSystem {
  const system = findSystem(name);
  if (system.builtBy === 'command') return system;
  const how =
    system.builtBy === 'pipeline'
      ? 'pushes and `slipway build <stack>` build it in the cluster'
      : '`pulumi up` of a development stack builds it';
  throw new Error(`--system: ${name} is not built by a command: ${how}; there are ${commandBuiltNames.join(', ')}`);
}

/** `names`: the services; none: all. Throws one line a fault. */
export function imagesRequest(
  system: CommandBuiltSystem,
  names: readonly string[],
  { registry: given, tag = system.tag, source, immutable = false }: ImagesCommand,
  env: NodeJS.ProcessEnv,
): ImagesRequest {
  const faults: string[] = [];
  const named = [...new Set(names)].flatMap(name => {
    try {
      return [findService(system, name)];
    } catch (error) {
      faults.push((error as Error).message);
      return [];
    }
  });
  const variable = given === undefined ? env[system.registryVariable] : undefined;
  const registry = given ?? (variable || system.registry);
  if (!isRegistry(registry)) {
    const from = variable ? `$${system.registryVariable}` : '--registry';
    faults.push(`${from}: found "${registry}"; expected host or host:port, without a scheme or a path`);
  }
  if (!isTag(tag)) {
    faults.push(`--tag: found "${tag}"; expected 1 to 128 letters, digits, "_", "." and "-", a letter or digit first`);
  } else if (RESERVED.test(tag) || NEVER_MOVING.test(tag)) {
    faults.push(`--tag: found "${tag}"; tags of this form are Slipway's own, choose another`);
  }
  if (faults.length > 0) throw new Error(faults.join('\n'));
  const shared = isShared(system, [registry]);
  return {
    system: system.name,
    services: named.length > 0 ? named : system.services,
    platforms: system.platforms,
    root: source === undefined ? join(checkout, system.source) : resolve(source),
    registry,
    tag,
    // What others pull from keeps its tags; on a developer's own registry they say what is newest.
    immutable: immutable || shared,
    shared,
  };
}
