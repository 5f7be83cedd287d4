// The pipeline's two Tasks and the Pipeline itself, as text: what runs in which order with which parameters.
import type * as pulumi from '@pulumi/pulumi';
import { branchTag } from '../images/tags.ts';
import { buildTaskName, rolloutTaskName } from '../settings/objects.ts';
import { restrictedContainer } from './kubernetes.ts';
import { dockerConfigKey } from './pull-secret.ts';

/** Parameters of the Pipeline in the order of the teams' own runs; the value is the default, absent where there is none. */
function pipelineParams(registry: string, branch: string): Record<string, string | undefined> {
  return {
    'repo-url': undefined,
    'image-name': undefined,
    'deployment-name': undefined,
    'deployment-namespace': undefined,
    dockerfile: undefined,
    'build-context': undefined,
    'repo-branch': branch,
    'image-tag': branchTag(branch),
    'registry-url': registry,
    // Empty: the head of the branch.
    commit: '',
    // Set by a push: the paths of the service's files. A run by hand has none.
    changes: '',
  };
}

const runParams = ['run-name', 'run-namespace'];
const buildParams = [...Object.keys(pipelineParams('', '')), ...runParams];
const rolloutParams = [
  'image-name',
  'deployment-name',
  'deployment-namespace',
  'registry-url',
  'digest',
  'source-commit',
  'superseded',
  ...runParams,
];
const buildResults = ['digest', 'commit', 'reference'];
// The outcome of a run that a newer one has overtaken before its rollout; else empty.
const allBuildResults = [...buildResults, 'superseded'];

/** A Secret whose keys are files, and where a step finds them. */
export interface MountedSecret {
  name: pulumi.Input<string>;
  folder: string;
}

export interface TaskArgs {
  /** The step image, by digest. */
  image: pulumi.Input<string>;
  /** Environment of the steps beyond their parameters. */
  env: Record<string, pulumi.Input<string>>;
  /** Name of the pull secret, which is also who the steps and their builds are at the registry; absent: nobody. */
  login?: pulumi.Input<string>;
}

/**
 * Fetch and preflight in one step, build and publish in the other: each further step costs a run up to a second.
 * `secrets`: the secret files of builds. `git`: the credentials for repositories, in `credentials.json`.
 */
export function buildTask(
  args: TaskArgs & { builderSecret?: pulumi.Input<string>; secrets?: MountedSecret; git?: MountedSecret },
): object {
  const { builderSecret, secrets, git, login } = args;
  const builder =
    builderSecret === undefined ? [] : [{ name: 'builder', mountPath: '/buildkit-client', readOnly: true }];
  const mount = (name: string, secret?: MountedSecret) =>
    secret && [{ name, mountPath: secret.folder, readOnly: true }];
  const access = git && [{ name: 'SLIPWAY_GIT_CREDENTIALS', value: `${git.folder}/credentials.json` }];
  return {
    params: buildParams.map(name => ({ name, type: 'string' })),
    results: allBuildResults.map(name => ({ name, type: 'string' })),
    volumes: [
      ...scratch,
      ...loginVolumes(login),
      ...(builderSecret === undefined ? [] : [{ name: 'builder', secret: { secretName: builderSecret } }]),
      ...(secrets ? [{ name: 'secrets', secret: { secretName: secrets.name } }] : []),
      ...(git ? [{ name: 'git', secret: { secretName: git.name } }] : []),
    ],
    stepTemplate: template(buildParams, args, builder, { requests }),
    // Each has the secrets of its own work only.
    steps: [
      step('fetch-preflight', args.image, access, mount('git', git)),
      step('build-publish', args.image, resultFiles(allBuildResults), mount('secrets', secrets)),
    ],
  };
}

export function rolloutTask(args: TaskArgs): object {
  return {
    params: rolloutParams.map(name => ({ name, type: 'string' })),
    results: [{ name: 'outcome', type: 'string' }],
    volumes: [...scratch, ...loginVolumes(args.login)],
    stepTemplate: template(rolloutParams, args, [], { requests, limits: { memory: '512Mi' } }),
    steps: [step('rollout', args.image, resultFiles(['outcome']))],
  };
}

/**
 * `branch`: what a run builds that names none. `rolloutTimeout`: seconds for a rollout to become healthy; going back may
 * take as long again.
 */
export function pipelineSpec(registry: string, branch: string, rolloutTimeout: number): object {
  const run = [
    { name: 'run-name', value: '$(context.pipelineRun.name)' },
    { name: 'run-namespace', value: '$(context.pipelineRun.namespace)' },
  ];
  const pass = (names: readonly string[]) => names.map(name => ({ name, value: `$(params.${name})` }));
  const built = (result: string) => `$(tasks.build.results.${result})`;
  return {
    params: Object.entries(pipelineParams(registry, branch)).map(([name, value]) => ({
      name,
      type: 'string',
      ...(value !== undefined && { default: value }),
    })),
    results: [
      ...buildResults.map(name => ({ name, type: 'string', value: built(name) })),
      { name: 'outcome', type: 'string', value: '$(tasks.rollout.results.outcome)' },
    ],
    tasks: [
      {
        name: 'build',
        taskRef: { kind: 'Task', name: buildTaskName },
        params: [...pass(Object.keys(pipelineParams('', ''))), ...run],
      },
      {
        name: 'rollout',
        taskRef: { kind: 'Task', name: rolloutTaskName },
        timeout: goDuration(2 * rolloutTimeout + 60),
        params: [
          ...pass(['image-name', 'deployment-name', 'deployment-namespace', 'registry-url']),
          { name: 'digest', value: built('digest') },
          { name: 'source-commit', value: built('commit') },
          { name: 'superseded', value: built('superseded') },
          ...run,
        ],
      },
    ],
  };
}

// The source, and whatever git, buildctl and node leave beside it, lives and ends with the pod.
const scratch = ['work', 'tmp'].map(name => ({ name, emptyDir: {} }));

// Of each step: Tekton's pod asks for their sum.
const requests = { cpu: '10m', memory: '64Mi' };

const loginFolder = '/registry-login';

function loginVolumes(login: TaskArgs['login']): object[] {
  if (login === undefined) return [];
  return [{ name: 'login', secret: { secretName: login, items: [{ key: dockerConfigKey, path: 'config.json' }] } }];
}

// Parameters enter by the environment alone: nothing of a run is ever part of a command.
function template(
  params: readonly string[],
  { env, login }: TaskArgs,
  mounts: object[],
  computeResources: { requests: object; limits?: object },
): object {
  const variable = (name: string) => (runParams.includes(name) ? `SLIPWAY_${upper(name)}` : `PARAM_${upper(name)}`);
  return {
    env: [
      ...params.map(name => ({ name: variable(name), value: `$(params.${name})` })),
      { name: 'HOME', value: '/work' },
      { name: 'SLIPWAY_WORK', value: '/work' },
      ...Object.entries(env).map(([name, value]) => ({ name, value })),
      // Where the steps' own client looks, and buildctl for what the builders ask it.
      ...(login === undefined ? [] : [{ name: 'DOCKER_CONFIG', value: loginFolder }]),
    ],
    securityContext: restrictedContainer,
    computeResources,
    volumeMounts: [
      { name: 'work', mountPath: '/work' },
      { name: 'tmp', mountPath: '/tmp' },
      ...(login === undefined ? [] : [{ name: 'login', mountPath: loginFolder, readOnly: true }]),
      ...mounts,
    ],
  };
}

function step(
  name: string,
  image: pulumi.Input<string>,
  env: readonly object[] = [],
  volumeMounts: readonly object[] = [],
): object {
  return {
    name,
    image,
    command: ['node', '/app/steps.mjs', name],
    ...(volumeMounts.length > 0 && { volumeMounts }),
    ...(env.length > 0 && { env }),
  };
}

function resultFiles(results: readonly string[]): object[] {
  return results.map(result => ({ name: `RESULT_${upper(result)}`, value: `$(results.${result}.path)` }));
}

function upper(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

// As Go prints it: the API server hands a duration back in this form, and another one would look like a change.
function goDuration(seconds: number): string {
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  return `${h > 0 ? `${h}h` : ''}${h > 0 || m > 0 ? `${m}m` : ''}${s}s`;
}
