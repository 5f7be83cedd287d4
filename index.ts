// The program: settings → cluster → registry → base images → pipeline → services → outputs. Wiring, and nothing else.
import { readFile } from 'node:fs/promises';
import * as pulumi from '@pulumi/pulumi';
import type { Kube } from './cluster/kube.ts';
import { buildProvider } from './components/build-provider.ts';
import { Buildkit } from './components/buildkit.ts';
import { clusterProvider } from './components/cluster.ts';
import { normaliseModes } from './components/context-modes.ts';
import { Image } from './components/image.ts';
import { WorkloadNamespace } from './components/namespace.ts';
import { Pipeline, type PipelineBase } from './components/pipeline.ts';
import { pipelineNamespace } from './components/pipeline-access.ts';
import { Registry, registryNamespace, registryService } from './components/registry.ts';
import { Service } from './components/service.ts';
import './components/stack-traces.ts';
import { bundleSteps } from './components/step-bundle.ts';
import { buildkitImage, registryImage } from './components/upstream.ts';
import type { Endpoint } from './images/endpoints.ts';
import { type Lock, parseLock } from './images/lock.ts';
import type { RegistryClient } from './images/registry.ts';
import { checkCluster } from './settings/cluster.ts';
import { resolveServices, type ServiceDigest } from './settings/digests.ts';
import { readSettings, type Settings } from './settings/settings.ts';
import { mirrored, pinnedUpstream } from './settings/upstream.ts';

/** What the program reads of the world around it. A render has a world without cluster, registry and tool chain. */
export interface World {
  readText(file: string): Promise<string>;
  /** Absent: no cluster is asked, and digests come from the lock. */
  cluster?: { connect(context: string): Promise<Kube>; registry(endpoint: Endpoint): Promise<RegistryClient> };
  /** Makes ready what the builds take from the checkout. */
  bundleSteps(): Promise<void>;
  /** The digest of an upstream image that the lock does not pin; by default that is an error. */
  unpinned?(fault: Error): pulumi.Input<string>;
}

const thisMachine: World = {
  readText: file => readFile(file, 'utf8'),
  cluster: {
    connect: async context => (await import('./cluster/kube.ts')).fromKubeconfig(undefined, context),
    registry: async endpoint => {
      const [{ RegistryClient }, { credentialsFor }] = await Promise.all([
        import('./images/registry.ts'),
        import('./images/credentials.ts'),
      ]);
      return new RegistryClient({ endpoints: [endpoint], credentials: credentialsFor });
    },
  },
  bundleSteps: async () => {
    await bundleSteps();
    await normaliseModes('docker');
  },
};

/** Declares the stack; gives its outputs. Pulumi calls it without arguments. */
export default async function slipway(world: World = thisMachine): Promise<Record<string, unknown>> {
  try {
    return await declare(world);
  } catch (error) {
    // A message for people needs no stack trace; a fault of the program does.
    if (error instanceof Error && !/^(Type|Reference|Syntax|Range)Error$/.test(error.name))
      throw new pulumi.RunError(error.message);
    throw error;
  }
}

async function declare(world: World): Promise<Record<string, unknown>> {
  const settings = readSettings(pulumi.getStack(), pulumi.runtime.allConfig());
  const { stack, system, registry, platforms } = settings;
  const outside: Endpoint = { name: registry.name, aliases: registry.aliases, url: registry.endpoint };
  const [lock, cluster] = await Promise.all([
    readLock(world, settings),
    openCluster(world, settings),
    world.bundleSteps(),
  ]);
  const { services: digests, notes } = await resolveServices(settings, {
    lock,
    client: await world.cluster?.registry(outside),
    ...cluster,
    preview: pulumi.runtime.isDryRun(),
  });
  for (const note of notes) await pulumi.log.warn(note);

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
      allowFrom: [pipelineNamespace, 'slipway-build'],
      nodes: registry.nodes,
    },
    onCluster,
  );
  const buildkit = new Buildkit(
    'buildkit',
    {
      image: upstream(buildkitImage),
      platforms,
      emulate: settings.buildkit.emulate,
      insecureRegistries: [registry.name, ...registry.aliases],
      clientNamespace: pipelineNamespace,
      resources: { cpu: settings.buildkit.cpu, memory: settings.buildkit.memory },
    },
    onCluster,
  );

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
    settings.bases.map(({ tag, dockerfile, context }) => [
      tag,
      image(`base-${tag}`, {
        repository: system.baseRepository,
        tag,
        dockerfile,
        context,
        buildArgs: settings.buildArgs[tag],
      }),
    ]),
  );

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
      builders: buildkit.addresses,
      builderSecret: buildkit.clientSecret,
      insteadOf: settings.git.insteadOf,
      rolloutTimeout: settings.rolloutTimeout,
      remedy: `pulumi up --stack ${stack}`,
      webhookSecret: pulumi.secret(settings.webhookSecret),
    },
    onCluster,
  );

  const services: Record<string, unknown> = {};
  for (const entry of settings.services) {
    const { image: reference, ...digest } = digests.get(entry.name) as ServiceDigest;
    const service = new Service(
      entry.name,
      { ...entry, namespace: workloads.namespace, image: reference, rolloutTimeout: settings.rolloutTimeout },
      { ...onCluster, dependsOn: [registryComponent] },
    );
    services[entry.name] = { ...digest, address: service.address };
  }
  return {
    services,
    bases: Object.fromEntries([...bases].map(([tag, base]) => [tag, base.reference])),
    registry: { inside: registry.name, outside: `https://${registry.outside.host}:${registry.outside.port}` },
    pipeline: pipeline.pipeline,
    listener: pipeline.listener,
  };
}

async function readLock(world: World, { lock: file }: Settings): Promise<Lock> {
  return parseLock(await world.readText(file), file);
}

/** Nothing is declared before the cluster is known to be the stack's own. */
async function openCluster(world: World, { stack, cluster, system }: Settings) {
  const offline = { uid: cluster.uid ?? 'not-connected', registryDeclared: false, workloads: false };
  if (!world.cluster) return offline;
  const [{ clusterId }, kube] = await Promise.all([
    import('./cluster/kube.ts'),
    world.cluster.connect(cluster.context),
  ]);
  try {
    const uid = await clusterId(kube);
    checkCluster(stack, cluster, { uid, server: kube.server });
    const [service, deployments] = await Promise.all([
      kube.get(`/api/v1/namespaces/${registryNamespace}/services/${registryService}`),
      kube.list(`/apis/apps/v1/namespaces/${system.namespace}/deployments`),
    ]);
    return { uid, registryDeclared: service !== undefined, workloads: deployments.length > 0 };
  } finally {
    kube.close();
  }
}

// Each tag that a Dockerfile may write stands for the base that the catalogue or the stack chose for the service.
function pipelineBases(settings: Settings, bases: ReadonlyMap<string, Image>): PipelineBase[] {
  const { system, variant, variants } = settings;
  const forTags = (chosen: string, images?: string[]): PipelineBase[] =>
    system.bases.map(({ tag }) => ({
      repository: system.baseRepository,
      tag,
      reference: bases.get(chosen)!.reference,
      ...(images && { images }),
    }));
  const differing = settings.services.filter(({ name }) => settings.variantOf(name) !== variant);
  return [...differing.flatMap(({ name, image }) => forTags(variants[name]!, [image])), ...forTags(variant)];
}

function secretsOf({ buildSecrets }: Settings): Record<string, pulumi.Output<string>> | undefined {
  const entries = Object.entries(buildSecrets).map(([id, text]) => [id, pulumi.secret(text)] as const);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
