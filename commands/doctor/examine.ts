// Asks all checks, a bounded number at a time; none can hold up or end the others.
import pMap from 'p-map';
import { KubeError } from '../../cluster/kube.ts';
import { messageOf } from '../../cluster/one-line.ts';
import { type Context, causeOf, NotAsked } from '../context.ts';
import { within } from '../within.ts';
import { type Check, type Finding, fault, type Verdict } from './finding.ts';

export interface Examined extends Finding {
  group: Check['group'];
  name: string;
  subject?: string;
}

const PARALLEL = 16;

/** What each check says, in their order. `limit`: milliseconds for one check. */
export function examine(context: Context, checks: readonly Check[], limit = 25_000): Promise<Examined[]> {
  return pMap(
    checks,
    async check => {
      const { group, name, subject } = check;
      return { group, name, ...(subject !== undefined && { subject }), ...(await asked(context, check, limit)) };
    },
    { concurrency: PARALLEL },
  );
}

async function asked(context: Context, check: Check, limit: number): Promise<Finding> {
  try {
    return await within(check.limit ?? limit, async () => check.ask(context));
  } catch (error) {
    if (error instanceof NotAsked) return { verdict: 'not asked', seen: error.message };
    const refused = causeOf(error, KubeError);
    if (refused?.status === 403) {
      return { verdict: 'not asked', seen: `your account in the cluster may not do that: ${messageOf(refused)}` };
    }
    return fault(`the check failed: ${messageOf(error)}`, `slipway doctor ${context.settings.stack}`);
  }
}

/** `fault` where there is one, else `warning` where there is one, else `ok`. */
export function worst(examined: readonly Finding[]): Verdict {
  const verdicts = examined.map(({ verdict }) => verdict);
  return (['fault', 'warning'] as const).find(verdict => verdicts.includes(verdict)) ?? 'ok';
}
