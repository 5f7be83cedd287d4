// What builds the images: the builder of the services that a stack has chosen, and the secrets that builds may read.
import * as pulumi from '@pulumi/pulumi';
import { BuildNamespace } from '../components/build-namespace.ts';
import { Buildkit } from '../components/buildkit.ts';
import { Kaniko } from '../components/kaniko.ts';
import type { PipelineBuilder } from '../components/pipeline.ts';
import { buildAccounts } from '../components/pipeline-access.ts';
import type { RegistryLogin } from '../components/pull-secret.ts';
import { buildkitImage, kanikoImage } from '../components/upstream.ts';
import { pipelineNamespace } from '../settings/objects.ts';
import type { PipelineSettings, Settings } from '../settings/settings.ts';

/** BuildKit or Kaniko; the namespace is the same, so that a stack can change from one to the other. */
export function declareBuilder(
  settings: PipelineSettings,
  images: {
    upstream: (reference: string) => pulumi.Input<string>;
    stepImage: pulumi.Input<string>;
    /** Who builds are at the registry, where it asks. */
    login?: RegistryLogin;
  },
  options: pulumi.ComponentResourceOptions,
): PipelineBuilder {
  const { registry, platforms, nodePlatforms, serviceBuilds } = settings;
  const { builder, cpu, memory } = serviceBuilds;
  const emulate = platforms.filter(platform => !nodePlatforms.includes(platform));
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
        login: images.login,
        gitCredentials: gitCredentialsOf(settings),
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
      cacheSize: settings.retention.cache,
      clientNamespace: pipelineNamespace,
    },
    options,
  );
}

/** Who the pipeline is at git hosts, as its steps read it; undefined where the stack names none. */
export function gitCredentialsOf({ gitCredentials }: PipelineSettings): pulumi.Output<string> | undefined {
  // Hosts that take a token in the place of a password look at no user name, as a rule.
  const entries = Object.values(gitCredentials).map(({ url, username = 'git', token, ...ssh }) =>
    token === undefined ? { url, ...ssh } : { url, username, token },
  );
  return entries.length > 0 ? pulumi.secret(JSON.stringify(entries)) : undefined;
}

/** The stack's build secrets by id, undefined where it has none. */
export function secretsOf({
  buildSecrets,
}: Pick<Settings, 'buildSecrets'>): Record<string, pulumi.Output<string>> | undefined {
  const entries = Object.entries(buildSecrets).map(([id, text]) => [id, pulumi.secret(text)] as const);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
