// What an `up` builds a stack's services from: Dockerfile and context are there, and the context is what it should be.
import { existsSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ignoreFile, visibleFiles } from '../../images/build-context.ts';
import { printSize } from '../../images/size.ts';
import type { Settings } from '../../settings/settings.ts';
import type { ServiceEntry } from '../../systems/types.ts';
import { checkout } from '../checkout.ts';
import type { Context } from '../context.ts';
import { type Check, type Finding, fault, ok, warning } from './finding.ts';

/** Of services that the stack builds itself. */
export function sourceChecks({ services }: Settings): Check[] {
  return services.map(entry => ({
    ...{ group: 'builders', name: 'context', subject: entry.name },
    ask: async ({ settings }: Context) => source(settings, entry),
  }));
}

function source({ system }: Settings, { dockerfile, context }: ServiceEntry): Finding {
  const remedy = `bring it there, or change dockerfile and context in systems/${system.name}.ts`;
  const [file, folder] = [join(checkout, dockerfile), join(checkout, context)];
  if (!existsSync(file)) return fault(`there is no ${dockerfile} in this checkout`, remedy);
  if (!existsSync(folder))
    return fault(`there is no ${context} in this checkout, the context of ${dockerfile}`, remedy);
  const sizes = visibleFiles(file, folder).map(path => ({
    path,
    size: statSync(join(folder, path), { throwIfNoEntry: false })?.size ?? 0,
  }));
  if (sizes.length === 0) {
    return fault(`a build of ${dockerfile} sees no file of ${context}`, `look into ${ignoredBy(file, folder)}`);
  }
  const [largest] = sizes.toSorted((a, b) => b.size - a.size);
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  const seen = `${dockerfile} sees ${sizes.length} ${sizes.length === 1 ? 'file' : 'files'} of ${context}, ${printSize(total)}, the largest ${largest!.path} with ${printSize(largest!.size)}`;
  const ignore = ignoreFile(file, folder);
  return ignore === undefined
    ? warning(`${seen}; no ignore file leaves anything out`, `write ${dockerfile}.dockerignore`)
    : ok(`${seen}; ${relative(checkout, ignore)} leaves out the rest`);
}

function ignoredBy(file: string, folder: string): string {
  return relative(checkout, ignoreFile(file, folder) ?? folder);
}
