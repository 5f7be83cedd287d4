// The steps by name: each reads its parameters, does its work by the functions beside this file, and leaves results.
import { readdir, readFile, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Kube } from '../cluster/kube.ts';
import { messageOf } from '../cluster/one-line.ts';
import type { StackBase } from '../images/bases.ts';
import { type ListedFile, parseChecksums } from '../images/checksums.ts';
import { credentialsFor } from '../images/credentials.ts';
import { type Endpoint, endpointFor } from '../images/endpoints.ts';
import { RegistryClient } from '../images/registry.ts';
import { PATIENT } from '../images/registry-upkeep.ts';
import { declaresEpoch } from '../images/reproducible.ts';
import { buildAll } from './build.ts';
import { buildThroughUpkeep } from './build-again.ts';
import { isRefusedPush } from './build-failure.ts';
import { askBuilders, dependsOnBuilder } from './build-platform.ts';
import { replacingCaches } from './cache.ts';
import { StepFailure } from './failure.ts';
import { fetchSource } from './fetch.ts';
import { type Handover, leave, takeOver } from './handover.ts';
import { buildAllByKaniko } from './kaniko.ts';
import { bringSource } from './kaniko-source.ts';
import { lfsPointers } from './lfs.ts';
import { makeListener } from './listener.ts';
import type { Log } from './log.ts';
import { fetchObjects } from './objects/objects.ts';
import { deleteOldRuns } from './old-runs.ts';
import { makeOrder, Superseded } from './order.ts';
import {
  type BuildParams,
  buildParams,
  fetchParams,
  listenerParams,
  objectsParams,
  rolloutParams,
  runName,
  sourceParams,
} from './params.ts';
import { preflightBases } from './preflight.ts';
import { publish } from './publish.ts';
import { parsePushConfig } from './push-config.ts';
import { releaseRuns } from './queue.ts';
import { repeat } from './repeat.ts';
import { type Reporter, writeResults } from './report.ts';
import { rollOut } from './rollout.ts';
import { locate } from './source.ts';

/** What a step stands on. `kube` connects at its first call. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  log: Log;
  kube: () => Kube;
  reporter: Reporter;
}

export type Step = (surroundings: Surroundings) => Promise<void>;

export const STEPS: Record<string, Step> = {
  'fetch-preflight': fetchPreflight,
  'build-publish': buildPublish,
  'kaniko-source': kanikoSource,
  'fetch-objects': bringObjects,
  rollout,
  listener,
};

async function fetchPreflight({ env, log, kube, reporter }: Surroundings): Promise<void> {
  // First of all, and beside the rest: a run that fails at once must go with its Pipeline, too.
  const adopted = reporter.adopt();
  try {
    const params = fetchParams(env);
    const order = makeOrder(kube, params.workload, runName(env), log);
    const fetched = async () => ({ ...(await fetchSource({ ...params, env }, log)), push: params.push !== undefined });
    const source = await order.claim(fetched);
    const place = await locate(source, params.dockerfile, params.context);
    const dockerfile = await readFile(place.dockerfile, 'utf8');
    await warnOfPointers(await lfsPointers(source, place.context), log, reporter);
    const { aliases } = endpointFor(params.endpoints, params.registry);
    const { builder } = params;
    const asked = 'builders' in builder && dependsOnBuilder(dockerfile);
    const buildPlatforms = asked ? await askBuilders({ ...params, ...builder, env }) : undefined;
    const request = { ...params, aliases, dockerfile, buildPlatforms };
    const pinned = await preflightBases(registryClient(params.endpoints, log), request, log);
    await reporter.builtOn(basesIn(pinned, params.bases));
    await leave(params.work, { commit: source.commit, ...place, pinned, rewriteTimes: declaresEpoch(dockerfile) });
  } catch (error) {
    if (!(error instanceof Superseded)) throw error;
    await leave(fetchParams(env).work, { outcome: error.message });
    await endSuperseded(error.message, log, reporter);
  } finally {
    await adopted;
  }
}

async function buildPublish({ env, log, kube, reporter }: Surroundings): Promise<void> {
  const params = buildParams(env);
  const left = await takeOver(params.work);
  if ('outcome' in left) return await writeResults(env, unbuilt(left.outcome));
  const { commit } = left;
  const { check } = makeOrder(kube, params.workload, runName(env), log);
  try {
    await check();
    const client = registryClient(params.endpoints, log);
    const takesPushes = () => client.tryWrite(params.registry, params.repository);
    const building = () => {
      const once = () => build({ env, log, kube, reporter }, params, left);
      return buildThroughUpkeep(once, { registry: params.registry, takesPushes }, log);
    };
    const cached = params.cache && 'builders' in params.builder;
    const digests = await (cached ? replacingCaches(client, params, building, log) : building()).catch(async error => {
      throw await explained(error, client, params);
    });
    const published = await publish(client, { ...params, commit, digests, check }, log);
    await reporter.built();
    await writeResults(env, { ...published, superseded: '' });
  } catch (error) {
    if (!(error instanceof Superseded)) throw error;
    await endSuperseded(error.message, log, reporter);
    await writeResults(env, unbuilt(error.message));
  }
}

// A run that is cancelled, or takes too long, is told so by a signal; what it has started elsewhere ends with it.
async function build({ env, log, kube }: Surroundings, params: BuildParams, left: Handover) {
  const { builder, platforms, endpoints } = params;
  const image = `${params.registry}/${params.repository}`;
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once('SIGTERM', end);
  log(`building ${image} of commit ${left.commit} for ${platforms.join(' and ')}`);
  try {
    const text = await readFile(left.dockerfile, 'utf8');
    if ('builders' in builder) {
      const secrets = await secretFiles(params.secretFolder);
      return await buildAll({ ...params, ...builder, ...left, text, secrets, image, env }, log, stop.signal);
    }
    const source = await realpath(join(params.work, 'src'));
    const request = {
      ...params,
      ...builder,
      ...left,
      image,
      dockerfile: relative(source, left.dockerfile),
      context: relative(source, left.context) || '.',
      text,
      insecureRegistries: endpoints.filter(({ url }) => url.startsWith('http:')).map(({ name }) => name),
      run: runName(env),
    };
    return await buildAllByKaniko(kube(), request, log, stop.signal);
  } finally {
    process.off('SIGTERM', end);
  }
}

async function rollout({ env, log, kube, reporter }: Surroundings): Promise<void> {
  // A run that was superseded before has no digest, and its outcome is on the PipelineRun already.
  if (env.PARAM_SUPERSEDED) return await writeResults(env, { outcome: env.PARAM_SUPERSEDED });
  const params = rolloutParams(env);
  const { check } = makeOrder(kube, params, runName(env), log);
  let outcome: string;
  try {
    outcome = await rollOut(kube(), registryClient(params.endpoints, log), { ...params, check }, params, log);
    await reporter.ended(outcome);
  } catch (error) {
    if (!(error instanceof Superseded)) throw error;
    outcome = error.message;
    await endSuperseded(outcome, log, reporter);
  }
  await writeResults(env, { outcome });
}

// Where a push was refused, the registry itself says more to us than to the builder.
async function explained(
  error: unknown,
  client: RegistryClient,
  { registry, repository }: { registry: string; repository: string },
): Promise<unknown> {
  if (!(error instanceof StepFailure) || !isRefusedPush(error)) return error;
  const why = await client.tryWrite(registry, repository).then(() => undefined, messageOf);
  return why === undefined ? error : new StepFailure(`${why} (${error.message})`, error.details);
}

// The build would take them for the files, and succeed.
async function warnOfPointers(pointers: string[], log: Log, reporter: Reporter): Promise<void> {
  if (pointers.length === 0) return;
  const named = `${pointers.slice(0, 5).join(', ')}${pointers.length > 5 ? ` and ${pointers.length - 5} more` : ''}`;
  const text = `LFS objects are not fetched: whatever copies ${named} gets pointers of three lines in their place`;
  log(`warning: ${text}`);
  await reporter.warned(text);
}

// The stack's own bases among the images that a build stands on.
function basesIn(pinned: Record<string, string>, bases: readonly StackBase[]): string[] {
  const used = new Set(Object.values(pinned));
  const own = bases.map(({ reference }) => reference).filter(one => used.has(one));
  return [...new Set(own)].sort();
}

/** In a pod of Kaniko, before the executor. */
function kanikoSource({ env, log }: Surroundings): Promise<void> {
  return bringSource(sourceParams(env), env, log);
}

/** Before the container of a service, in its pod. */
async function bringObjects({ env, log }: Surroundings): Promise<void> {
  const params = objectsParams(env);
  const files = await listedFiles(params.list);
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once('SIGTERM', end);
  try {
    await fetchObjects({ ...params, files }, log, stop.signal);
  } finally {
    process.off('SIGTERM', end);
  }
}

async function listedFiles(list: string): Promise<ListedFile[]> {
  try {
    return parseChecksums(await readFile(list, 'utf8'));
  } catch (error) {
    throw new StepFailure(`checksum list ${list}: ${messageOf(error)}`);
  }
}

/** Serves until it is told to end. */
async function listener({ env, log, kube }: Surroundings): Promise<void> {
  const { port, configFile, secretFile } = listenerParams(env);
  const config = parsePushConfig(await readFile(configFile, 'utf8'));
  const secret = async () => (await readFile(secretFile, 'utf8')).trim();
  const runs = { namespace: config.run.metadata.namespace!, pipeline: config.run.spec.pipelineRef.name };
  const queue = repeat(
    "waiting runs can't be released",
    () => releaseRuns(kube(), { ...config, ...runs }, log),
    2000,
    log,
  );
  const prune = repeat(
    "old runs can't be deleted",
    () => deleteOldRuns(kube(), { ...config, ...runs }, log),
    600_000,
    log,
  );
  const server = makeListener(kube, { config, secret, created: queue.now }, log);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).once('close', resolve);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => server.close());
    server.listen(port, () => log(`listening on port ${port}, for ${config.services.length} services`));
  });
  await Promise.all([queue.stop(), prune.stop()]);
}

// A mounted Secret: a file for each key, beside the links and folders of kubelet's own, which begin with dots.
async function secretFiles(folder: string | undefined): Promise<Record<string, string>> {
  const names = folder === undefined ? [] : (await readdir(folder)).filter(name => !name.startsWith('.')).sort();
  return Object.fromEntries(names.map(name => [name, join(folder!, name)]));
}

// Every result must be there, or Tekton calls the run failed.
function unbuilt(superseded: string): Record<string, string> {
  return { digest: '', commit: '', reference: '', superseded };
}

async function endSuperseded(outcome: string, log: Log, reporter: Reporter): Promise<void> {
  log(`${outcome}; this run changes nothing more`);
  await reporter.ended(outcome);
}

// Nobody is there to run a step again.
function registryClient(endpoints: Endpoint[], say: Log): RegistryClient {
  return new RegistryClient({ endpoints, credentials: credentialsFor, patience: { ...PATIENT, say } });
}
