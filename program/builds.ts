// What a stack builds, and what builds it: the step image, the bases, the pipeline. A stack that takes its digests from
// the lock declares none of it.
import * as pulumi from '@pulumi/pulumi';
import { buildProvider } from '../components/build-provider.ts';
import { Dependents } from '../components/dependents.ts';
import { Image, type ImageArgs } from '../components/image.ts';
import { Pipeline } from '../components/pipeline.ts';
import type { RegistryLogin } from '../components/pull-secret.ts';
import type { Endpoint } from '../images/endpoints.ts';
import { stepImage as stepImageName } from '../settings/lock-images.ts';
import { buildNamespace, pipelineNamespace } from '../settings/objects.ts';
import type { TrackSettings } from '../settings/settings.ts';
import { mirrored } from '../settings/upstream.ts';
import type { ServiceEntry } from '../systems/types.ts';
import { pipelineBases } from './bases.ts';
import { declareBuilder, gitCredentialsOf, secretsOf } from './builder.ts';
import { listenerIngress } from './ingress.ts';

/** Namespaces whose pods build: they pull bases, and push. */
export const buildingNamespaces = [pipelineNamespace, buildNamespace];

export interface BuildsArgs {
  settings: TrackSettings;
  /** The stack's registry as this machine reaches it, who builds are there, and what images wait for. */
  outside: Endpoint;
  login: RegistryLogin | undefined;
  afterRegistry: pulumi.Resource[];
  /** An image from outside, by digest. */
  upstream: (reference: string) => pulumi.Input<string>;
  /** Namespace of the workloads. */
  namespace: pulumi.Input<string>;
}

export interface Builds {
  /**
   * The runs that follow a new base, once `services` are declared: the pipeline builds on it by then, and nothing else
   * writes to the workloads.
   */
  declareDependents(services: pulumi.Resource[]): void;
  outputs: Record<string, unknown>;
}

/** `onCluster`: the options of what lives there. */
export function declareBuilds(
  { settings, outside, login, afterRegistry, upstream, namespace }: BuildsArgs,
  onCluster: pulumi.ComponentResourceOptions,
): Builds {
  const { stack, system, platforms } = settings;
  const source = { ...system.repository, branch: settings.branch };
  const provider = buildProvider();
  const image = (name: string, args: Pick<ImageArgs, 'repository' | 'tag' | 'dockerfile' | 'context' | 'buildArgs'>) =>
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
      { provider, dependsOn: afterRegistry },
    );
  const stepImage = image('step', {
    ...stepImageName,
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
  const builder = declareBuilder(settings, { upstream, stepImage: stepImage.reference, login }, onCluster);
  const pipeline = new Pipeline(
    'pipeline',
    {
      stack,
      system: system.name,
      pipeline: system.pipeline,
      namespace,
      source,
      services: settings.services,
      stepImage: stepImage.reference,
      registry: { ...outside, url: `http://${settings.registry.name}` },
      login,
      platforms,
      bases: pipelineBases(settings, bases),
      builder,
      buildSecrets: secretsOf(settings),
      insteadOf: settings.git.insteadOf,
      gitCredentials: gitCredentialsOf(settings),
      parallel: settings.serviceBuilds.parallel,
      keepRuns: settings.retention.runs,
      rolloutTimeout: settings.rolloutTimeout,
      remedy: `pulumi up --stack ${stack}`,
      webhookSecret: pulumi.secret(settings.webhookSecret),
      ingress: listenerIngress(settings.ingress),
    },
    onCluster,
  );
  return {
    declareDependents: workloads => {
      const follow = ({ name }: ServiceEntry) => {
        const tag = settings.variantOf(name);
        return { baseName: `${system.baseRepository}:${tag}`, base: bases.get(tag)!.digest };
      };
      new Dependents(
        'dependents',
        {
          context: settings.cluster.context,
          pipeline: system.pipeline,
          system: system.name,
          namespace,
          source,
          registry: outside,
          services: settings.services.map(entry => ({ ...entry, ...follow(entry) })),
        },
        { dependsOn: [pipeline, ...workloads] },
      );
    },
    outputs: {
      bases: Object.fromEntries([...bases].map(([tag, base]) => [tag, base.reference])),
      pipeline: pipeline.pipeline,
      listener: pipeline.listener,
    },
  };
}
