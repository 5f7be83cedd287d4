// The environment that a service's container takes from ConfigMaps, as the cluster has it now.
import type { Context } from '../context.ts';
import type { Needs } from './pod-needs.ts';

/** Of several, the last that has a variable gives its value; one that is not there gives none. */
export async function environmentOf(
  context: Context,
  { environments }: Pick<Needs, 'environments'>,
): Promise<Record<string, string>> {
  const kube = await context.kube();
  const { namespace } = context.settings;
  const maps = await Promise.all(
    environments.map(name => kube.get(`/api/v1/namespaces/${namespace}/configmaps/${name}`)),
  );
  return Object.assign({}, ...maps.map(map => map?.data ?? {}));
}
