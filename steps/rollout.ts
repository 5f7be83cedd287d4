// Rolls a Deployment out by digest: write, wait, go back where it does not become healthy, and only after health move
// the tag that tells the stack which digest is live.
import type { Kube } from '../cluster/kube.ts';
import { messageOf } from '../cluster/one-line.ts';
import type { WorkloadName } from '../cluster/workload.ts';
import { type Digest, shortDigest } from '../images/digest.ts';
import { formatReference } from '../images/reference.ts';
import type { RegistryClient } from '../images/registry.ts';
import { immutableTag, liveTag } from '../images/tags.ts';
import { StepFailure } from './failure.ts';
import { type Log, seconds } from './log.ts';
import { Superseded } from './order.ts';
import { type Verdict, type WatchTimes, waitForHealth } from './watch.ts';
import { label, type Replacement, replaceImage } from './workload.ts';

export interface RolloutRequest extends WorkloadName {
  registry: string;
  repository: string;
  digest: Digest;
  commit: string;
  stack: string;
  /** Throws Superseded once the turn is another run's. */
  check: () => Promise<void>;
}

/**
 * Rolls out and gives the outcome in a line: `rolled out`, `unchanged: …`, `waiting: no workload yet` or
 * `superseded: …`. Throws a StepFailure where the digest is not in the registry, a race is lost, or the new pods do
 * not become healthy; then the image before is back, or the message says why not. Throws Superseded where a newer run
 * has begun: what this run has written till then stays for that run to replace.
 */
export async function rollOut(
  kube: Kube,
  registry: RegistryClient,
  request: RolloutRequest,
  times: WatchTimes,
  log: Log,
): Promise<string> {
  const { repository, digest, commit, stack, check } = request;
  await check();
  const built = { registry: request.registry, repository, digest };
  const index = await registry.manifest(built);
  if (!index) {
    throw new StepFailure(`${formatReference(built)} is not in the registry; build it again: start the pipeline anew`);
  }
  const image = formatReference({ ...built, tag: immutableTag(commit, digest) });

  const tag = { registry: request.registry, repository, tag: liveTag(stack) };
  const start = Date.now();
  const replaced = await replaceImage(kube, request, image, log, { check, live: await registry.head(tag) });
  if (replaced.state === 'no workload') {
    log(`no Deployment ${label(request)} yet; the next \`pulumi up\` creates it with this digest`);
    return 'waiting: no workload yet';
  }
  const { before, container } = replaced;
  log(replaced.state === 'same' ? `${label(request)} has ${image} already` : `${label(request)}: ${before} → ${image}`);

  const verdict = await waitForHealth(kube, request, { container, image }, { ...times, check }, log).catch(failed);
  if (verdict.state === 'superseded') return superseded(request, verdict.image, log);
  if (verdict.state === 'unhealthy') throw await goBack(kube, request, replaced, image, verdict.reason, times, log);
  log(`healthy after ${seconds(start)}: ${verdict.replicas} replicas`);

  await check();
  try {
    await registry.put(tag, index.bytes, index.mediaType);
  } catch (error) {
    throw new StepFailure(
      `${label(request)} is healthy with ${shortDigest(digest)}, but ${formatReference(tag)} can't be moved to it (${messageOf(error)}); run again before the next \`pulumi up\``,
    );
  }
  log(`${formatReference(tag)} is now ${digest}`);
  return replaced.state === 'same' ? 'unchanged: the Deployment had this image already' : 'rolled out';
}

async function goBack(
  kube: Kube,
  request: RolloutRequest,
  { fallback, container }: Exclude<Replacement, { state: 'no workload' }>,
  image: string,
  reason: string,
  times: WatchTimes,
  log: Log,
): Promise<StepFailure> {
  const what = `${label(request)} did not become healthy with ${shortDigest(request.digest)} of commit ${request.commit.slice(0, 12)}: ${reason}`;
  log(what);
  if (fallback === image) return new StepFailure(`${what}; no other image is known to go back to`);
  log(`going back to ${fallback}`);
  const start = Date.now();
  try {
    const back = await replaceImage(kube, request, fallback, log, { expected: image });
    if (back.state === 'no workload') return new StepFailure(`${what}; the Deployment is gone meanwhile`);
    const verdict = await waitForHealth(kube, request, { container, image: fallback }, times, log);
    if (verdict.state === 'superseded') {
      return new StepFailure(`${what}; another writer has set ${verdict.image ?? 'nothing'} meanwhile`);
    }
    if (verdict.state === 'unhealthy') {
      return new StepFailure(`${what}; gone back to ${fallback}, which is not healthy either: ${verdict.reason}`);
    }
    log(`healthy again after ${seconds(start)}`);
    return new StepFailure(`${what}; gone back to ${fallback}, which serves`);
  } catch (error) {
    return new StepFailure(`${what}; going back to ${fallback} failed: ${messageOf(error)}`);
  }
}

function superseded(request: RolloutRequest, image: string | undefined, log: Log): string {
  const outcome = `superseded: another writer has ${image ? `set ${image}` : 'removed the Deployment'}`;
  log(`${label(request)}: ${outcome}; this run changes nothing more`);
  return outcome;
}

// Whatever else ends the wait, the new image is not known to be healthy. Where a newer run has begun, it is that run
// that judges: going back now would be going back over it.
function failed(error: unknown): Verdict {
  if (error instanceof Superseded) throw error;
  return { state: 'unhealthy', reason: messageOf(error) };
}
