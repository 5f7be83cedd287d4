// How the keys of the registry must fit each other: declared or adopted, a volume or a bucket, and the secrets of each.
import { compareSync } from 'bcryptjs';
import { type Fault, missingSecret, shown } from './faults.ts';
import { record } from './raw.ts';

type Raw = Record<string, unknown>;

/** The faults of a raw configuration in its registry; what has the wrong type is the schema's to report. */
export function checkRegistry(raw: Raw, faults: Fault[]): void {
  const registry = record(raw.registry) ?? {};
  const needs = (key: string) => {
    if (raw[key] === undefined) faults.push({ key, message: missingSecret(key) });
  };
  if (registry.external === true) {
    checkExternal(raw, registry, faults);
    return;
  }
  if (raw.registry !== undefined) checkPresent(registry, faults);
  checkName(registry, faults);
  if (registry.adopt === true) checkAdopted(registry, faults);
  else {
    if (raw.registry !== undefined) checkStorage(registry.storage, faults);
    checkExposure(record(registry.outside) ?? {}, faults);
    needs('registryTls');
    needs('registryHtpasswd');
    if (record(registry.storage)?.s3 !== undefined) needs('registryS3');
  }
  if (record(registry.inside)?.auth !== 'password') return;
  needs('registryCredentials');
  if (registry.adopt !== true) checkCredentials(raw, faults);
}

// Of a registry elsewhere, nothing but its name, how it is reached and who we are there is the stack's to say.
function checkExternal(raw: Raw, registry: Raw, faults: Fault[]): void {
  const keys = {
    ...Object.fromEntries(
      ['adopt', 'namespace', 'service', 'clusterIP', 'storage', 'nodes', 'outside'].map(key => [
        `registry.${key}`,
        registry[key],
      ]),
    ),
    'registry.inside': registry.inside,
    registryTls: raw.registryTls,
    registryHtpasswd: raw.registryHtpasswd,
    registryS3: raw.registryS3,
  };
  for (const [key, value] of Object.entries(keys)) {
    if (value === undefined) continue;
    const message = `found ${shown(key, value)}; of a registry outside of the cluster nothing is declared: leave it out, or leave out registry.external`;
    faults.push({ key, message });
  }
}

function checkPresent(registry: Raw, faults: Fault[]): void {
  const expected = {
    clusterIP: 'expected an IPv4 address, for example 10.34.0.202',
    endpoint: 'expected http(s)://host[:port] without a path, for example https://127.0.0.1:15000',
    outside: 'expected keys below it: host, port, expose, nodePort, annotations',
  };
  for (const [key, what] of Object.entries(expected)) {
    if (registry[key] === undefined) faults.push({ key: `registry.${key}`, message: `missing; ${what}` });
  }
}

function checkName({ name, clusterIP, adopt }: Raw, faults: Fault[]): void {
  if (typeof name !== 'string' || typeof clusterIP !== 'string') return;
  const fits = adopt === true ? name.startsWith(`${clusterIP}:`) : name === `${clusterIP}:5000`;
  if (fits) return;
  const expected = adopt === true ? `"${clusterIP}:<port>"` : `"${clusterIP}:5000"`;
  faults.push({ key: 'registry.name', message: `found "${name}"; with registry.clusterIP it must be ${expected}` });
}

function checkAdopted(registry: Raw, faults: Fault[]): void {
  const outside = record(registry.outside) ?? {};
  const keys = {
    'registry.storage': registry.storage,
    'registry.nodes': registry.nodes,
    'registry.outside.expose': outside.expose === 'none' ? undefined : outside.expose,
    'registry.outside.nodePort': outside.nodePort,
    'registry.outside.annotations': outside.annotations,
  };
  for (const [key, value] of Object.entries(keys)) {
    if (value === undefined) continue;
    const message = `found ${shown(key, value)}; of a registry that is adopted nothing is declared: leave it out, or leave out registry.adopt`;
    faults.push({ key, message });
  }
}

function checkStorage(value: unknown, faults: Fault[]): void {
  const storage = value === undefined ? {} : record(value);
  if (!storage) return;
  const key = 'registry.storage';
  const choice = 'expected either size (a volume) or s3 (a bucket)';
  if (storage.size === undefined && storage.s3 === undefined) {
    faults.push({ key, message: value === undefined ? `missing; ${choice}` : `found neither size nor s3; ${choice}` });
  } else if (storage.size !== undefined && storage.s3 !== undefined) {
    faults.push({ key, message: `found both size and s3; ${choice}: images are in one place` });
  } else if (storage.s3 !== undefined) {
    for (const name of ['class', 'protect']) {
      if (storage[name] === undefined) continue;
      const found = shown(`${key}.${name}`, storage[name]);
      faults.push({ key: `${key}.${name}`, message: `found ${found}; a bucket has none: it is for a volume` });
    }
  }
}

function checkExposure({ expose, nodePort, annotations }: Raw, faults: Fault[]): void {
  const key = 'registry.outside';
  if (nodePort !== undefined && expose !== 'nodePort') {
    const message = `found ${shown(key, nodePort)}; it is for registry.outside.expose: nodePort`;
    faults.push({ key: `${key}.nodePort`, message });
  }
  if (annotations !== undefined && (expose === undefined || expose === 'none')) {
    const message = `found ${shown(key, annotations)}; without registry.outside.expose there is no Service to bear them`;
    faults.push({ key: `${key}.annotations`, message });
  }
}

// Nodes and builds that are not let in would show much later, and as something else.
function checkCredentials(raw: Raw, faults: Fault[]): void {
  const { username, password } = record(raw.registryCredentials) ?? {};
  const line = raw.registryHtpasswd;
  if (typeof username !== 'string' || typeof password !== 'string' || typeof line !== 'string') return;
  const [user, hash = ''] = line.trim().split(':');
  if (username !== user) {
    faults.push({
      key: 'registryCredentials.username',
      message: 'found [secret]; expected the user of registryHtpasswd',
    });
  } else if (!matches(password, hash)) {
    const message = 'found [secret]; it is not what registryHtpasswd has the hash of: set both from one password';
    faults.push({ key: 'registryCredentials.password', message });
  }
}

function matches(password: string, hash: string): boolean {
  try {
    return compareSync(password, hash);
  } catch {
    // No hash of bcrypt, whatever it looks like.
    return false;
  }
}
