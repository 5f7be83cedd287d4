// The Tekton pipeline of a system: from a push to a rollout by digest, with just the rights that this takes.
import k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { type Endpoint, printEndpoints } from '../images/endpoints.ts';
import type { Platform } from '../images/platform.ts';
import { buildTaskName, pipelineNamespace, rolloutTaskName } from '../settings/objects.ts';
import { serviceNameFault } from '../systems/names.ts';
import { changesFault } from '../systems/paths.ts';
import type { IngressRule } from './ingress.ts';
import { metadata } from './kubernetes.ts';
import { pinned } from './pinned.ts';
import { declareAccess } from './pipeline-access.ts';
import { declareListener } from './pipeline-listener.ts';
import type { PipelineService, PushSource } from './pipeline-runs.ts';
import { buildTask, type MountedSecret, pipelineSpec, rolloutTask } from './pipeline-tasks.ts';
import { declarePullSecret, type RegistryLogin } from './pull-secret.ts';

/** A base image of the stack: a Dockerfile that writes `repository:tag` is built on `reference`. */
export interface PipelineBase {
  repository: string;
  tag: string;
  /** With digest. */
  reference: pulumi.Input<string>;
  /** Images that this holds for; default: all. An entry that names an image goes before one that names none. */
  images?: string[];
}

/** BuildKit: the daemon of each platform, and the Secret with the client's certificate. Kaniko: what it says of itself. */
export type PipelineBuilder =
  | { addresses: Record<Platform, string>; clientSecret: pulumi.Input<string> }
  | { settings: pulumi.Input<string> };

export interface PipelineArgs {
  /** The stack, which names the tag `live-<stack>` that a healthy rollout moves. */
  stack: string;
  /** Name of the system, by which its runs are named. */
  system: string;
  /** Name of the Pipeline, as the teams' runs refer to it. */
  pipeline: string;
  /** Namespace of the workloads; it must exist. */
  namespace: pulumi.Input<string>;
  source: PushSource;
  /** At least one. */
  services: PipelineService[];
  /** Image with node, git, buildctl and the bundled steps, by digest. */
  stepImage: pulumi.Input<string>;
  /** The registry as the steps reach it, inside the cluster. */
  registry: Endpoint;
  /** Who nodes, steps and builds are at a registry that asks for a password; default: nobody. */
  login?: RegistryLogin;
  platforms: Platform[];
  bases: PipelineBase[];
  builder: PipelineBuilder;
  /** Contents of the secret files that the services' builds may mount, by id. */
  buildSecrets?: Record<string, pulumi.Input<string>>;
  /** git's url.<key>.insteadOf=<value>. */
  insteadOf?: Record<string, string>;
  /** Tokens and keys for repositories, as steps/git-access.ts reads them. */
  gitCredentials?: pulumi.Input<string>;
  /** How many runs build at a time. */
  parallel: number;
  /** How many ended runs of each service are kept. */
  keepRuns: number;
  /** Seconds for a rollout to become healthy. */
  rolloutTimeout: number;
  /** The command that mends a base image, for the message of a failed preflight. */
  remedy: string;
  /** What the webhook's calls are signed with. */
  webhookSecret: pulumi.Input<string>;
  /** The name under which the git host reaches the listener; default: none. */
  ingress?: IngressRule;
}

/** Tasks, Pipeline, rights, and the listener that starts a run for a signed push. */
export class Pipeline extends pulumi.ComponentResource {
  /** Name of the Pipeline. */
  readonly pipeline: pulumi.Output<string>;
  /** Where the webhook calls, inside the cluster. */
  readonly listener: pulumi.Output<string>;

  constructor(name: string, args: PipelineArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super('slipway:pipeline:Pipeline', name, {}, opts);
    check(name, args);
    const parent = { parent: this };
    const names = args.services.map(service => service.name);
    const login = args.login && declarePullSecret(name, args.login, pipelineNamespace, parent);
    const access = declareAccess(name, args.pipeline, args.namespace, names, login, parent);
    const image = pinned(`${name}.stepImage`, args.stepImage);
    const object = (kind: string, objectName: string, spec: object, dependsOn: pulumi.Resource[] = []) =>
      new k8s.apiextensions.CustomResource(
        `${name}-${objectName}`,
        { apiVersion: 'tekton.dev/v1', kind, metadata: metadata(objectName, pipelineNamespace), spec },
        { parent: this, dependsOn },
      );
    const secrets = args.buildSecrets && this.mounted(name, 'build-secrets', args.buildSecrets);
    const git =
      args.gitCredentials && this.mounted(name, 'git-credentials', { 'credentials.json': args.gitCredentials });
    const tasks = [
      object(
        'Task',
        buildTaskName,
        buildTask({
          image,
          env: buildEnvironment(args),
          login,
          ...(secrets && { secrets }),
          ...(git && { git }),
          ...('addresses' in args.builder && { builderSecret: args.builder.clientSecret }),
        }),
      ),
      object('Task', rolloutTaskName, rolloutTask({ image, env: rolloutEnvironment(args), login })),
    ];
    const spec = pipelineSpec(args.registry.name, args.source.branch, args.rolloutTimeout);
    const pipeline = object('Pipeline', args.pipeline, spec, tasks);

    this.pipeline = pipeline.metadata.apply(meta => meta.name!);
    this.listener = declareListener(
      name,
      {
        ...args,
        image,
        bases: basesText(args),
        secret: args.webhookSecret,
        pullSecret: login,
        pipelineUid: pipeline.metadata.apply(meta => meta.uid!),
      },
      // A push that came before the rights of its run would fail.
      { parent: this, dependsOn: access },
    );
    this.registerOutputs({ pipeline: this.pipeline, listener: this.listener });
  }

  private mounted(name: string, what: string, stringData: Record<string, pulumi.Input<string>>): MountedSecret {
    const secret = new k8s.core.v1.Secret(
      `${name}-${what}`,
      { metadata: metadata(`slipway-${what}`, pipelineNamespace), stringData },
      { parent: this },
    );
    return { name: secret.metadata.name, folder: `/${what}` };
  }
}

function basesText({ bases }: PipelineArgs): pulumi.Output<string> {
  return pulumi.output(bases).apply(all => JSON.stringify(all));
}

type Environment = Record<string, pulumi.Input<string>>;

function commonEnvironment(args: PipelineArgs): Environment {
  return { SLIPWAY_ENDPOINTS: printEndpoints([args.registry]) };
}

function buildEnvironment(args: PipelineArgs): Environment {
  const cached = args.services.filter(({ cache }) => cache).map(({ image }) => image);
  const rewrites = Object.entries(args.insteadOf ?? {}).map(([url, prefix]) => [`url.${url}.insteadOf`, prefix]);
  return {
    ...commonEnvironment(args),
    SLIPWAY_PLATFORMS: args.platforms.join(','),
    SLIPWAY_BASES: basesText(args),
    ...('addresses' in args.builder
      ? { SLIPWAY_BUILDERS: JSON.stringify(args.builder.addresses), SLIPWAY_BUILDER_TLS: '/buildkit-client' }
      : { SLIPWAY_KANIKO: args.builder.settings }),
    ...(cached.length > 0 && { SLIPWAY_CACHED_IMAGES: cached.join(',') }),
    SLIPWAY_GIT_CONFIG: JSON.stringify(rewrites),
    SLIPWAY_REMEDY: args.remedy,
    ...(args.buildSecrets && { SLIPWAY_BUILD_SECRETS: '/build-secrets' }),
  };
}

function rolloutEnvironment(args: PipelineArgs): Environment {
  return {
    ...commonEnvironment(args),
    SLIPWAY_STACK: args.stack,
    SLIPWAY_ROLLOUT_TIMEOUT: String(args.rolloutTimeout),
  };
}

function check(name: string, args: PipelineArgs): void {
  if (args.services.length === 0)
    throw new Error(`${name}.services: found none; a pipeline builds at least one service`);
  for (const service of args.services) {
    const allowed = serviceNameFault(service.name);
    if (allowed) throw new Error(`${name}.services: found "${service.name}"; expected ${allowed}`);
    const where = `${name}.services.${service.name}.changes`;
    if (service.changes.length === 0) throw new Error(`${where}: found none; by these a push is known to build it`);
    for (const path of service.changes) {
      const expected = changesFault(path);
      if (expected) throw new Error(`${where}: found "${path}"; expected ${expected}`);
    }
  }
  if (!('addresses' in args.builder)) return;
  const { addresses } = args.builder;
  const without = args.platforms.filter(platform => addresses[platform] === undefined);
  if (without.length > 0) {
    throw new Error(
      `${name}.builder.addresses: none for ${without.join(', ')}; every platform of the stack needs a build daemon`,
    );
  }
}
