// What a schema of single keys can't see: keys that must fit each other. Names that the catalogue must know are in
// check-names.ts.
import { listPlatforms } from '../images/platform.ts';
import { findSystem, systemNames } from '../systems/lookup.ts';
import type { System } from '../systems/types.ts';
import { checkNames } from './check-names.ts';
import { checkRegistry } from './check-registry.ts';
import { checkWorkloads } from './check-workloads.ts';
import { type Fault, missingSecret, remedy, shown } from './faults.ts';
import { keys } from './keys.ts';
import { buildNamespace, pipelineNamespace } from './objects.ts';
import { record, strings } from './raw.ts';

/**
 * The faults of a raw configuration against itself and its system's catalogue. It takes whatever was found, so that
 * these faults are reported together with those of the schema; what has the wrong type is the schema's to report.
 */
export function checkCombinations(raw: Record<string, unknown>): Fault[] {
  const faults: Fault[] = [];
  checkDigests(raw, faults);
  checkCluster(raw, faults);
  checkRegistry(raw, faults);
  checkIngress(raw, faults);
  checkRetention(raw, faults);
  checkGitCredentials(raw, faults);
  if (typeof raw.system === 'string' && systemNames.includes(raw.system)) {
    const system = findSystem(raw.system);
    checkNamespaces(raw, system.namespace, faults);
    checkPlatforms(raw, system.platforms, faults);
    checkNames(raw, system, faults);
    checkWorkloads(raw, system, faults);
  }
  return faults;
}

const namespacesOfOthers = new Map([
  ...['default', 'kube-node-lease', 'kube-public', 'kube-system'].map(name => [name, "the cluster's"] as const),
  [buildNamespace, "the builders'"],
  [pipelineNamespace, "the pipeline's"],
]);

/** A secret that stands in the open in the stack file. */
export function plainSecret(key: string): Fault {
  return { key, message: `not encrypted, so take another value and ${remedy(key)}` };
}

function checkDigests(raw: Record<string, unknown>, faults: Fault[]): void {
  const by = builtBy(raw);
  const ways = by === 'stack' ? ['build', 'lock'] : ['track', 'lock'];
  if (['track', 'build'].includes(String(raw.digests)) && !ways.includes(String(raw.digests)))
    faults.push({ key: 'digests', message: `found "${raw.digests}"; of ${raw.system} allowed: ${ways.join(', ')}` });
  const pipeline = raw.digests === 'track' && by === 'pipeline';
  if (pipeline && raw.webhookSecret === undefined)
    faults.push({ key: 'webhookSecret', message: missingSecret('webhookSecret') });
  const why =
    raw.digests === 'lock'
      ? 'a stack with digests: lock builds nothing; take the key out'
      : `no pipeline builds the images of ${raw.system}; take the key out`;
  if (raw.digests !== 'lock' && raw.promotedFrom !== undefined) {
    const message = `found ${JSON.stringify(raw.promotedFrom)}; only a stack with digests: lock takes what another has run; take the key out`;
    faults.push({ key: 'promotedFrom', message });
  }
  const mayHave = { pipeline, builds: pipeline || raw.digests === 'build' };
  if (raw.digests !== 'lock' && by === 'pipeline') return;
  for (const { name, only } of keys) {
    if (only && !mayHave[only] && raw[name] !== undefined)
      faults.push({ key: name, message: `found ${shown(name, raw[name])}; ${why}` });
  }
  const listenerHost = record(raw.ingress)?.listenerHost;
  if (listenerHost !== undefined)
    faults.push({ key: 'ingress.listenerHost', message: `found ${JSON.stringify(listenerHost)}; ${why}` });
}

/** Who builds the system's images; a pipeline, where the system is not known. */
function builtBy(raw: Record<string, unknown>): System['builtBy'] {
  return systemNames.includes(String(raw.system)) ? findSystem(String(raw.system)).builtBy : 'pipeline';
}

function checkCluster(raw: Record<string, unknown>, faults: Fault[]): void {
  const cluster = record(raw.cluster);
  if (!cluster || cluster.uid !== undefined || cluster.server !== undefined) return;
  const message =
    'neither uid nor server; a context is a name on one machine only, so one of both must say which cluster it is';
  faults.push({ key: 'cluster', message });
}

// The stack declares a namespace for its workloads and one for its registry; `destroy` deletes both with all that is in them.
function checkNamespaces(raw: Record<string, unknown>, ofSystem: string, faults: Fault[]): void {
  const registry = record(raw.registry);
  const workloads = raw.namespace ?? ofSystem;
  const declared: [key: string, found: unknown][] = [['namespace', workloads]];
  if (registry?.adopt !== true && registry?.external !== true) {
    const found = registry?.namespace ?? 'registry';
    declared.push(['registry.namespace', found]);
    if (found === workloads)
      faults.push({
        key: 'namespace',
        message: `found "${workloads}", which is registry.namespace; expected another one`,
      });
  }
  for (const [key, found] of declared) {
    const owner = namespacesOfOthers.get(String(found));
    if (owner) faults.push({ key, message: `found "${found}", which is ${owner}; expected one of the stack's own` });
  }
}

function checkIngress(raw: Record<string, unknown>, faults: Fault[]): void {
  const ingress = record(raw.ingress);
  if (!ingress) return;
  const hosts = Object.entries(record(ingress.hosts) ?? {}).map(([service, host]) => [`hosts.${service}`, host]);
  if (ingress.listenerHost !== undefined) hosts.push(['listenerHost', ingress.listenerHost]);
  if (hosts.length === 0) {
    faults.push({ key: 'ingress', message: 'no host; expected one below hosts or listenerHost, or no ingress at all' });
  }
  for (const [i, [key, host]] of hosts.entries()) {
    const first = hosts.findIndex(([, other]) => other === host);
    if (first === i || typeof host !== 'string') continue;
    const message = `found "${host}" a second time; ingress.${hosts[first]![0]} has it`;
    faults.push({ key: `ingress.${key}`, message });
  }
}

function checkRetention(raw: Record<string, unknown>, faults: Fault[]): void {
  if (record(raw.retention)?.cache === undefined || record(raw.serviceBuilds)?.builder !== 'kaniko') return;
  const message = 'Kaniko keeps no cache; leave it out, or build with buildkit (serviceBuilds.builder)';
  faults.push({ key: 'retention.cache', message });
}

// A host is told a token or met with a key, by its scheme.
function checkGitCredentials(raw: Record<string, unknown>, faults: Fault[]): void {
  for (const [name, value] of Object.entries(record(raw.gitCredentials) ?? {})) {
    const { url, ...rest } = record(value) ?? {};
    if (typeof url !== 'string') continue;
    const given = Object.keys(rest);
    const [needed, optional] = url.startsWith('ssh:') ? [['key', 'knownHosts'], []] : [['token'], ['username']];
    const missing = needed.filter(key => !given.includes(key));
    const stray = ['token', 'username', 'key', 'knownHosts'].filter(
      key => given.includes(key) && ![...needed, ...optional].includes(key),
    );
    if (missing.length + stray.length === 0) continue;
    const scheme = url.slice(0, url.indexOf(':'));
    const expected = [...needed, ...optional.map(key => `${key} where it matters`)].join(' and ');
    const found = given.length > 0 ? given.join(', ') : 'nothing';
    faults.push({
      key: `gitCredentials.${name}`,
      message: `found ${found} beside an url of ${scheme}; expected ${expected}`,
    });
  }
}

function checkPlatforms(raw: Record<string, unknown>, needed: readonly string[], faults: Fault[]): void {
  const chosen = strings(raw.platforms);
  const platforms = chosen.length > 0 ? chosen : needed;
  const missing = needed.filter(platform => !platforms.includes(platform));
  if (missing.length > 0) {
    const message = `found ${listPlatforms(platforms)}; the images of ${raw.system} need ${listPlatforms(missing)} too: one tag serves every machine of the teams`;
    faults.push({ key: 'platforms', message });
  }
  for (const [i, platform] of strings(raw.nodePlatforms).entries()) {
    if (platforms.includes(platform)) continue;
    const message = `found "${platform}"; the stack's platforms are ${listPlatforms(platforms)}`;
    faults.push({ key: `nodePlatforms[${i}]`, message });
  }
}
