// What builds the images: the builder of the services that a stack has chosen, and the secrets that builds may read.
import * as pulumi from '@pulumi/pulumi';
import { BuildNamespace } from '../components/build-namespace.ts';
import { Buildkit } from '../components/buildkit.ts';
import { Kaniko } from '../components/kaniko.ts';
import type { PipelineBuilder } from '../components/pipeline.ts';
import { buildAccounts } from '../components/pipeline-access.ts';
import { buildkitImage, kanikoImage } from '../components/upstream.ts';
import { pipelineNamespace } from '../settings/objects.ts';
import type { Settings } from '../settings/settings.ts';

/** BuildKit or Kaniko; the namespace is the same, so that a stack can change from one to the other. */
export function declareBuilder(
  { registry, platforms, serviceBuilds }: Settings,
  images: { upstream: (reference: string) => pulumi.Input<string>; stepImage: pulumi.Input<string> },
  options: pulumi.ComponentResourceOptions,
): PipelineBuilder {
  const { builder, cpu, memory, emulate } = serviceBuilds;
  const unprivileged = builder === 'kaniko' && emulate.length === 0;
  const { namespace } = new BuildNamespace(
    'service-builds',
    { level: unprivileged ? 'baseline' : 'privileged' },
    options,
  );
  const common = { namespace, platforms, emulate, resources: { cpu, memory } };
  if (builder === 'kaniko') {
    return new Kaniko(
      'kaniko',
      {
        ...common,
        image: images.upstream(kanikoImage),
        stepImage: images.stepImage,
        clients: { namespace: pipelineNamespace, accounts: buildAccounts },
      },
      options,
    );
  }
  return new Buildkit(
    'buildkit',
    {
      ...common,
      image: images.upstream(buildkitImage),
      insecureRegistries: [registry.name, ...registry.aliases],
      clientNamespace: pipelineNamespace,
    },
    options,
  );
}

/** The stack's build secrets by id, undefined where it has none. */
export function secretsOf({ buildSecrets }: Settings): Record<string, pulumi.Output<string>> | undefined {
  const entries = Object.entries(buildSecrets).map(([id, text]) => [id, pulumi.secret(text)] as const);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
