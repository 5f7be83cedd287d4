// What of a preview a reviewer stands for: which image each service gets, and what each rebuild is made from. It travels
// in a comment of the report's Markdown, so that a later preview can be held against it.
import type { Report } from './report.ts';
import type { Running } from './rolls.ts';

export interface Plan {
  stack: string;
  /** `track` or `lock`. */
  digests?: string;
  /** The commit that was previewed, where who printed the report knew it. */
  head?: string;
  /** By service: the first 16 digits of its new digest, `gone` where its workload goes. */
  rolls: Record<string, string>;
  /** By image: the fingerprint of what it is built from. */
  rebuilds: Record<string, string>;
}

export function planOf({ stack, digests, rolls, rebuilds }: Report, head?: string): Plan {
  return {
    stack,
    ...(digests !== undefined && { digests }),
    ...(head !== undefined && { head }),
    rolls: Object.fromEntries(rolls.map(({ service, to }) => [service, to ? printOf(to) : 'gone'])),
    rebuilds: Object.fromEntries(rebuilds.map(({ image, inputs }) => [image, inputs])),
  };
}

const printOf = ({ digest, image }: Running) => digest?.slice('sha256:'.length, 'sha256:'.length + 16) ?? image;

/** A comment of Markdown that no reader sees. */
export function printPlan(plan: Plan): string {
  return `<!-- slipway plan ${Buffer.from(JSON.stringify(plan)).toString('base64')} -->`;
}

/** The plans in `text`, in their order; whatever else is there is left alone. */
export function parsePlans(text: string): Plan[] {
  return [...text.matchAll(/<!-- slipway plan ([A-Za-z0-9+/=]+) -->/g)].flatMap(([, encoded]) => {
    const plan = planIn(Buffer.from(encoded!, 'base64').toString());
    return plan ? [plan] : [];
  });
}

function planIn(json: string): Plan | undefined {
  try {
    const plan = JSON.parse(json) as Partial<Plan>;
    const whole = typeof plan.stack === 'string' && isRecord(plan.rolls) && isRecord(plan.rebuilds);
    return whole ? (plan as Plan) : undefined;
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).every(item => typeof item === 'string');

/**
 * What `now` would do that none of the reviewed plans of its stack does; one line each. What was reviewed and is done
 * already is no difference. A stack that tracks rolls what its pipeline has made live, which no review decides: there,
 * only rebuilds count.
 */
export function differences(reviewed: readonly Plan[], now: Plan): string[] {
  const plans = reviewed.filter(({ stack }) => stack === now.stack);
  const differing = (what: 'rolls' | 'rebuilds', line: (name: string, found: string, seen: string[]) => string) =>
    Object.entries(now[what]).flatMap(([name, found]) => {
      const seen = plans.flatMap(plan => plan[what][name] ?? []);
      return seen.includes(found) ? [] : [line(name, found, seen)];
    });
  const was = (seen: string[], known: string) =>
    seen.length > 0 ? `reviewed was ${known}` : `no review of ${now.stack} has it`;
  return [
    ...(now.digests === 'track'
      ? []
      : differing('rolls', (name, found, seen) => {
          const target = found === 'gone' ? 'its workload goes' : `it would roll to ${found.slice(0, 12)}`;
          return `${name}: ${target}; ${was(seen, seen.map(print => print.slice(0, 12)).join(', '))}`;
        })),
    ...differing(
      'rebuilds',
      (name, _, seen) => `${name}: it would be rebuilt; ${was(seen, 'its rebuild from other files or arguments')}`,
    ),
  ];
}
