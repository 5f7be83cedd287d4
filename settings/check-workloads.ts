// What services need of a stack to start at all: values for their variables, whole Secrets, a place for their data, the
// addresses that they may reach. Whatever is missing would show in a pod's log otherwise.
import type { ServiceEntry, System } from '../systems/types.ts';
import { allowed, type Fault } from './faults.ts';
import { record, strings } from './raw.ts';

type Raw = Record<string, unknown>;

const KINDS = ['claim', 'csi', 's3'];

export function checkWorkloads(raw: Raw, system: System, faults: Fault[]): void {
  const chosen = strings(raw.services);
  const services = system.services.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
  for (const service of services) checkVariables(raw, service, faults);
  checkSecrets(raw, services, faults);
  checkVolumes(raw, services, faults);
  checkNetwork(raw, services, faults);
}

function checkVariables(raw: Raw, { name, env, required = [], secretEnv = {} }: ServiceEntry, faults: Fault[]): void {
  const own = record(record(record(raw.overrides)?.[name])?.env) ?? {};
  for (const variable of required) {
    const value = own[variable] ?? env[variable];
    if (typeof value === 'string' && value.trim() !== '') continue;
    const message = `${value === undefined ? 'missing' : 'found an empty text'}; ${name} does not start without it`;
    faults.push({ key: `overrides.${name}.env.${variable}`, message });
  }
  for (const variable of Object.keys(own)) {
    if (!(variable in secretEnv)) continue;
    const { secret, key } = secretEnv[variable]!;
    const message = `found a value in the open; it comes from key ${key} of Secret ${secret}: set it with \`${setSecret(secret, key)}\``;
    faults.push({ key: `overrides.${name}.env.${variable}`, message });
  }
}

/** The command that lets the stack declare a key of a Secret. */
export function setSecret(secret: string, key: string): string {
  // A dot would be a step of the path.
  const part = /^[\w-]+$/.test(key) ? `.${key}` : `["${key}"]`;
  return `pulumi config set --secret --path 'slipway:secrets.${secret}${part}'`;
}

/** Keys of each Secret that `services` read. */
export function secretKeys(services: readonly ServiceEntry[]): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>();
  for (const { secretEnv = {}, secretFiles = {} } of services) {
    for (const { secret, key } of [...Object.values(secretEnv), ...Object.values(secretFiles)])
      wanted.set(secret, (wanted.get(secret) ?? new Set()).add(key));
  }
  return wanted;
}

function checkSecrets(raw: Raw, services: readonly ServiceEntry[], faults: Fault[]): void {
  const wanted = secretKeys(services);
  for (const [name, value] of Object.entries(record(raw.secrets) ?? {})) {
    const keys = wanted.get(name);
    if (!keys) {
      faults.push({ key: `secrets.${name}`, message: `no service reads it; ${allowed(name, [...wanted.keys()])}` });
      continue;
    }
    const given = record(value) ?? {};
    for (const key of Object.keys(given).filter(key => !keys.has(key)))
      faults.push({ key: `secrets.${name}.${key}`, message: `no service reads it; ${allowed(key, [...keys])}` });
    for (const key of [...keys].filter(key => given[key] === undefined)) {
      const message = `missing; set it with \`${setSecret(name, key)}\`, or take out secrets.${name} if the cluster has that Secret`;
      faults.push({ key: `secrets.${name}.${key}`, message });
    }
  }
}

function checkVolumes(raw: Raw, services: readonly ServiceEntry[], faults: Fault[]): void {
  const wanted = new Map(services.flatMap(({ name, data = {} }) => Object.keys(data).map(volume => [volume, name])));
  const given = record(raw.volumes) ?? {};
  for (const [volume, service] of wanted) {
    if (given[volume] !== undefined) continue;
    const message = `missing; ${service} reads it: expected one of ${KINDS.join(', ')} below it`;
    faults.push({ key: `volumes.${volume}`, message });
  }
  for (const [volume, value] of Object.entries(given)) {
    const key = `volumes.${volume}`;
    if (!wanted.has(volume))
      faults.push({ key, message: `no service reads it; ${allowed(volume, [...wanted.keys()])}` });
    const kinds = KINDS.filter(kind => record(value)?.[kind] !== undefined);
    if (record(value) && kinds.length !== 1)
      faults.push({ key, message: `found ${kinds.join(' and ') || 'none'}; expected one of ${KINDS.join(', ')}` });
    if (raw.digests === 'lock' && record(record(value)?.s3))
      faults.push({
        key: `${key}.s3`,
        message: 'a stack with digests: lock builds no image that copies; expected claim or csi',
      });
    const objects = record(record(record(value)?.s3)?.objects);
    if (objects && Object.keys(objects).length === 0)
      faults.push({ key: `${key}.s3.objects`, message: 'found none; expected the SHA-256 of each object by its path' });
  }
  for (const volume of Object.keys(record(raw.volumeKeys) ?? {})) {
    if (record(record(given[volume])?.s3)) continue;
    faults.push({ key: `volumeKeys.${volume}`, message: `volumes.${volume} is no bucket; take the key out` });
  }
}

function checkNetwork(raw: Raw, services: readonly ServiceEntry[], faults: Fault[]): void {
  const wanted = new Map(
    services.flatMap(({ name, reaches = [] }) => reaches.filter(to => to !== 'peers').map(to => [to, name])),
  );
  const given = record(raw.network) ?? {};
  for (const [to, service] of wanted) {
    if (given[to] === undefined)
      faults.push({
        key: `network.${to}`,
        message: `missing; ${service} reaches it: expected its addresses and ports`,
      });
  }
  for (const to of Object.keys(given)) {
    if (!wanted.has(to))
      faults.push({ key: `network.${to}`, message: `no service reaches it; ${allowed(to, [...wanted.keys()])}` });
  }
}
