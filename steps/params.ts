// Everything that enters a step, read and checked in one place: the pipeline's parameters (PARAM_*) and what the
// component sets (SLIPWAY_*). Each step reads what it needs; the first one reads what the later ones will need as well.
import { isIP } from 'node:net';
import { isAbsolute, posix } from 'node:path';
import type { WorkloadName } from '../cluster/workload.ts';
import type { StackBase } from '../images/bases.ts';
import { isCommitHash } from '../images/branch.ts';
import { type Digest, isDigest } from '../images/digest.ts';
import { canonicalRegistry, type Endpoint, parseEndpoints } from '../images/endpoints.ts';
import { type Platform, parsePlatform } from '../images/platform.ts';
import { isRegistry } from '../images/reference.ts';
import { liveTag } from '../images/tags.ts';
import {
  type Check,
  isBranch,
  isBucket,
  isCommit,
  isEndpoint,
  isInnerPath,
  isMovingTag,
  isNamespace,
  isObjectName,
  isPrefix,
  isRegion,
  isRepository,
  isRepoUrl,
} from './checks.ts';
import { Environment } from './environment.ts';
import type { FetchRequest, PushedService } from './fetch.ts';
import { type Builders, basesFor, parseBases, parseBuilders, parseGitSettings, parseKaniko } from './forms.ts';
import type { GitSetting } from './git.ts';
import type { KanikoSettings } from './kaniko-pod.ts';
import type { Addressing, StoreKeys, StoreOptions } from './objects/store.ts';

/** What every step knows. `registry` is the name that references use, whichever alias the run was given. */
export interface Common {
  work: string;
  endpoints: Endpoint[];
  registry: string;
  repository: string;
}

/** The fetch-preflight step. `commit` is undefined for "the head of the branch"; one of the two there is. */
export interface FetchParams extends Common {
  repoUrl: string;
  branch?: string;
  commit?: string;
  push?: PushedService;
  workload: WorkloadName;
  dockerfile: string;
  context: string;
  gitSettings: GitSetting[];
  credentialsFile?: string;
  platforms: Platform[];
  bases: StackBase[];
  remedy: string;
  builder: Builder;
}

/** What builds: a BuildKit for each platform, with the folder of its client files, or pods of Kaniko. */
export type Builder = { builders: Builders; tls: string } | { kaniko: KanikoSettings; gitSettings: GitSetting[] };

/** The build-publish step. */
export interface BuildParams extends Common {
  repoUrl: string;
  branch?: string;
  dockerfile: string;
  context: string;
  imageTag: string;
  platforms: Platform[];
  builder: Builder;
  /** Whether its layers are kept in the registry. */
  cache: boolean;
  /** Folder of the secret files that builds may mount, each named by its id; undefined where the stack has none. */
  secretFolder?: string;
  workload: WorkloadName;
}

/** The step that brings the source into a pod of Kaniko. `text`: the Dockerfile with its bases pinned. */
export interface SourceParams extends Omit<FetchRequest, 'env'> {
  dockerfile: string;
  context: string;
  text: string;
}

/** The rollout step. `timeout` in milliseconds, for the new digest to become healthy and again for the way back. */
export interface RolloutParams extends Common {
  deployment: string;
  namespace: string;
  digest: Digest;
  commit: string;
  stack: string;
  timeout: number;
}

/** The fetch-objects step. `list` is the path of the checksum list; `timeout` in milliseconds. */
export interface ObjectsParams extends Omit<StoreOptions, 'stall'> {
  prefix: string;
  list: string;
  target: string;
  timeout: number;
}

/** The run that a step belongs to; undefined outside a pipeline. */
export interface RunName {
  name: string;
  namespace: string;
}

const LONGEST_TIMEOUT = 3600; // seconds
const LONGEST_COPY = 86_400; // seconds: a model may have hundreds of gigabytes
const BASES_FORM = 'JSON [{"repository", "tag", "reference", "images"?}, …], references with digests';

export function fetchParams(env: NodeJS.ProcessEnv): FetchParams {
  const e = new Environment(env);
  const build = readBuild(e);
  const { branch, commit } = readRevision(e);
  const changes = e.param('changes', arePaths, '');
  const offered = e.parsed('SLIPWAY_BASES', parseBases, BASES_FORM);
  if (offered?.some(base => base.repository === build.repository)) {
    e.fault(
      'image-name',
      JSON.stringify(build.repository),
      "a service's image; this one is a base image, which only `pulumi up` builds",
    );
  }
  const params = {
    ...build,
    builder: readBuilder(e, build.platforms),
    ...(branch && { branch }),
    ...(commit && { commit }),
    ...(changes && { push: { changes: changes.split(/\s+/).map(normal) } }),
    workload: readTarget(e),
    ...readGit(e),
    bases: basesFor(build.repository, offered ?? []),
    remedy: e.variable('SLIPWAY_REMEDY', value => (value ? undefined : 'the command that mends a base')),
  };
  if (changes && !(branch && commit)) {
    e.fault('changes', JSON.stringify(changes), 'nothing without the branch and the commit of a push');
  }
  e.done();
  return params;
}

export function buildParams(env: NodeJS.ProcessEnv): BuildParams {
  const e = new Environment(env);
  const build = readBuild(e);
  const { branch } = readRevision(e);
  const secretFolder = e.variable('SLIPWAY_BUILD_SECRETS', value => (value ? isAbsolutePath(value) : undefined), '');
  const params = {
    ...build,
    ...(branch && { branch }),
    builder: readBuilder(e, build.platforms),
    cache: (env.SLIPWAY_CACHED_IMAGES ?? '').split(',').includes(build.repository),
    ...(secretFolder && { secretFolder }),
    workload: readTarget(e),
  };
  e.done();
  return params;
}

export function sourceParams(env: NodeJS.ProcessEnv): SourceParams {
  const e = new Environment(env);
  const branch = e.param('repo-branch', isBranch, '');
  const params = {
    work: e.variable('SLIPWAY_WORK', isAbsolutePath),
    repoUrl: e.param('repo-url', isRepoUrl),
    commit: e.param('commit', isCommit),
    // For a server that gives out no single commits.
    ...(branch && { branch }),
    ...readGit(e),
    dockerfile: e.param('dockerfile', isInnerPath),
    context: e.param('build-context', isInnerPath),
    text: env.SLIPWAY_PINNED_DOCKERFILE ?? '',
  };
  e.done();
  return params;
}

export function rolloutParams(env: NodeJS.ProcessEnv): RolloutParams {
  const e = new Environment(env);
  const params = {
    ...readCommon(e),
    ...readTarget(e),
    digest: e.param('digest', value => (isDigest(value) ? undefined : 'sha256: and 64 digits')) as Digest,
    commit: e.param('source-commit', isCommit),
    stack: e.variable(
      'SLIPWAY_STACK',
      value => attempt(() => liveTag(value)) && 'a stack\'s name: letters, digits, "_", "." and "-"',
    ),
    timeout: 1000 * Number(e.variable('SLIPWAY_ROLLOUT_TIMEOUT', isSeconds(LONGEST_TIMEOUT))),
  };
  e.done();
  return params;
}

/** The listener: its port, and the files that hold what it builds and what its calls are signed with. */
export function listenerParams(env: NodeJS.ProcessEnv) {
  const e = new Environment(env);
  const port = e.variable('SLIPWAY_PORT', value => (/^[1-9][0-9]{0,4}$/.test(value) ? undefined : 'a port'));
  const configFile = e.variable('SLIPWAY_PUSH_CONFIG', isAbsolutePath);
  const secretFile = e.variable('SLIPWAY_WEBHOOK_SECRET_FILE', isAbsolutePath);
  e.done();
  return { port: Number(port), configFile, secretFile };
}

export function objectsParams(env: NodeJS.ProcessEnv): ObjectsParams {
  const e = new Environment(env);
  const endpoint = e.variable('SLIPWAY_OBJECTS_ENDPOINT', value => (value ? isEndpoint(value) : undefined), '');
  const region = e.variable('SLIPWAY_OBJECTS_REGION', isRegion, endpoint ? 'us-east-1' : undefined);
  const bucket = e.variable('SLIPWAY_OBJECTS_BUCKET', isBucket);
  // A bucket's name with dots in it makes a host that the certificate of Amazon is not for.
  const usual = endpoint || bucket.includes('.') ? 'path' : 'virtual-host';
  const params = {
    endpoint: endpoint.replace(/\/$/, '') || `https://s3.${region}.amazonaws.com`,
    region,
    bucket,
    prefix: e.variable('SLIPWAY_OBJECTS_PREFIX', isPrefix, '').replace(/\/$/, ''),
    addressing: e.variable('SLIPWAY_OBJECTS_ADDRESSING', isAddressing(endpoint), usual) as Addressing,
    list: e.variable('SLIPWAY_OBJECTS_LIST', isAbsolutePath),
    target: e.variable('SLIPWAY_OBJECTS_TARGET', isAbsolutePath),
    timeout: 1000 * Number(e.variable('SLIPWAY_OBJECTS_TIMEOUT', isSeconds(LONGEST_COPY), '1800')),
    keys: readStoreKeys(e, env),
  };
  e.done();
  return params;
}

/** The run's name, for reports; undefined where the step runs by itself. Never a reason to fail. */
export function runName(env: NodeJS.ProcessEnv): RunName | undefined {
  const { SLIPWAY_RUN_NAME: name, SLIPWAY_RUN_NAMESPACE: namespace } = env;
  return name && namespace && !isObjectName(name) && !isNamespace(namespace) ? { name, namespace } : undefined;
}

function readCommon(e: Environment): Common {
  const endpoints = e.parsed('SLIPWAY_ENDPOINTS', parseEndpoints, 'name[|alias…]=http(s)://host[:port][,…]', '');
  const registry = e.param('registry-url', value =>
    isRegistry(value) ? undefined : 'host or host:port, without http(s)://',
  );
  return {
    work: e.variable('SLIPWAY_WORK', isAbsolutePath),
    endpoints,
    registry: endpoints ? canonicalRegistry(endpoints, registry) : registry,
    repository: e.param('image-name', isRepository),
  };
}

function readBuild(e: Environment) {
  return {
    ...readCommon(e),
    repoUrl: e.param('repo-url', isRepoUrl),
    dockerfile: e.param('dockerfile', isInnerPath),
    context: e.param('build-context', isInnerPath),
    imageTag: e.param('image-tag', isMovingTag, 'main'),
    platforms: e.parsed(
      'SLIPWAY_PLATFORMS',
      parsePlatforms,
      'os/architecture[,…], for example linux/amd64,linux/arm64',
    ),
  };
}

// A fault in the platforms is told already where they are undefined.
function readBuilder(e: Environment, platforms: readonly Platform[] | undefined): Builder {
  return e.has('SLIPWAY_KANIKO') ? readKaniko(e) : readBuildkit(e, platforms ?? []);
}

function readBuildkit(e: Environment, platforms: readonly Platform[]): Builder {
  const builders = e.parsed('SLIPWAY_BUILDERS', parseBuilders, 'JSON {"linux/amd64": "tcp://host:port", …}');
  for (const platform of platforms) {
    if (builders && !builders[platform]) {
      e.fault('SLIPWAY_BUILDERS', `no builder for ${platform}`, 'a builder for every platform of SLIPWAY_PLATFORMS');
    }
  }
  return { builders, tls: e.variable('SLIPWAY_BUILDER_TLS', isAbsolutePath) };
}

function readKaniko(e: Environment): Builder {
  const form =
    'JSON {"namespace", "serviceAccount", "image", "stepImage", "resources": {"cpu", "memory"}, "emulate", "login"?}';
  return { kaniko: e.parsed('SLIPWAY_KANIKO', parseKaniko, form), gitSettings: readGitSettings(e) };
}

// The teams name a commit where a branch is meant, too.
function readRevision(e: Environment): { branch?: string; commit?: string } {
  const branch = e.param('repo-branch', isBranch, 'main');
  const commit = e.param('commit', isCommit, '');
  return isCommitHash(branch) ? { commit: commit || branch } : { branch, commit };
}

function readGit(e: Environment): { gitSettings: GitSetting[]; credentialsFile?: string } {
  const file = e.variable('SLIPWAY_GIT_CREDENTIALS', value => (value ? isAbsolutePath(value) : undefined), '');
  return { gitSettings: readGitSettings(e), ...(file && { credentialsFile: file }) };
}

function readGitSettings(e: Environment): GitSetting[] {
  return e.parsed('SLIPWAY_GIT_CONFIG', parseGitSettings, 'JSON [["key", "value"], …] of git settings', '[]');
}

function readTarget(e: Environment) {
  return {
    deployment: e.param('deployment-name', isObjectName),
    namespace: e.param('deployment-namespace', isNamespace),
  };
}

// By the names that every program knows which speaks to such a store. What is wrong with a key is not shown.
function readStoreKeys(e: Environment, env: NodeJS.ProcessEnv): StoreKeys | undefined {
  const accessKey = env.AWS_ACCESS_KEY_ID?.trim();
  const secretKey = env.AWS_SECRET_ACCESS_KEY?.trim();
  const sessionToken = env.AWS_SESSION_TOKEN?.trim();
  if (accessKey && secretKey) return { accessKey, secretKey, ...(sessionToken && { sessionToken }) };
  const one = accessKey || secretKey || sessionToken;
  if (one) e.fault('AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY', 'one of the two', 'both, or none for an open bucket');
  return undefined;
}

function isAddressing(endpoint: string): Check {
  const address = URL.canParse(endpoint) && isIP(new URL(endpoint).hostname.replace(/^\[|\]$/g, '')) !== 0;
  if (address) return value => (value === 'path' ? undefined : 'path: an address has no hosts below it');
  return value => (['path', 'virtual-host'].includes(value) ? undefined : 'path or virtual-host');
}

function parsePlatforms(text: string): Platform[] {
  const platforms = text.split(',').map(part => parsePlatform(part.trim()));
  if (new Set(platforms).size < platforms.length) throw new Error(`"${text}", which names a platform twice`);
  return platforms;
}

// A path as git writes them; "./" is the whole repository.
function normal(written: string): string {
  const path = posix.normalize(written);
  return path === '.' ? './' : path;
}

function arePaths(value: string): string | undefined {
  return value.split(/\s+/).map(isInnerPath).find(Boolean);
}

function isAbsolutePath(value: string): string | undefined {
  return isAbsolute(value) ? undefined : 'an absolute path';
}

function isSeconds(longest: number): Check {
  return value => {
    const fits = /^[0-9]+$/.test(value) && Number(value) >= 1 && Number(value) <= longest;
    return fits ? undefined : `whole seconds, 1 to ${longest}`;
  };
}

function attempt(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
