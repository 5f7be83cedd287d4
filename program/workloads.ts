// The services of a stack with all that they need of it: their images, Secrets, data, what they may reach, and who judges
// their rollouts.
import * as pulumi from '@pulumi/pulumi';
import type { Image } from '../components/image.ts';
import type { WorkloadNamespace } from '../components/namespace.ts';
import { Service } from '../components/service.ts';
import type { Egress } from '../components/service-network.ts';
import type { ServiceDigest } from '../settings/digests.ts';
import { hasPipeline, type Settings } from '../settings/settings.ts';
import type { ServiceEntry } from '../systems/types.ts';
import { bucketKeys, sourceOf } from './data-volumes.ts';
import { serviceIngress } from './ingress.ts';

export interface WorkloadsArgs {
  settings: Settings;
  namespace: WorkloadNamespace;
  /** What each service runs, by name: as the tags or the lock say, */
  digests: ReadonlyMap<string, ServiceDigest>;
  /** or as the stack has built it. */
  images: ReadonlyMap<string, Image>;
  /** The step image, where data is copied. */
  stepImage?: Image;
}

export function declareServices(
  { settings, namespace: { namespace, pullSecret, secretVersions }, digests, images, stepImage }: WorkloadsArgs,
  options: pulumi.ComponentResourceOptions,
): { entry: ServiceEntry; service: Service }[] {
  return settings.services.map(entry => {
    const { image } = digests.get(entry.name)!;
    const { reaches, required: _, data = {}, ...own } = entry;
    const service = new Service(
      entry.name,
      {
        ...own,
        namespace,
        image: images.get(entry.name)?.reference ?? image,
        pullSecret,
        secretVersions: versionsOf(entry, secretVersions),
        data: Object.entries(data).map(([name, path]) => ({ name, path, source: sourceOf(settings, name) })),
        stepImage: stepImage?.reference,
        egress: reaches && egressOf(settings, reaches),
        rolloutTimeout: settings.rolloutTimeout,
        judgedBy: hasPipeline(settings) ? undefined : settings.cluster.context,
        ingress: serviceIngress(settings.ingress, entry.name),
      },
      options,
    );
    return { entry, service };
  });
}

/** The Secrets that a stack declares, as values that no state and no log shows. */
export function declaredSecrets(settings: Settings): Record<string, Record<string, pulumi.Output<string>>> {
  const own = Object.entries(settings.secrets).map(([name, keys]) => [
    name,
    Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, pulumi.secret(value)])),
  ]);
  return { ...Object.fromEntries(own), ...bucketKeys(settings) };
}

function versionsOf(
  { secretEnv = {}, secretFiles = {} }: ServiceEntry,
  versions: Record<string, pulumi.Output<string>>,
): Record<string, pulumi.Output<string>> {
  const read = [...Object.values(secretEnv), ...Object.values(secretFiles)].map(({ secret }) => secret);
  return Object.fromEntries(Object.entries(versions).filter(([name]) => read.includes(name)));
}

function egressOf({ network }: Settings, reaches: readonly string[]): Egress {
  const named = reaches.filter(to => to !== 'peers');
  return { peers: reaches.includes('peers'), to: named.map(to => network[to]!) };
}
