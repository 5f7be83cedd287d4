// What a stack builds, and what builds it: the step image, the bases, the pipeline. A stack that takes its digests from
// the lock declares none of it.
import * as pulumi from '@pulumi/pulumi';
import { Dependents } from '../components/dependents.ts';
import { Pipeline } from '../components/pipeline.ts';
import type { RegistryLogin } from '../components/pull-secret.ts';
import type { Endpoint } from '../images/endpoints.ts';
import { buildNamespace, pipelineNamespace } from '../settings/objects.ts';
import { type PipelineSettings, repositoryIn } from '../settings/settings.ts';
import type { PipelineServiceEntry } from '../systems/types.ts';
import { pipelineBases } from './bases.ts';
import { declareBuilder, gitCredentialsOf, secretsOf } from './builder.ts';
import { stepImage as declareStepImage, type ImageBuilder } from './images.ts';
import { listenerIngress } from './ingress.ts';

/** Namespaces whose pods build: they pull bases, and push. */
export const buildingNamespaces = [pipelineNamespace, buildNamespace];

export interface BuildsArgs {
  settings: PipelineSettings;
  /** The stack's registry as this machine reaches it, who builds are there, and what declares an image in it. */
  outside: Endpoint;
  login: RegistryLogin | undefined;
  image: ImageBuilder;
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
  { settings, outside, login, image, upstream, namespace }: BuildsArgs,
  onCluster: pulumi.ComponentResourceOptions,
): Builds {
  const { stack, system, platforms } = settings;
  const source = { ...system.repository, branch: settings.branch };
  const stepImage = declareStepImage(settings, image);
  const bases = new Map(
    settings.bases.map(({ repository, tag, dockerfile, context, budgetMB }) => [
      tag,
      image(`base-${tag}`, {
        repository,
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
      const follow = ({ name }: PipelineServiceEntry) => {
        const tag = settings.variantOf(name);
        return {
          baseName: `${repositoryIn(settings.registry, system.baseRepository)}:${tag}`,
          base: bases.get(tag)!.digest,
        };
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
