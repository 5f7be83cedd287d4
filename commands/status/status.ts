// Which digest of each service is wanted, which runs, which was built last; and what they are built on.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pMap from 'p-map';
import { isHealthy, type Pod, podsOf, progressOf } from '../../cluster/health.ts';
import { messageOf } from '../../cluster/one-line.ts';
import { BASES, createdAt, type Run, resultOf, runsOf } from '../../cluster/runs.ts';
import { containerOf, type Deployment } from '../../cluster/workload.ts';
import { type Digest, parseDigest } from '../../images/digest.ts';
import { findBases } from '../../images/dockerfile.ts';
import type { Lock } from '../../images/lock.ts';
import { formatReference, parseReference } from '../../images/reference.ts';
import { commitOf, shortCommitOf } from '../../images/tags.ts';
import type { Settings } from '../../settings/settings.ts';
import type { BaseEntry, ServiceEntry } from '../../systems/types.ts';
import { checkout } from '../checkout.ts';
import type { Context } from '../context.ts';
import { pinnedBases } from '../pins.ts';
import { digestOfImage, podsOfDeployment, runsOther } from '../rollouts/running.ts';
import { stateOf } from './state.ts';

/** An image somewhere. `commit`: 40 or 12 digits or `unknown`; `since`: RFC 3339, absent where nobody wrote it down. */
export interface Sighting {
  digest: Digest;
  commit: string;
  since?: string;
}

/** Nothing there; or not known, as what would tell did not answer. */
export type Seen = Sighting | 'none' | 'unknown';

export interface ServiceStatus {
  name: string;
  /** Repository. */
  image: string;
  /** Tag of the base that the catalogue or the stack has for it; absent where services have none. */
  base?: string;
  wanted: Seen;
  /** Where `wanted` is from: `live`, `built` and `unjudged` of a stack that tracks, `pinned` of one that locks. */
  source: string;
  running: Seen;
  /** `1 of 1 replicas updated, 1 available`; absent where there is no workload. */
  progress?: string;
  healthy: boolean;
  built: Seen;
  /** Digest of the base that what runs was built on, where a run still tells. */
  builtOn?: Digest;
  /** In words; see state.ts. */
  state: string;
  /** Pods that run something else than their Deployment says, and what could not be looked at. */
  notes: string[];
}

export interface BaseStatus {
  tag: string;
  repository: string;
  /** Under its tag in the registry. */
  built: Seen;
  /** Digest that runs build on. */
  pinned: Digest | 'none' | 'unknown';
  /** What it is built from: reference without digest, and the digest of the lock. */
  upstreams: { reference: string; digest: Digest | 'unknown' }[];
}

export interface StackStatus {
  stack: string;
  system: string;
  /** RFC 3339. */
  asked: string;
  digests: Settings['digests'];
  services: ServiceStatus[];
  bases: BaseStatus[];
  /** What could not be asked. */
  notes: string[];
}

const PARALLEL = 16;

export async function statusOf(context: Context): Promise<StackStatus> {
  const { stack, system, digests, services, bases } = context.settings;
  const notes = new Set<string>();
  /** What a look gives; undefined, and a note, where it is not possible. */
  const possibly = async <T>(look: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await look();
    } catch (error) {
      notes.add(messageOf(error));
      return undefined;
    }
  };
  const [lock, runs, pins] = await Promise.all([
    possibly(() => context.lock()),
    possibly(() => context.runs()),
    possibly(() => pinnedBases(context)),
  ]);
  return {
    stack,
    system: system.name,
    asked: context.now.toISOString(),
    digests,
    services: await pMap(services, entry => serviceStatus(context, entry, runs ?? [], lock, possibly), {
      concurrency: PARALLEL,
    }),
    bases: await Promise.all(
      bases.map(async (entry): Promise<BaseStatus> => {
        const { repository } = entry;
        const references = pins?.map(({ reference }) => parseReference(reference));
        const pin = references?.find(one => one.repository === repository && one.tag === entry.tag);
        return {
          ...{ tag: entry.tag, repository },
          built: (await possibly(() => tagged(context, repository, entry.tag))) ?? 'unknown',
          pinned: references ? (pin?.digest ?? 'none') : 'unknown',
          upstreams: (await possibly(() => upstreamsOf(context, entry, lock))) ?? [],
        };
      }),
    ),
    notes: [...notes].sort(),
  };
}

type Possibly = <T>(look: () => Promise<T>) => Promise<T | undefined>;

async function serviceStatus(
  context: Context,
  entry: ServiceEntry,
  allRuns: readonly Run[],
  lock: Lock | undefined,
  possibly: Possibly,
): Promise<ServiceStatus> {
  const { settings } = context;
  const own = runsOf(allRuns, entry);
  const base = settings.variantOf(entry.name);
  const [wanted, deployments, built] = await Promise.all([
    possibly(() => context.wanted(entry)),
    possibly(() => context.deployments()),
    possibly(() => tagged(context, entry.image, settings.tag)),
  ]);
  const dated = (seen: Seen): Seen =>
    typeof seen === 'string' ? seen : { ...seen, since: seen.since ?? whenBuilt(own, seen.digest) };
  const deployment = deployments?.get(entry.name);
  const pods = deployment && (await possibly(() => podsOfDeployment(context, deployment)));
  const running: Seen = deployment ? runningOf(deployment, pods ?? []) : deployments ? 'none' : 'unknown';
  const strange =
    deployment && pods && (await possibly(() => runsOther(context, entry.image, containerOf(deployment), pods)));
  const found = {
    wanted: dated(wanted ? wantedOf(wanted, lock, entry) : 'unknown'),
    running,
    built: dated(built ?? 'unknown'),
    healthy: deployment !== undefined && isHealthy(deployment) && !strange,
    source: wanted?.state ?? 'unknown',
  };
  return {
    ...{ name: entry.name, image: entry.image, ...found },
    ...(base !== undefined && { base }),
    ...(deployment && { progress: progressOf(deployment) }),
    ...(typeof running !== 'string' && { builtOn: builtOn(own, running.digest) }),
    state: stateOf(found),
    notes: strange ? [`pod ${strange.pod} runs ${strange.digest}`] : [],
  };
}

function wantedOf(
  { digest, commit = 'unknown' }: Awaited<ReturnType<Context['wanted']>>,
  lock: Lock | undefined,
  { image }: ServiceEntry,
): Seen {
  if (digest === undefined) return 'none';
  const entry = lock?.images[image];
  const pinned = typeof entry === 'object' && entry.digest === digest && entry.pinnedAt !== 'unknown';
  return { digest: parseDigest(digest), commit, ...(pinned && { since: entry.pinnedAt }) };
}

/** What the Deployment says; since its oldest pod of that image. */
function runningOf(deployment: Deployment, pods: readonly Pod[]): Seen {
  const { name, image } = containerOf(deployment);
  const digest = digestOfImage(image);
  if (!digest) return 'unknown';
  const tag = parseReference(image).tag ?? '';
  const times = podsOf(pods, name, image).flatMap(({ status }) => status?.startTime ?? []);
  const since = times.sort()[0];
  return { digest, commit: shortCommitOf(tag), ...(since && { since }) };
}

async function tagged(context: Context, repository: string, tag: string): Promise<Seen> {
  const client = await context.registry();
  const found = await client.manifest({ registry: context.settings.registry.name, repository, tag });
  return found ? { digest: found.digest, commit: commitOf(found.manifest.annotations) } : 'none';
}

// Images carry no time: the same content is to be the same digest. The first run that gave the digest has one.
function whenBuilt(runs: readonly Run[], digest: string): string | undefined {
  const times = runs.filter(run => resultOf(run, 'digest') === digest).flatMap(run => run.status?.completionTime ?? []);
  return times.sort()[0];
}

function builtOn(runs: readonly Run[], digest: Digest): Digest | undefined {
  const made = runs.filter(run => resultOf(run, 'digest') === digest);
  const first = made.sort((a, b) => (createdAt(a) < createdAt(b) ? -1 : 1))[0];
  return digestOfImage(first?.metadata.annotations?.[BASES]?.split(' ')[0] ?? '');
}

async function upstreamsOf(
  { settings }: Context,
  { tag, dockerfile }: BaseEntry,
  lock: Lock | undefined,
): Promise<BaseStatus['upstreams']> {
  const text = await readFile(join(checkout, dockerfile), 'utf8');
  const written = findBases(text, { buildArgs: settings.buildArgs[tag] }).map(({ reference }) => {
    const { tag: named = 'latest', ...rest } = parseReference(reference);
    return formatReference({ ...rest, tag: named });
  });
  return [...new Set(written)].map(reference => {
    const entry = lock?.upstream[reference];
    return { reference, digest: typeof entry === 'object' ? entry.digest : (digestOfImage(reference) ?? 'unknown') };
  });
}
