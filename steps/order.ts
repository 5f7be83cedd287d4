// Which run of a service is the newest: neither Tekton nor a registry's tags know that one commit supersedes another.
// One Lease a service names the run whose turn it is. A run takes it in its first step and looks before everything
// that others would see. Times play no part: those of the API have whole seconds, and clocks differ.
import pRetry from 'p-retry';
import { type Kube, KubeError, type KubeObject } from '../cluster/kube.ts';
import { messageOf } from '../cluster/one-line.ts';
import { STARTED_BY } from '../cluster/runs.ts';
import type { WorkloadName } from '../cluster/workload.ts';
import { StepFailure } from './failure.ts';
import type { Log } from './log.ts';
import type { RunName } from './params.ts';
import { label } from './workload.ts';

/** The end of a run that a newer one has overtaken. Not a failure: nobody has anything to mend. */
export class Superseded extends Error {
  override readonly name = 'Superseded';

  /** `by`: what has overtaken it, after the words "superseded: ". */
  constructor(by: string) {
    super(`superseded: ${by}`);
  }
}

/** What a run is about to build; `push`: it was started by a push, whose branch has `commit` at its head now. */
export interface Turn {
  commit: string;
  push: boolean;
}

export interface Order {
  /**
   * Takes the turn for what `look` finds. `look` is called after the Lease was read, and again whenever another run
   * has written the Lease meanwhile: so whoever writes last has also seen the newest branch.
   * @throws Superseded where a run by hand has followed on this very push
   */
  claim<T extends Turn>(look: () => Promise<T>): Promise<T>;
  /** @throws Superseded where the turn is another run's by now */
  check(): Promise<void>;
}

/** coordination.k8s.io/v1 Lease, as far as the order goes. */
export interface Lease extends KubeObject {
  spec?: { holderIdentity?: string; acquireTime?: string; leaseTransitions?: number };
}

export const COMMIT = 'slipway.dev/commit';
export const PUSH = 'slipway.dev/push';
const FIELD_MANAGER = 'slipway-order';
const TRIES = 20;

/** The Lease's name; the pipeline's component declares one for each service. */
export function leasePath({ namespace, deployment }: WorkloadName): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/slipway-${deployment}`;
}

/** The order of one service's runs, as `run` keeps it. Outside of a pipeline there is no order to keep. */
export function makeOrder(
  connect: () => Kube,
  workload: WorkloadName,
  run: RunName | undefined,
  log: Log,
  retries = 5,
): Order {
  if (!run) return { claim: look => look(), check: async () => {} };
  const path = leasePath(workload);
  const self = `${run.namespace}/${run.name}`;
  const read = async (): Promise<Lease | undefined> => {
    const lease = await ask(() => connect().get<Lease>(path), workload, retries);
    if (!lease) log(`warning: ${label(workload)} is no service of this stack, so its runs are in no order`);
    return lease;
  };
  return {
    async claim(look) {
      for (let attempt = 1; ; attempt++) {
        const lease = await read();
        const turn = await look();
        if (!lease) return turn;
        if (!isHeldBy(lease, self)) overtaken(lease, turn);
        const change = takeOver(lease, self, turn);
        try {
          await connect().patch(path, change, 'merge', { fieldManager: FIELD_MANAGER });
          log(`${label(workload)}: it is this run's turn, with commit ${turn.commit.slice(0, 12)}`);
          return turn;
        } catch (error) {
          if (error instanceof KubeError && error.status === 409 && attempt < TRIES) continue;
          throw new StepFailure(`the turn of ${label(workload)} can't be taken (${messageOf(error)}); run again`);
        }
      }
    },
    async check() {
      const lease = await read();
      // A Lease that was made anew holds nothing against anybody.
      if (!lease?.spec?.holderIdentity || isHeldBy(lease, self)) return;
      throw new Superseded(`by ${holder(lease)}`);
    },
  };
}

function isHeldBy(lease: Lease, run: string): boolean {
  return lease.spec?.holderIdentity === run;
}

// A push that was delivered again, or late, after a run by hand that had followed on it: the hand was later.
function overtaken(lease: Lease, { commit, push }: Turn): void {
  const { annotations = {} } = lease.metadata;
  if (push && annotations[STARTED_BY] === 'hand' && annotations[PUSH] === commit) {
    throw new Superseded(`by ${holder(lease)}, which followed on the push of this commit`);
  }
}

function takeOver({ metadata, spec = {} }: Lease, holderIdentity: string, { commit, push }: Turn): object {
  const now = new Date().toISOString().replace(/Z$/, '000Z'); // the API wants microseconds
  return {
    metadata: {
      // Compare and swap: refused where anyone has written since the Lease was read.
      resourceVersion: metadata.resourceVersion,
      annotations: { [COMMIT]: commit, [STARTED_BY]: push ? 'push' : 'hand', ...(push && { [PUSH]: commit }) },
    },
    spec: { holderIdentity, acquireTime: now, renewTime: now, leaseTransitions: (spec.leaseTransitions ?? 0) + 1 },
  };
}

function holder({ metadata: { annotations = {} }, spec = {} }: Lease): string {
  const name = spec.holderIdentity?.split('/').at(-1);
  const how = annotations[STARTED_BY] === 'hand' ? 'started by hand' : 'started by a push';
  return `run ${name} of commit ${(annotations[COMMIT] ?? 'unknown').slice(0, 12)}, ${how}`;
}

// Undefined where there is no Lease for the workload. An order that can't be seen is no order: then nothing is moved.
async function ask(get: () => Promise<Lease | undefined>, workload: WorkloadName, retries: number) {
  const refused = (error: unknown) => error instanceof KubeError && error.status === 403;
  try {
    return await pRetry(get, { retries, minTimeout: 300, shouldRetry: ({ error }) => !refused(error) });
  } catch (error) {
    // The steps may read the Leases of the stack's services alone: a name that is none of those is refused.
    if (refused(error)) return undefined;
    throw new StepFailure(
      `it can't be told whether a newer run of ${label(workload)} has begun (${messageOf(error)}); run again`,
    );
  }
}
