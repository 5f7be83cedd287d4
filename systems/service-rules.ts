// What holds for a service, whoever describes it: the catalogue, a stack file, or a component's arguments. Each rule gives
// what is expected in place of what was found, or undefined where it will do.

import { amountOf, isQuantity, quantityForm } from './quantity.ts';
import type { Autoscale, Resources, ServiceEntry } from './types.ts';

export const MOST_REPLICAS = 100;
/** Names of environment variables that every shell and every ConfigMap takes. */
export const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
export const envNameForm = 'a name of letters, digits and _, no digit first';

export function portFault(port: number): string | undefined {
  if (Number.isInteger(port) && port >= 1024 && port <= 65535) return undefined;
  return 'a port from 1024 to 65535: the container runs as an ordinary user';
}

export function healthFault(path: string): string | undefined {
  return path.startsWith('/') ? undefined : 'a path that begins with "/", for example /health';
}

export function replicasFault(replicas: number): string | undefined {
  if (Number.isInteger(replicas) && replicas >= 1 && replicas <= MOST_REPLICAS) return undefined;
  return `a whole number from 1 to ${MOST_REPLICAS}`;
}

export function autoscaleFault({ min, max, cpu }: Autoscale): string | undefined {
  if (replicasFault(min) || replicasFault(max) || min >= max) return `min below max, both from 1 to ${MOST_REPLICAS}`;
  return Number.isInteger(cpu) && cpu >= 1 && cpu <= 1000 ? undefined : 'cpu from 1 to 1000 percent of the request';
}

export function envNameFault(name: string): string | undefined {
  return ENV_NAME.test(name) ? undefined : envNameForm;
}

interface EntryFault {
  path: string;
  found: unknown;
  expected: string;
}

/** What is mounted, and where: absolute paths, each once, none of them in the way of what every pod has. */
export function mountFaults({ writable = [], data = {}, secretFiles = {} }: ServiceEntry): EntryFault[] {
  const mounts = [
    ...writable.map((at, i) => [`writable[${i}]`, at] as const),
    ...Object.entries(data).map(([name, at]) => [`data.${name}`, at] as const),
    ...Object.keys(secretFiles).map(at => ['secretFiles', at] as const),
  ];
  const paths = mounts.map(([, at]) => at);
  return mounts.flatMap(([path, found], i) => {
    if (!/^(?:\/[A-Za-z0-9._-]+)+$/.test(found) || /\/\.\.?(?:\/|$)/.test(found))
      return [{ path, found, expected: 'an absolute path without "/" at its end, for example /app/logs' }];
    if (found === '/tmp') return [{ path, found, expected: 'another path: every service may write to /tmp' }];
    return paths.indexOf(found) < i ? [{ path, found, expected: 'each path once' }] : [];
  });
}

/** Variables and files whose values are in Secrets. */
export function secretFaults({ env, secretEnv = {}, secretFiles = {} }: ServiceEntry): EntryFault[] {
  const names = Object.keys(secretEnv).flatMap(name => {
    const expected = envNameFault(name) ?? (name in env ? 'a variable that env does not have, too' : undefined);
    return expected === undefined ? [] : [{ path: 'secretEnv', found: name, expected }];
  });
  const sources = [...Object.entries(secretEnv), ...Object.entries(secretFiles)].flatMap(([at, { secret, key }]) => {
    if (/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(secret) && /^[A-Za-z0-9._-]+$/.test(key)) return [];
    return [
      { path: `Secret of ${at}`, found: `${secret}/${key}`, expected: 'the name of a Secret and one of its keys' },
    ];
  });
  return [...names, ...sources];
}

interface ResourceFault {
  /** Below `resources`, for example `requests.memory`. */
  path: string;
  found: string;
  expected: string;
}

/** Amounts that are no quantities, and those above their limit. */
export function resourceFaults(resources: Resources): ResourceFault[] {
  const faults: ResourceFault[] = [];
  for (const part of ['requests', 'limits'] as const) {
    for (const [name, found] of Object.entries(resources[part])) {
      if (!isQuantity(found)) faults.push({ path: `${part}.${name}`, found, expected: quantityForm });
    }
  }
  return [...faults, ...limitFaults(resources)];
}

/** Requests above their limit, which Kubernetes refuses. What is no quantity is above nothing. */
export function limitFaults({ requests, limits }: Resources): ResourceFault[] {
  return (['cpu', 'memory'] as const).flatMap(name => {
    const [found, limit] = [requests[name], limits[name]];
    if (limit === undefined || !(amountOf(found) > amountOf(limit))) return [];
    return [{ path: `requests.${name}`, found, expected: `no more than its limit of ${limit}` }];
  });
}
