// The steps by name: each reads its parameters, does its work by the functions beside this file, and leaves results.
import { readFile } from 'node:fs/promises';
import type { Kube } from '../cluster/kube.ts';
import { credentialsFor } from '../images/credentials.ts';
import { type Endpoint, endpointFor } from '../images/endpoints.ts';
import { RegistryClient } from '../images/registry.ts';
import { declaresEpoch } from '../images/reproducible.ts';
import { buildAll } from './build.ts';
import { fetchSource } from './fetch.ts';
import { leave, takeOver } from './handover.ts';
import type { Log } from './log.ts';
import { buildParams, fetchParams, rolloutParams } from './params.ts';
import { preflightBases } from './preflight.ts';
import { publish } from './publish.ts';
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
  rollout,
};

async function fetchPreflight({ env, log, reporter }: Surroundings): Promise<void> {
  // First of all, and beside the rest: a run that fails at once must go with its Pipeline, too.
  const adopted = reporter.adopt();
  try {
    const params = fetchParams(env);
    const source = await fetchSource({ ...params, env }, log);
    const place = await locate(source, params.dockerfile, params.context);
    const dockerfile = await readFile(place.dockerfile, 'utf8');
    const { aliases } = endpointFor(params.endpoints, params.registry);
    const contexts = await preflightBases(registryClient(params.endpoints), { ...params, aliases, dockerfile }, log);
    await leave(params.work, { commit: source.commit, ...place, contexts, rewriteTimes: declaresEpoch(dockerfile) });
  } finally {
    await adopted;
  }
}

async function buildPublish({ env, log }: Surroundings): Promise<void> {
  const params = buildParams(env);
  const { commit, ...place } = await takeOver(params.work);
  const image = `${params.registry}/${params.repository}`;
  log(`building ${image} of commit ${commit} for ${params.platforms.join(' and ')}`);
  const digests = await buildAll({ ...params, ...place, image, env }, log);
  const published = await publish(registryClient(params.endpoints), { ...params, commit, digests }, log);
  await writeResults(env, { ...published });
}

async function rollout({ env, log, kube, reporter }: Surroundings): Promise<void> {
  const params = rolloutParams(env);
  const outcome = await rollOut(kube(), registryClient(params.endpoints), params, params, log);
  await writeResults(env, { outcome });
  await reporter.ended(outcome);
}

function registryClient(endpoints: Endpoint[]): RegistryClient {
  return new RegistryClient({ endpoints, credentials: credentialsFor });
}
