// What services need of the cluster that the stack does not declare: Secrets with their keys, claims. What is missing would
// show in a pod's events only, minutes later.
import type { Kube } from '../cluster/kube.ts';
import { KubeError } from '../cluster/kube-error.ts';
import { secretKeys, setSecret } from '../settings/check-workloads.ts';
import type { Settings } from '../settings/settings.ts';

interface Secret {
  data?: Record<string, string>;
}

/** Throws one message with all that is missing; gives notes on what could not be looked at. */
export async function checkNeeds(kube: Kube, settings: Settings): Promise<string[]> {
  const { stack, namespace, services, secrets, volumes } = settings;
  const existing = [...secretKeys(services)].filter(([name]) => secrets[name] === undefined);
  const read = new Set(services.flatMap(({ data = {} }) => Object.keys(data)));
  const claims = Object.entries(volumes).flatMap(([name, { claim }]) => (claim && read.has(name) ? [claim] : []));
  const notes: string[] = [];
  const look = async <T>(collection: string, name: string): Promise<T | 'unseen' | undefined> => {
    try {
      return await kube.get<T>(`/api/v1/namespaces/${namespace}/${collection}/${name}`);
    } catch (error) {
      if (!(error instanceof KubeError) || error.status !== 403) throw error;
      notes.push(`whether ${namespace} has ${name} among its ${collection} can't be seen: ${error.message}`);
      return 'unseen';
    }
  };
  const faults = await Promise.all([
    ...existing.map(async ([name, keys]) => secretFaults(settings, name, keys, await look<Secret>('secrets', name))),
    ...claims.map(async claim => {
      if (await look('persistentvolumeclaims', claim)) return [];
      return [`there is no PersistentVolumeClaim ${namespace}/${claim}; make it, or change slipway:volumes`];
    }),
  ]);
  const lines = faults.flat();
  if (lines.length === 0) return notes;
  const head = `stack ${stack} needs what its cluster does not have. Nothing was changed:`;
  throw new Error([head, ...lines].join('\n  '));
}

function secretFaults(
  { namespace }: Settings,
  name: string,
  keys: ReadonlySet<string>,
  found: Secret | 'unseen' | undefined,
): string[] {
  if (found === 'unseen') return [];
  const missing = [...keys].filter(key => found?.data?.[key] === undefined);
  if (missing.length === 0) return [];
  const what = found
    ? `Secret ${namespace}/${name} has no key ${missing.join(', ')}`
    : `there is no Secret ${namespace}/${name} (${missing.join(', ')})`;
  return [`${what}; make it, or let the stack do so: ${setSecret(name, missing[0]!)}`];
}
