// What the registry holds, by its own list: `/v2/_catalog` as a person would ask it.
import { RegistryError } from '../../images/registry-errors.ts';
import type { Settings } from '../../settings/settings.ts';
import { type Context, NotAsked } from '../context.ts';
import { type Check, type Finding, ok } from './finding.ts';

export const catalogueCheck: Check = { group: 'registry', name: 'catalogue', ask: catalogue };

const REFUSED = [401, 403];

/** The repositories of a stack's bases and services, each once. */
export function repositoriesOf({ bases, services }: Settings): string[] {
  return [...new Set([...bases.map(({ repository }) => repository), ...services.map(({ image }) => image)])];
}

// What is missing is `images service`'s to judge: it knows who builds it.
async function catalogue(context: Context): Promise<Finding> {
  const { registry } = context.settings;
  const client = await context.registry();
  const listed = await client.repositories(registry.name).catch(error => {
    if (error instanceof RegistryError && REFUSED.includes(error.status)) return undefined;
    throw error;
  });
  if (!listed) throw new NotAsked(`${registry.name} shows no list of its repositories; each is asked for by its name`);
  const wanted = repositoriesOf(context.settings);
  const there = wanted.filter(repository => listed.includes(repository));
  const absent = wanted.filter(repository => !listed.includes(repository));
  const others = listed.length - there.length;
  return ok(
    [
      `${there.length} of the stack's ${wanted.length} repositories: ${there.join(', ') || 'none'}`,
      ...(absent.length > 0 ? [`not there: ${absent.join(', ')}`] : []),
      ...(others > 0 ? [`${others} of others`] : []),
    ].join('; '),
  );
}
