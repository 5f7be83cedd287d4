// The pod in which Kaniko builds one platform, as an object of the API: the step image fetches the commit into it, then
// the executor builds and pushes. Pure.
import { platformArgs } from '../images/dockerfile-stages.ts';
import type { Platform } from '../images/platform.ts';
import { sourceDateEpoch } from '../images/reproducible.ts';
import type { GitSetting } from './git.ts';
import type { RunName } from './params.ts';

/** What the component knows of Kaniko's pods; JSON in SLIPWAY_KANIKO. */
export interface KanikoSettings {
  namespace: string;
  serviceAccount: string;
  /** Kaniko's executor, by digest. */
  image: string;
  /** The step image, by digest. */
  stepImage: string;
  /** Requests of the executor, as Kubernetes quantities. */
  resources: { cpu: string; memory: string };
  /** Platforms that no node has. */
  emulate: readonly Platform[];
  /** Secret in `namespace` with the docker config of who the builds are at the registry; absent: nobody. */
  login?: string;
  /** Secret of the pods' namespace with the credentials for git; absent where there are none. */
  gitSecret?: string;
}

export interface KanikoBuild {
  repoUrl: string;
  commit: string;
  branch?: string;
  gitSettings: readonly GitSetting[];
  /** Paths in the repository, all symbolic links resolved. */
  dockerfile: string;
  context: string;
  /** `registry/repository`. */
  image: string;
  /** Registries that answer plain HTTP. */
  insecureRegistries: readonly string[];
  rewriteTimes: boolean;
  /** The run that the pods belong to. */
  run?: RunName;
}

/** Every pod of Kaniko has this label, and the annotation with `<namespace>/<name>` of its run. */
export const KANIKO_LABEL = { 'slipway.dev/part': 'kaniko' } as const;
export const RUN_ANNOTATION = 'slipway.dev/run';
export const SOURCE = 'source';
export const EXECUTOR = 'executor';

// Below the one folder that Kaniko takes for its own: an image that it builds may have every other path.
const FOLDER = '/kaniko/source';
const LOGIN_FOLDER = '/kaniko/.docker';
/** The one key of a Secret of the type kubernetes.io/dockerconfigjson. */
const LOGIN_KEY = '.dockerconfigjson';
const CREDENTIALS = '/git-credentials';
// As long as Tekton lets a run take. A pod whose step was killed ends by this, whoever else looks after it.
const LONGEST = 3600;

/**
 * The tag that Kaniko moves as it pushes: it knows no push by digest. One a platform, so that they don't pile up; nothing
 * reads it, a build is taken by its digest.
 */
export function kanikoTag(platform: Platform): string {
  return `kaniko-${platform.replaceAll('/', '-')}`;
}

/** The pod that builds `dockerfile`, the text with its bases pinned. */
export function kanikoPod(
  { namespace, serviceAccount, image, stepImage, resources, emulate, login, gitSecret }: KanikoSettings,
  build: KanikoBuild,
  platform: Platform,
  dockerfile: string,
): object {
  const architecture = platform.split('/')[1]!;
  const emulated = emulate.includes(platform);
  const { run } = build;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${run?.name ?? 'kaniko'}-${platform.split('/').slice(1).join('-')}-`,
      namespace,
      labels: { app: 'kaniko', 'app.kubernetes.io/managed-by': 'slipway', ...KANIKO_LABEL },
      ...(run && { annotations: { [RUN_ANNOTATION]: `${run.namespace}/${run.name}` } }),
    },
    spec: {
      serviceAccountName: serviceAccount,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      activeDeadlineSeconds: LONGEST,
      // Nothing of a build that is ended is kept.
      terminationGracePeriodSeconds: 1,
      ...(!emulated && { nodeSelector: { 'kubernetes.io/arch': architecture } }),
      initContainers: [source(stepImage, build, dockerfile, gitSecret !== undefined)],
      containers: [
        {
          name: EXECUTOR,
          image,
          args: executorArgs(build, platform),
          securityContext: emulated ? { privileged: true } : executorSecurity,
          resources: { requests: resources },
          ...(login && { env: [{ name: 'DOCKER_CONFIG', value: LOGIN_FOLDER }] }),
          volumeMounts: [
            { name: 'source', mountPath: FOLDER },
            ...(login ? [{ name: 'login', mountPath: LOGIN_FOLDER, readOnly: true }] : []),
          ],
        },
      ],
      volumes: [
        { name: 'source', emptyDir: {} },
        { name: 'tmp', emptyDir: {} },
        ...(login
          ? [{ name: 'login', secret: { secretName: login, items: [{ key: LOGIN_KEY, path: 'config.json' }] } }]
          : []),
        ...(gitSecret === undefined ? [] : [{ name: 'git', secret: { secretName: gitSecret } }]),
      ],
    },
  };
}

// COPY keeps the owner that files have in Kaniko's context, where every other builder gives them to root: so root
// fetches them, with no capability.
function source(
  image: string,
  { repoUrl, commit, branch, gitSettings, ...build }: KanikoBuild,
  dockerfile: string,
  withCredentials: boolean,
): object {
  const variables = {
    PARAM_REPO_URL: repoUrl,
    PARAM_COMMIT: commit,
    ...(branch && { PARAM_REPO_BRANCH: branch }),
    PARAM_DOCKERFILE: build.dockerfile,
    PARAM_BUILD_CONTEXT: build.context,
    SLIPWAY_GIT_CONFIG: JSON.stringify(gitSettings),
    ...(withCredentials && { SLIPWAY_GIT_CREDENTIALS: `${CREDENTIALS}/credentials.json` }),
    SLIPWAY_PINNED_DOCKERFILE: dockerfile,
    SLIPWAY_WORK: FOLDER,
    HOME: FOLDER,
  };
  return {
    name: SOURCE,
    image,
    command: ['node', '/app/steps.mjs', 'kaniko-source'],
    env: Object.entries(variables).map(([name, value]) => ({ name, value })),
    terminationMessagePolicy: 'FallbackToLogsOnError',
    securityContext: {
      runAsUser: 0,
      runAsGroup: 0,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumeMounts: [
      { name: 'source', mountPath: FOLDER },
      { name: 'tmp', mountPath: '/tmp' },
      // Into this container alone: what the executor builds may read whatever it has.
      ...(withCredentials ? [{ name: 'git', mountPath: CREDENTIALS, readOnly: true }] : []),
    ],
  };
}

// Kaniko unpacks the base over its own root directory and runs each RUN there: root, with the rights over files and
// users that a package manager needs. No device, no mount, no namespace.
const executorSecurity = {
  runAsUser: 0,
  runAsGroup: 0,
  allowPrivilegeEscalation: false,
  capabilities: {
    drop: ['ALL'],
    add: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'SETFCAP', 'SETGID', 'SETUID'],
  },
  seccompProfile: { type: 'RuntimeDefault' },
};

/** The arguments of the executor. */
export function executorArgs(build: KanikoBuild, platform: Platform): string[] {
  const { context, image, insecureRegistries, rewriteTimes } = build;
  const buildArgs = {
    SOURCE_DATE_EPOCH: String(sourceDateEpoch),
    // BuildKit gives these to every stage that declares them; Kaniko has to be told.
    ...Object.fromEntries([...platformArgs('TARGET', platform), ...platformArgs('BUILD', platform)]),
  };
  return [
    `--context=dir://${FOLDER}/src${context === '.' ? '' : `/${context}`}`,
    `--dockerfile=${FOLDER}/Dockerfile`,
    `--destination=${image}:${kanikoTag(platform)}`,
    `--custom-platform=${platform}`,
    '--digest-file=/dev/termination-log',
    '--log-format=json',
    '--skip-unused-stages',
    '--image-download-retry=2',
    '--push-retry=2',
    ...insecureRegistries.map(registry => `--insecure-registry=${registry}`),
    ...Object.entries(buildArgs).map(([name, value]) => `--build-arg=${name}=${value ?? ''}`),
    ...(rewriteTimes ? ['--reproducible'] : []),
  ];
}
