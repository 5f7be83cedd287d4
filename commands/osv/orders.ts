// How each ecosystem of OSV orders its versions.
import { parse } from 'semver';
import { compareVersions } from '../requirements/python-version.ts';
import { compareDebianVersions } from './debian-version.ts';

/** Below 0 where `a` comes before `b`, 0 where they are the same version, above 0 otherwise. Throws on what is none. */
export type Order = (a: string, b: string) => number;

const orders: Record<string, Order> = {
  Debian: compareDebianVersions,
  Ubuntu: compareDebianVersions,
  PyPI: compareVersions,
  Go: compareSemantic,
  npm: compareSemantic,
};

/** The ecosystems whose versions can be compared. */
export const comparable = Object.keys(orders);

/** The order of an ecosystem's versions, its release left out (`Debian:12`); undefined where it is none of ours. */
export function orderOf(ecosystem: string): Order | undefined {
  return orders[ecosystem.split(':')[0]!];
}

/** How `a` and `b` are ordered; undefined where one of them is no version. */
export function ordered(order: Order, a: string, b: string): number | undefined {
  try {
    return order(a, b);
  } catch {
    return undefined;
  }
}

function compareSemantic(a: string, b: string): number {
  return semantic(a).compare(semantic(b));
}

// Go itself names its releases in a form of its own: go1.22, 1.23rc1.
function semantic(version: string) {
  const [, main, patch = '.0', stage, number] = /^(?:go)?(\d+\.\d+)(\.\d+)?(?:(beta|rc)(\d+))?$/.exec(version) ?? [];
  const text = main === undefined ? version : `${main}${patch}${stage === undefined ? '' : `-${stage}.${number}`}`;
  const parsed = parse(text);
  if (parsed) return parsed;
  throw new Error(`"${version}" is no semantic version`);
}
