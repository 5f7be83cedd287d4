// How a rollout replaces a Deployment's image.
import { type Kube, KubeError } from '../cluster/kube.ts';
import { oneLine } from '../cluster/one-line.ts';
import { containerOf, type Deployment, pathOf, ROLLOUT_MANAGER, type WorkloadName } from '../cluster/workload.ts';
import type { Digest } from '../images/digest.ts';
import { StepFailure } from './failure.ts';
import type { Log } from './log.ts';

/**
 * What a replacement did. `before`: the image that was there. `fallback`: the one to go back to, which is `before` but
 * where that was never seen healthy: a run that was overtaken or killed has left it.
 */
export type Replacement =
  | { state: 'no workload' }
  | { state: 'replaced' | 'same'; before: string; fallback: string; container: string };

// On the Deployment: which image a rollout has written, and which it would go back to.
const ROLLED_OUT = 'slipway.dev/rolled-out';
const FALLBACK = 'slipway.dev/fallback';

const TRIES = 3;

/**
 * Writes `image` into the Deployment. `expected`: replace that image only, and throw where another is there by now.
 * Without it, a race that is lost against another writer is run again on what is there then, three times at most.
 * `live`: digest of the last image that was seen healthy, where one was.
 * `check` is called between each look at the Deployment and its patch: what it throws leaves the Deployment as it is,
 * and a newer run that writes after it is seen by the patch's own test.
 * Nothing is created. Throws a StepFailure on a lost race, a paused Deployment and a missing permission.
 */
export async function replaceImage(
  kube: Kube,
  workload: WorkloadName,
  image: string,
  log: Log,
  { expected, live, check = async () => {} }: { expected?: string; live?: Digest; check?: () => Promise<void> } = {},
): Promise<Replacement> {
  const path = pathOf(workload);
  let wanted: string | undefined = expected;
  for (let attempt = 1; ; attempt++) {
    const found = await allowed(kube.get<Deployment>(path), workload);
    if (!found) return { state: 'no workload' };
    const { index, name: container, image: current } = containerOf(found);
    const fallback = fallbackOf(found, current, live);
    // A patch whose answer got lost may have been made: then the image that counts as "before" is the one replaced.
    if (current === image)
      return { state: wanted ? 'replaced' : 'same', before: wanted ?? current, fallback, container };
    if (expected && current !== expected) throw lost(workload, current, expected);
    if (found.spec.paused) {
      throw new StepFailure(
        `Deployment ${label(workload)} is paused; resume it (kubectl rollout resume) and run again`,
      );
    }
    await check();
    wanted = current;
    const at = `/spec/template/spec/containers/${index}`;
    const change = [
      { op: 'test', path: `${at}/name`, value: container },
      { op: 'test', path: `${at}/image`, value: current },
      ...annotate(found, { [ROLLED_OUT]: image, [FALLBACK]: fallback }),
      { op: 'replace', path: `${at}/image`, value: image },
    ];
    try {
      await allowed(kube.patch(path, change, 'json', { fieldManager: ROLLOUT_MANAGER }), workload);
      return { state: 'replaced', before: current, fallback, container };
    } catch (error) {
      const now = await kube.get<Deployment>(path);
      const there = now && containerOf(now).image;
      if (there === image) return { state: 'replaced', before: current, fallback, container };
      if (!isRace(error) || (there === current && attempt === TRIES)) throw error;
      if (there !== current) log(`another writer has changed ${label(workload)} to ${there ?? 'nothing'} meanwhile`);
      if (attempt === TRIES) throw lost(workload, there ?? 'nothing', current);
    }
  }
}

// An image that a rollout wrote and that did not become the live one was never judged.
function fallbackOf({ metadata: { annotations = {} } }: Deployment, current: string, live?: Digest): string {
  const judged = annotations[ROLLED_OUT] !== current || (live !== undefined && current.endsWith(`@${live}`));
  return judged ? current : (annotations[FALLBACK] ?? current);
}

function annotate({ metadata: { annotations } }: Deployment, values: Record<string, string>): object[] {
  const at = '/metadata/annotations';
  if (!annotations) return [{ op: 'add', path: at, value: values }];
  return Object.entries(values).map(([name, value]) => ({
    op: 'add',
    path: `${at}/${name.replaceAll('/', '~1')}`,
    value,
  }));
}

/** `namespace/name`. */
export function label({ namespace, deployment }: WorkloadName): string {
  return `${namespace}/${deployment}`;
}

// A failed `test` is 422, a write in between two of the server's own reads is 409.
function isRace(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 409 || error.status === 422);
}

function lost(workload: WorkloadName, found: string, expected: string): StepFailure {
  return new StepFailure(
    `Deployment ${label(workload)} is being changed by another writer: expected ${expected}, found ${found}; see what writes it, then run again`,
  );
}

async function allowed<T>(call: Promise<T>, workload: WorkloadName): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof KubeError) || error.status !== 403) throw error;
    throw new StepFailure(
      `this run may not change Deployment ${label(workload)} (${oneLine(error.message)}); allowed: the system's own namespaces`,
      [],
      { cause: error },
    );
  }
}
