import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { readSettings, SettingsError } from '../../../settings/settings.ts';
import { stackValues } from './stack-files.ts';

type Keys = Record<string, unknown>;

/** The settings of the local stack with `registry` laid over its own, and `changes`. */
async function read(registry: Keys = {}, changes: Keys = {}) {
  const values = await stackValues('local', changes);
  const own = JSON.parse(values['slipway:registry']!) as Keys;
  const merged = Object.fromEntries(Object.entries({ ...own, ...registry }).filter(([, value]) => value !== undefined));
  return readSettings('local', { ...values, 'slipway:registry': JSON.stringify(merged) });
}

/** Its faults, as lines. */
async function faults(registry: Keys, changes: Keys = {}): Promise<string[]> {
  try {
    await read(registry, changes);
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.faults.map(({ key, message }) => `${key}: ${message}`);
  }
  return [];
}

const host = '127.0.0.1';
const s3 = { bucket: 'images', region: 'us-east-1' };
const password = 'open sesame';
const signIn = (changes: Keys = {}) => ({
  registryHtpasswd: `joe:${hashSync(password, 4)}`,
  registryCredentials: { username: 'joe', password },
  ...changes,
});
const asking = { inside: { auth: 'password' } };

test('a registry is declared, on a protected volume, open inside and not exposed, unless the stack says otherwise', async () => {
  const { registry } = readSettings('dev', await stackValues('dev'));
  assert.ok(!registry.external);
  assert.deepEqual([registry.namespace, registry.service, registry.adopt], ['registry', 'internal-registry', false]);
  assert.deepEqual(registry.inside, { auth: 'open' });
  assert.equal(registry.outside.expose, 'none');
  assert.equal(registry.storage?.protect, undefined);
});

test('a registry is named by its fixed address', async () => {
  const name = (text: string) =>
    `registry.name: found "${text}"; with registry.clusterIP it must be "10.34.0.202:5000"`;
  assert.deepEqual(await faults({ name: '10.34.0.203:5000' }), [name('10.34.0.203:5000')]);
  assert.deepEqual(await faults({ name: '10.34.0.202:80' }), [name('10.34.0.202:80')]);
  assert.deepEqual(await faults({ adopt: true, storage: undefined, name: '10.34.0.203:80' }), [
    'registry.name: found "10.34.0.203:80"; with registry.clusterIP it must be "10.34.0.202:<port>"',
  ]);
});

test('the images are in a volume or in a bucket, and what is for the one is a fault for the other', async () => {
  const choice = 'expected either size (a volume) or s3 (a bucket)';
  assert.deepEqual(await faults({ storage: undefined }), [`registry.storage: missing; ${choice}`]);
  assert.deepEqual(await faults({ storage: { class: 'fast' } }), [
    `registry.storage: found neither size nor s3; ${choice}`,
  ]);
  assert.deepEqual(await faults({ storage: { size: '20Gi', s3 } }), [
    `registry.storage: found both size and s3; ${choice}: images are in one place`,
  ]);
  assert.deepEqual(await faults({ storage: { s3, class: 'fast', protect: true } }), [
    'registry.storage.class: found "fast"; a bucket has none: it is for a volume',
    'registry.storage.protect: found true; a bucket has none: it is for a volume',
  ]);
  assert.deepEqual(await faults({ storage: { s3: { ...s3, prefix: '/images/', endpoint: 'store:9000' } } }), [
    'registry.storage.s3.endpoint: found "store:9000"; expected http(s)://host[:port] without a path, for example https://127.0.0.1:15000',
    'registry.storage.s3.prefix: found "/images/"; expected a path in the bucket, without "/" at its ends',
  ]);
  const { registry } = await read({ storage: { s3: { ...s3, prefix: 'images/dev' } } });
  assert.deepEqual(registry.storage, { s3: { ...s3, prefix: 'images/dev' } });
});

test('the secrets that a declared registry needs are asked for by name, and no others', async () => {
  const missing = (key: string, path = key) =>
    `${key}: missing; set it with \`pulumi config set --secret --path slipway:${path}\``;
  const none = {
    registryTls: undefined,
    registryHtpasswd: undefined,
    registryCredentials: undefined,
    registryS3: undefined,
  };
  assert.deepEqual(await faults({}, none), [
    missing('registryTls', 'registryTls.{certificate,key}'),
    missing('registryHtpasswd'),
  ]);
  assert.deepEqual(await faults({ storage: { s3 }, ...asking }, none), [
    missing('registryTls', 'registryTls.{certificate,key}'),
    missing('registryHtpasswd'),
    missing('registryS3', 'registryS3.{accessKey,secretKey}'),
    missing('registryCredentials', 'registryCredentials.{username,password}'),
  ]);
  assert.deepEqual(await faults({ adopt: true, storage: undefined }, none), []);
  assert.deepEqual(await faults({ adopt: true, storage: undefined, ...asking }, none), [
    missing('registryCredentials', 'registryCredentials.{username,password}'),
  ]);
});

test('what is said of a registry that is adopted, and is for a declared one, is a fault', async () => {
  const outside = { host, expose: 'nodePort', nodePort: 30443, annotations: {} };
  const found = await faults({ adopt: true, nodes: ['10.0.0.0/16'], outside });
  const because = 'of a registry that is adopted nothing is declared: leave it out, or leave out registry.adopt';
  assert.deepEqual(found, [
    `registry.storage: found {"size":"20Gi","protect":false}; ${because}`,
    `registry.nodes: found ["10.0.0.0/16"]; ${because}`,
    `registry.outside.expose: found "nodePort"; ${because}`,
    `registry.outside.nodePort: found 30443; ${because}`,
    `registry.outside.annotations: found {}; ${because}`,
  ]);
});

test('a port of nodes and annotations want a Service that bears them', async () => {
  const annotations = { 'example.com/scheme': 'internal' };
  assert.deepEqual(await faults({ outside: { host, nodePort: 30443, annotations } }), [
    'registry.outside.nodePort: found 30443; it is for registry.outside.expose: nodePort',
    'registry.outside.annotations: found {"example.com/scheme":"internal"}; without registry.outside.expose there is no Service to bear them',
  ]);
  assert.deepEqual(await faults({ outside: { host, expose: 'loadbalancer' } }), [
    'registry.outside.expose: found "loadbalancer"; allowed: none, loadBalancer, nodePort; did you mean "loadBalancer"?',
  ]);
  assert.deepEqual(await faults({ outside: { host, expose: 'nodePort', nodePort: 30443, annotations } }), []);
});

test('the password that nodes and builds get must be the one that the registry knows', async () => {
  assert.deepEqual(await faults(asking, signIn()), []);
  assert.deepEqual(await faults(asking, signIn({ registryCredentials: { username: 'jim', password } })), [
    'registryCredentials.username: found [secret]; expected the user of registryHtpasswd',
  ]);
  const mismatch =
    'registryCredentials.password: found [secret]; it is not what registryHtpasswd has the hash of: set both from one password';
  assert.deepEqual(await faults(asking, signIn({ registryCredentials: { username: 'joe', password: 'open sesam' } })), [
    mismatch,
  ]);
  assert.deepEqual(await faults(asking, signIn({ registryHtpasswd: 'joe:$2y$no-hash-at-all' })), [mismatch]);
  // Nobody signs in inside: the password is left alone.
  assert.deepEqual(await faults({}, signIn({ registryCredentials: { username: 'jim', password: 'any' } })), []);
});

test('the line that htpasswd prints, with the empty one after it, is taken', async () => {
  const registryHtpasswd = `joe:${hashSync(password, 4).replace('$2b$', '$2y$')}\n\n`;
  assert.deepEqual(await faults(asking, signIn({ registryHtpasswd })), []);
  assert.equal((await read({}, { registryHtpasswd })).registryHtpasswd, registryHtpasswd.trim());
});
