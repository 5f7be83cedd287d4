// A stack before its rules: what breaks one, what an exception lets go, and exceptions that nothing needs.
import { didYouMean } from '../images/nearest.ts';
import type { Exception } from '../systems/types.ts';
import type { Resource } from './resource.ts';
import type { Facts, Finding } from './rule.ts';
import { rules } from './rules.ts';

export interface Violation extends Finding {
  rule: string;
  /** Name of the resource. */
  resource: string;
}

export interface Verdict {
  /** Sorted by resource, rule and path. */
  violations: Violation[];
  /** How many violations an exception lets go. */
  excused: number;
}

/** Judges `resources`; exceptions that nothing needs are violations themselves. */
export async function judge(
  resources: readonly Resource[],
  facts: Facts,
  exceptions: readonly Exception[],
): Promise<Verdict> {
  const all = (await Promise.all(resources.map(resource => violationsOf(resource, facts)))).flat();
  const violations = all.filter(violation => !exceptions.some(exception => excuses(exception, violation)));
  const stale = staleExceptions(exceptions, all, resources);
  return { violations: sorted([...violations, ...stale]), excused: all.length - violations.length };
}

/** What breaks a rule in one resource, exceptions aside. */
export async function violationsOf(resource: Resource, facts: Facts): Promise<Violation[]> {
  const found = rules.map(async ({ name, find }) =>
    (await find(resource, facts)).map(finding => ({ ...finding, rule: name, resource: resource.name })),
  );
  return (await Promise.all(found)).flat();
}

/**
 * The exceptions that are at fault: of no rule, or for resources that are there and keep it, so that what was argued is
 * over. Those of other programs' rules, which have a prefix, are checked where those programs run (test/manifests).
 */
export function staleExceptions(
  exceptions: readonly Exception[],
  violations: readonly Violation[],
  resources: readonly Resource[],
): Violation[] {
  return exceptions
    .filter(({ rule }) => !rule.includes('/'))
    .flatMap(exception => {
      const fault = faultOf(exception, violations, resources);
      return fault === undefined ? [] : [{ ...fault, rule: 'exception', resource: exception.resource }];
    });
}

/** Whether the exception lets the violation go. */
export function excuses(exception: Exception, { rule, resource }: Pick<Violation, 'rule' | 'resource'>): boolean {
  return exception.rule === rule && isFor(exception, resource);
}

/** Whether the exception is for the resource of this name; `*` stands for any text without a slash. */
export function isFor({ resource }: Exception, name: string): boolean {
  const parts = resource.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]*')}$`).test(name);
}

/** `Deployment ns/name: path: [rule] found …; allowed: …; remedy`, a line each. */
export function printViolations(violations: readonly Violation[]): string {
  return violations
    .map(
      ({ resource, path, rule, found, allowed, remedy }) =>
        `  ${resource}: ${path}: [${rule}] found ${found}; allowed: ${allowed}; ${remedy}`,
    )
    .join('\n');
}

function faultOf(
  exception: Exception,
  violations: readonly Violation[],
  resources: readonly Resource[],
): Finding | undefined {
  const names = rules.map(({ name }) => name);
  if (!names.includes(exception.rule)) {
    const found = `"${exception.rule}", which is no rule`;
    return { path: 'rule', found, allowed: `${names.join(', ')}${didYouMean(exception.rule, names)}`, remedy: mend };
  }
  if (!resources.some(({ name }) => isFor(exception, name))) return undefined;
  if (violations.some(violation => excuses(exception, violation))) return undefined;
  const found = `an exception from ${exception.rule}, which is kept without it`;
  return { path: 'rule', found, allowed: 'exceptions that something needs', remedy: mend };
}

const mend = 'mend the exception, or take it away (systems/, components/exceptions.ts)';

function sorted(violations: Violation[]): Violation[] {
  const key = ({ resource, rule, path }: Violation) => `${resource}\0${rule}\0${path}`;
  return violations.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
