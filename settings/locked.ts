// What a stack that locks runs: what its lock names, which must be complete, and must be in the stack's registry.
import pMap from 'p-map';
import type { Digest } from '../images/digest.ts';
import { type Lock, WAITING } from '../images/lock.ts';
import type { RegistryClient } from '../images/registry.ts';
import { RegistryError, UnreachableError } from '../images/registry-errors.ts';
import { immutableTag } from '../images/tags.ts';
import type { ServiceEntry } from '../systems/types.ts';
import type { DigestSource, ServiceDigest, ServiceDigests } from './digests.ts';
import { patiently } from './patience.ts';
import type { Settings } from './settings.ts';

const PARALLEL = 16;

/**
 * The digest of each service by the lock. Throws one message where the lock has no entry for a service, and where it
 * names a digest that the registry does not have. `settings/digests.ts` says what `source` is; without a client nothing
 * is asked.
 */
export async function lockedServices(settings: Settings, source: DigestSource): Promise<ServiceDigests> {
  checkComplete(settings, source.lock);
  const services = fromLock(settings, source.lock);
  const pinned = settings.services.filter(({ name }) => services.get(name)!.state === 'pinned');
  const { client, workloads, registryDeclared, preview, running } = source;
  if (!client || pinned.length === 0) return { services, notes: [] };
  const { registry, lock: file, stack } = settings;
  // The first `up`, which declares the registry: nothing can be in it, and nothing runs that could vanish.
  if (!workloads && !registryDeclared) {
    const note = `registry ${registry.name} is not there yet, so all services are waiting; after the up: ${promotion(settings, pinned)}`;
    return { services: waiting(settings), notes: [note] };
  }
  const digestOf = ({ name }: ServiceEntry) => services.get(name)!.digest!;
  let lost: ServiceEntry[];
  try {
    lost = await patiently(source, () => lostPins(client, settings, pinned, digestOf));
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw refused(settings, error);
    if (!workloads) {
      return { services: waiting(settings), notes: [`no service runs yet, so all are waiting: ${error.message}`] };
    }
    const unseen = `it is not known whether the registry has what ${file} names`;
    if (preview) return { services, notes: [`${unseen}: ${error.message}`] };
    const fresh = pinned.filter(service => !running.get(service.name)?.endsWith(`@${digestOf(service)}`));
    if (fresh.length === 0) return { services, notes: [`${unseen}, and all of it runs already: ${error.message}`] };
    throw new Error(
      `an up rolls out no digest that it has not seen in the registry (here ${names(fresh)}); bring the registry back, then run it again: ${error.message}`,
    );
  }
  if (lost.length === 0) return { services, notes: [] };
  const lines = lost.map(service => `  ${service.image}@${digestOf(service)}`);
  throw new Error(
    [
      `${file} names ${lost.length === 1 ? 'an image that is' : `${lost.length} images that are`} not in registry ${registry.name} (${registry.endpoint}):`,
      ...lines,
      `Nothing was changed. Bring ${lost.length === 1 ? 'it' : 'them'} there: ${promotion(settings, lost)}; or go back: slipway rollback ${stack} ${names(lost)}`,
    ].join('\n'),
  );
}

/** The services as `lock` has them; one without an entry is waiting. */
export function fromLock({ services, registry }: Settings, lock: Lock): Map<string, ServiceDigest> {
  return new Map(
    services.map(({ name, image }): [string, ServiceDigest] => {
      const entry = lock.images[image];
      if (entry === undefined || entry === WAITING) return [name, { state: 'waiting' }];
      const { digest, commit } = entry;
      const reference = `${registry.name}/${image}:${immutableTag(commit, digest)}@${digest}`;
      return [name, { state: 'pinned', digest, commit, image: reference }];
    }),
  );
}

/** Every service as waiting. */
export function waiting(settings: Settings): Map<string, ServiceDigest> {
  return new Map(settings.services.map(service => [service.name, { state: 'waiting' }]));
}

// A line that is lost from a lock must not take a workload with it.
function checkComplete(settings: Settings, lock: Lock): void {
  const { services, lock: file, stack } = settings;
  const missing = services.filter(({ image }) => lock.images[image] === undefined);
  if (missing.length === 0) return;
  throw new Error(
    `${file} has no entry for ${missing.map(({ image }) => image).join(', ')}; expected a digest or the word ${WAITING} for each service that stack ${stack} runs. Run: slipway pin ${stack} ${names(missing)}, or ${promotion(settings, missing)}`,
  );
}

/** What a person who is not let in can do; any other error as it is. */
function refused({ registry, lock: file }: Settings, error: unknown): unknown {
  if (!(error instanceof RegistryError) || (error.status !== 401 && error.status !== 403)) return error;
  const host = new URL(registry.endpoint).host;
  return new Error(
    `the registry does not let this user see whether it has what ${file} names; sign in: docker login ${host} (${error.message})`,
  );
}

async function lostPins(
  client: RegistryClient,
  { registry }: Settings,
  pinned: readonly ServiceEntry[],
  digestOf: (service: ServiceEntry) => Digest,
): Promise<ServiceEntry[]> {
  // Read, not only asked for (HEAD): the bytes are checked against the digest, and Node's fetch closes its connection after
  // each HEAD, which costs more than an index does.
  const there = await pMap(
    pinned,
    service => client.manifest({ registry: registry.name, repository: service.image, digest: digestOf(service) }),
    { concurrency: PARALLEL },
  );
  return pinned.filter((_, i) => there[i] === undefined);
}

/** The command that brings images of `services` to the stack. */
export function promotion(
  { stack, promotedFrom = '<stack>' }: Pick<Settings, 'stack' | 'promotedFrom'>,
  services: readonly Pick<ServiceEntry, 'name'>[],
): string {
  return `slipway promote --from ${promotedFrom} --to ${stack} ${names(services)}`;
}

function names(services: readonly Pick<ServiceEntry, 'name'>[]): string {
  return services.map(({ name }) => name).join(' ');
}
