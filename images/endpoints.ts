// A name is not an address: a reference names a registry as the cluster pulls from it, and each process reaches that
// registry under some URL of its own. This is the one place that maps one to the other.
import { DOCKER_HUB, isRegistry } from './reference.ts';

/** `name` and `aliases` as references spell the registry; `url` (scheme, host, port) as this process reaches it. */
export interface Endpoint {
  name: string;
  aliases: string[];
  url: string;
}

const FORM = 'expected name[|alias…]=http(s)://host[:port][,…]';
// The hub is named docker.io and answers elsewhere.
const HUB_URL = 'https://registry-1.docker.io';

/**
 * Reads `name[|alias…]=url[,…]`, the form of the environment variable SLIPWAY_ENDPOINTS; empty text is no endpoint.
 * Throws one line on a name that is no registry, a URL with credentials or a path, and a name that occurs twice.
 */
export function parseEndpoints(text: string): Endpoint[] {
  const endpoints: Endpoint[] = [];
  const seen = new Set<string>();
  for (const entry of text.split(',').map(part => part.trim())) {
    if (entry === '') continue;
    const equals = entry.indexOf('=');
    if (equals < 0) throw new Error(`endpoint "${shown(entry)}": it has no "="; ${FORM}`);
    const names = entry
      .slice(0, equals)
      .split('|')
      .map(part => part.trim());
    for (const name of names) {
      if (!isRegistry(name)) throw new Error(`endpoint "${shown(entry)}": "${name}" is no registry name; ${FORM}`);
      if (seen.has(name))
        throw new Error(`endpoint "${shown(entry)}": ${name} is named twice; each name has one endpoint`);
      seen.add(name);
    }
    endpoints.push({ name: names[0]!, aliases: names.slice(1), url: parseUrl(entry, entry.slice(equals + 1).trim()) });
  }
  return endpoints;
}

/** The form that parseEndpoints reads. */
export function printEndpoints(endpoints: readonly Endpoint[]): string {
  return endpoints.map(({ name, aliases, url }) => `${[name, ...aliases].join('|')}=${url}`).join(',');
}

/** The endpoint of `registry` (a name or an alias); a registry that none names is reached by HTTPS under its own name. */
export function endpointFor(endpoints: readonly Endpoint[], registry: string): Endpoint {
  const known = endpoints.find(endpoint => endpoint.name === registry || endpoint.aliases.includes(registry));
  return known ?? { name: registry, aliases: [], url: registry === DOCKER_HUB ? HUB_URL : `https://${registry}` };
}

/** The name that stands for `registry` in references: aliases become the name, anything else stays as it is. */
export function canonicalRegistry(endpoints: readonly Endpoint[], registry: string): string {
  return endpointFor(endpoints, registry).name;
}

function parseUrl(entry: string, text: string): string {
  const fail = (why: string): never => {
    throw new Error(`endpoint "${shown(entry)}": ${why}; ${FORM}`);
  };
  const url = URL.canParse(text) ? new URL(text) : fail('its URL cannot be read');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') fail(`scheme ${url.protocol}// is not supported`);
  if (url.username !== '' || url.password !== '') fail('its URL carries credentials; put them into the docker config');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') fail('its URL has a path');
  return url.origin;
}

// A URL may carry a password by mistake; it must not reach a log through the message about it.
function shown(entry: string): string {
  return entry.replace(/\/\/[^/@]*@/, '//…@');
}
