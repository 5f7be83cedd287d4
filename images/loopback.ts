// Registries on this machine's loopback: reached by plain HTTP unless told otherwise, as Docker's clients do.
import type { Endpoint } from './endpoints.ts';

/** Whether `registry` (host or host:port) is this machine itself. */
export function isLoopback(registry: string): boolean {
  const host = registry.replace(/:[0-9]+$/, '');
  return host === 'localhost' || host === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(host);
}

/** `endpoints`, and one by plain HTTP for each of `registries` that is on the loopback and that none of them names. */
export function withLoopback(endpoints: readonly Endpoint[], registries: readonly string[]): Endpoint[] {
  const known = new Set(endpoints.flatMap(({ name, aliases }) => [name, ...aliases]));
  const added = [...new Set(registries)].filter(name => isLoopback(name) && !known.has(name));
  return [...endpoints, ...added.map(name => ({ name, aliases: [], url: `http://${name}` }))];
}
