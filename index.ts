// The program: settings → cluster → registry → base images → pipeline → services → outputs. Wiring, and nothing else.
import * as pulumi from '@pulumi/pulumi';
import { DigestAdmission } from './components/admission.ts';
import { clusterProvider } from './components/cluster.ts';
import type { Image } from './components/image.ts';
import { WorkloadNamespace } from './components/namespace.ts';
import './components/stack-traces.ts';
import { registryImage } from './components/upstream.ts';
import type { Endpoint } from './images/endpoints.ts';
import { parseLock } from './images/lock.ts';
import { buildingNamespaces, declareBuilds } from './program/builds.ts';
import { copiesData } from './program/data-volumes.ts';
import { inOneLine } from './program/errors.ts';
import { imageBuilder, serviceImages, stepImage } from './program/images.ts';
import { openCluster } from './program/open-cluster.ts';
import { checkRegistry, declareRegistry, loginOf } from './program/registry.ts';
import { roomNotes } from './program/room.ts';
import { stackSettings } from './program/stack-settings.ts';
import { declaredSecrets, declareServices } from './program/workloads.ts';
import { thisMachine, type World } from './program/world.ts';
import { resolveServices } from './settings/digests.ts';
import { hasPipeline, repositoryIn } from './settings/settings.ts';
import { pinnedUpstream } from './settings/upstream.ts';

/**
 * Declares the stack; gives its outputs, which a rollout leaves as they are: a preview after it shows no change. Pulumi
 * calls it without arguments.
 */
export default function slipway(world: World = thisMachine): Promise<Record<string, unknown>> {
  return inOneLine(() => declare(world));
}

async function declare(world: World): Promise<Record<string, unknown>> {
  const settings = stackSettings();
  const { system, registry } = settings;
  const pipeline = hasPipeline(settings) ? settings : undefined;
  const building = pipeline !== undefined || settings.digests === 'build';
  const outside: Endpoint = { name: registry.name, aliases: registry.aliases, url: registry.endpoint };
  // Only the images wait for it; what it throws is thrown there.
  const prepared = building ? world.prepareBuilds() : Promise.resolve();
  prepared.catch(() => {});
  const [lock, cluster] = await Promise.all([
    world.readText(settings.lock).then(text => parseLock(text, settings.lock)),
    openCluster(world, settings),
    world.checkBuilds(settings),
  ]);
  const client = await world.cluster?.registry(outside);
  if (client) await checkRegistry(settings, cluster.registryService, client);
  const preview = pulumi.runtime.isDryRun();
  const patience = { tries: 20, milliseconds: 3000, say: (text: string) => void pulumi.log.warn(text) };
  const [{ services: digests, notes }, room] = await Promise.all([
    resolveServices(settings, { lock, client, ...cluster, preview, patience }),
    client && cluster.registryDeclared && pipeline && !preview
      ? roomNotes(client, registry.name, repositoryIn(registry, pipeline.system.baseRepository))
      : [],
  ]);
  for (const note of [...cluster.notes, ...notes, ...room]) await pulumi.log.warn(note);

  const upstream = (reference: string): pulumi.Input<string> => {
    try {
      return pinnedUpstream(lock, settings.lock, reference);
    } catch (error) {
      if (world.unpinned) return world.unpinned(error as Error);
      throw error;
    }
  };
  const provider = clusterProvider(settings.cluster.context, cluster.uid);
  const onCluster = { provider };

  const registryComponent = declareRegistry(
    settings,
    { image: () => upstream(registryImage), allowFrom: pipeline ? buildingNamespaces : [] },
    onCluster,
  );
  const afterRegistry = registryComponent ? [registryComponent] : [];
  const login = loginOf(settings);

  const workloads = new WorkloadNamespace(
    system.name,
    { namespace: settings.namespace, login, secrets: declaredSecrets(settings) },
    onCluster,
  );
  const { namespace } = workloads;
  await prepared;
  new DigestAdmission(`${system.name}-admission`, { namespace: settings.namespace }, onCluster);
  const image = building ? imageBuilder(settings, outside, upstream, afterRegistry) : undefined;
  const builds =
    pipeline && image && declareBuilds({ settings: pipeline, outside, login, image, upstream, namespace }, onCluster);
  const images = image && !pipeline ? serviceImages(settings, image) : new Map<string, Image>();
  const copies = !pipeline && copiesData(settings);
  const services = declareServices(
    {
      settings,
      namespace: workloads,
      digests,
      images,
      ...(copies && image && { stepImage: stepImage(settings, image) }),
    },
    { ...onCluster, dependsOn: afterRegistry },
  );
  builds?.declareDependents(services.map(({ service }) => service));
  return {
    services: Object.fromEntries(services.map(({ entry, service }) => [entry.name, service.address])),
    waiting: [...digests].filter(([, { state }]) => state === 'waiting').map(([name]) => name),
    registry: {
      inside: registry.name,
      outside: registry.external ? registry.endpoint : `https://${registry.outside.host}:${registry.outside.port}`,
      ...(registryComponent?.loadBalancer && { loadBalancer: registryComponent.loadBalancer }),
    },
    ...builds?.outputs,
  };
}
