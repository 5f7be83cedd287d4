// The program: settings → cluster → registry → base images → pipeline → services → outputs. Wiring, and nothing else.
import * as pulumi from '@pulumi/pulumi';
import { buildNamespace } from './components/build-namespace.ts';
import { buildProvider } from './components/build-provider.ts';
import { clusterProvider } from './components/cluster.ts';
import { Dependents } from './components/dependents.ts';
import { Image } from './components/image.ts';
import { WorkloadNamespace } from './components/namespace.ts';
import { Pipeline } from './components/pipeline.ts';
import { pipelineNamespace } from './components/pipeline-access.ts';
import { Registry } from './components/registry.ts';
import { Service } from './components/service.ts';
import './components/stack-traces.ts';
import { registryImage } from './components/upstream.ts';
import type { Endpoint } from './images/endpoints.ts';
import { parseLock } from './images/lock.ts';
import { pipelineBases } from './program/bases.ts';
import { declareBuilder, secretsOf } from './program/builder.ts';
import { inOneLine } from './program/errors.ts';
import { openCluster } from './program/open-cluster.ts';
import { roomNotes } from './program/room.ts';
import { thisMachine, type World } from './program/world.ts';
import { resolveServices } from './settings/digests.ts';
import { readSettings } from './settings/settings.ts';
import { mirrored, pinnedUpstream } from './settings/upstream.ts';

/**
 * Declares the stack; gives its outputs, which a rollout leaves as they are: a preview after it shows no change. Pulumi
 * calls it without arguments.
 */
export default function slipway(world: World = thisMachine): Promise<Record<string, unknown>> {
  return inOneLine(() => declare(world));
}

async function declare(world: World): Promise<Record<string, unknown>> {
  const settings = readSettings(pulumi.getStack(), pulumi.runtime.allConfig());
  const { stack, system, registry, platforms } = settings;
  const outside: Endpoint = { name: registry.name, aliases: registry.aliases, url: registry.endpoint };
  // Only the images wait for it; what it throws is thrown there.
  const prepared = world.prepareBuilds();
  prepared.catch(() => {});
  const [lock, cluster] = await Promise.all([
    world.readText(settings.lock).then(text => parseLock(text, settings.lock)),
    openCluster(world, settings),
    world.checkBuilds(settings),
  ]);
  const client = await world.cluster?.registry(outside);
  const preview = pulumi.runtime.isDryRun();
  const patience = { tries: 20, milliseconds: 3000, say: (text: string) => void pulumi.log.warn(text) };
  const [{ services: digests, notes }, room] = await Promise.all([
    resolveServices(settings, { lock, client, ...cluster, preview, patience }),
    client && cluster.registryDeclared && !preview ? roomNotes(client, registry.name, system.baseRepository) : [],
  ]);
  for (const note of [...notes, ...room]) await pulumi.log.warn(note);

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
  const builds = buildProvider();

  const registryComponent = new Registry(
    'registry',
    {
      image: upstream(registryImage),
      clusterIP: registry.clusterIP,
      storage: registry.storage,
      tls: {
        certificate: pulumi.secret(settings.registryTls.certificate),
        key: pulumi.secret(settings.registryTls.key),
      },
      htpasswd: pulumi.secret(settings.registryHtpasswd),
      allowFrom: [pipelineNamespace, buildNamespace],
      nodes: registry.nodes,
    },
    onCluster,
  );

  await prepared;
  const image = (
    name: string,
    args: { repository: string; tag: string; dockerfile: string; context: string; buildArgs?: Record<string, string> },
  ) =>
    new Image(
      name,
      {
        ...args,
        registry: outside,
        platforms,
        builder: settings.builder,
        secrets: secretsOf(settings),
        upstream: reference => pulumi.output(upstream(reference)).apply(pin => mirrored(pin, settings.mirror)),
      },
      { provider: builds, dependsOn: [registryComponent] },
    );
  const stepImage = image('step', {
    repository: 'slipway/step',
    tag: 'main',
    dockerfile: 'docker/step/Dockerfile',
    context: '.',
  });
  const bases = new Map(
    settings.bases.map(({ tag, dockerfile, context, budgetMB }) => [
      tag,
      image(`base-${tag}`, {
        repository: system.baseRepository,
        tag,
        dockerfile,
        context,
        buildArgs: { BUDGET_MB: String(budgetMB), ...settings.buildArgs[tag] },
      }),
    ]),
  );

  const builder = declareBuilder(settings, { upstream, stepImage: stepImage.reference }, onCluster);

  const workloads = new WorkloadNamespace(system.name, { namespace: system.namespace }, onCluster);
  const pipeline = new Pipeline(
    'pipeline',
    {
      stack,
      system: system.name,
      pipeline: system.pipeline,
      namespace: workloads.namespace,
      source: system.repository,
      services: settings.services,
      stepImage: stepImage.reference,
      registry: { ...outside, url: `http://${registry.name}` },
      platforms,
      bases: pipelineBases(settings, bases),
      builder,
      buildSecrets: secretsOf(settings),
      insteadOf: settings.git.insteadOf,
      rolloutTimeout: settings.rolloutTimeout,
      remedy: `pulumi up --stack ${stack}`,
      webhookSecret: pulumi.secret(settings.webhookSecret),
    },
    onCluster,
  );

  const services = settings.services.map(entry => {
    const { image } = digests.get(entry.name)!;
    const service = new Service(
      entry.name,
      { ...entry, namespace: workloads.namespace, image, rolloutTimeout: settings.rolloutTimeout },
      { ...onCluster, dependsOn: [registryComponent] },
    );
    return { entry, service };
  });
  // Last: the pipeline builds on the new bases by then, and nothing else writes to the workloads while runs roll them out.
  new Dependents(
    'dependents',
    {
      context: settings.cluster.context,
      pipeline: system.pipeline,
      system: system.name,
      namespace: workloads.namespace,
      source: system.repository,
      registry: outside,
      services: settings.services.map(entry => ({ ...entry, base: bases.get(settings.variantOf(entry.name))!.digest })),
    },
    { dependsOn: [pipeline, ...services.map(({ service }) => service)] },
  );
  return {
    services: Object.fromEntries(services.map(({ entry, service }) => [entry.name, service.address])),
    waiting: [...digests].filter(([, { state }]) => state === 'waiting').map(([name]) => name),
    bases: Object.fromEntries([...bases].map(([tag, base]) => [tag, base.reference])),
    registry: { inside: registry.name, outside: `https://${registry.outside.host}:${registry.outside.port}` },
    pipeline: pipeline.pipeline,
    listener: pipeline.listener,
  };
}
