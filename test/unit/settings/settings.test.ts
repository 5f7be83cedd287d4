import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keys } from '../../../settings/keys.ts';
import { readSettings } from '../../../settings/settings.ts';
import { cerebral } from '../../../systems/cerebral.ts';
import { faultsWith, stackValues } from './stack-files.ts';

const faults = (changes: Record<string, unknown>) => faultsWith('local', changes);

test('the committed stack files are without fault, and fill in what they leave out (P4)', async () => {
  const local = readSettings('local', await stackValues('local'));
  assert.deepEqual(
    local.services.map(service => service.name),
    ['ai-services', 'data-services', 'knowledge-services'],
  );
  assert.deepEqual(
    local.bases.map(base => base.tag),
    ['cpu'],
  );
  assert.deepEqual(local.platforms, ['linux/amd64', 'linux/arm64']);
  assert.equal(local.lock, 'locks/local.yaml');
  assert.equal(local.rolloutTimeout, 120);
  const dev = readSettings('dev', await stackValues('dev'));
  assert.equal(dev.services.length, 12);
  assert.equal(dev.variantOf('ai-services'), 'cuda');
});

test('every fault is reported at once: key, what was found, what is allowed, the nearest name (P4)', async () => {
  assert.deepEqual(
    await faults({
      system: 'cerebal',
      digests: undefined,
      cluster: { contxt: 'here', server: 'https://127.0.0.1:16443' },
      platforms: ['linux/amd64', 'linux/amd46'],
      serivces: ['ai-services'],
      rolloutTimeout: '5',
      replicas: '0',
    }),
    [
      'slipway:system: found "cerebal"; allowed: cerebral, cybermesh, ai-stack; did you mean "cerebral"?',
      'slipway:digests: missing; allowed: track, build, lock',
      'slipway:cluster.context: missing; expected a text',
      'slipway:cluster.contxt: no such key; allowed: context, uid, server; did you mean "context"?',
      'slipway:platforms[1]: found "linux/amd46"; allowed: linux/amd64, linux/arm64; did you mean "linux/amd64"?',
      'slipway:replicas: found 0; expected a whole number from 1 to 100',
      'slipway:rolloutTimeout: found 5; expected 10 to 3600 seconds',
      'slipway:serivces: no such key; allowed: system, digests, lock, promotedFrom, cluster, namespace, platforms, nodePlatforms, registry, ' +
        'registryTls, registryHtpasswd, registryCredentials, registryS3, services, replicas, overrides, ingress, ' +
        'secrets, volumes, volumeKeys, network, scan, ' +
        'rolloutTimeout, webhookSecret, mirror, builder, variant, variants, bases, buildArgs, buildSecrets, branch, git, ' +
        'gitCredentials, serviceBuilds, retention; did you mean "services"?',
    ],
  );
});

test('names are checked against the catalogue', async () => {
  assert.deepEqual(
    await faults({
      services: ['ai-services', 'ai-servces', 'ai-services'],
      variant: 'gpu',
      variants: { 'ai-services': 'cuda' },
    }),
    [
      'slipway:services[1]: found "ai-servces"; allowed: ai-services, bmad-services, data-services, knowledge-services, ' +
        'integration-services, monitoring-services, realtime-services, workflow-services, security-services, ' +
        'storage-services, notification-services, testing-services; did you mean "ai-services"?',
      'slipway:services[2]: found "ai-services" a second time',
      'slipway:variant: found "gpu"; allowed: cpu; did you mean "cpu"?',
      'slipway:variants.ai-services: found "cuda"; allowed: cpu',
    ],
  );
});

test('a platform of the system can not be left out', async () => {
  assert.deepEqual(await faults({ platforms: ['linux/arm64'], nodePlatforms: undefined }), [
    'slipway:platforms: found linux/arm64; the images of cerebral need linux/amd64 too: one tag serves every machine of the teams',
  ]);
});

test('a context alone does not say which cluster is meant (P6)', async () => {
  assert.deepEqual(await faults({ cluster: { context: 'here' } }), [
    'slipway:cluster: neither uid nor server; a context is a name on one machine only, so one of both must say which cluster it is',
  ]);
});

test('an empty list of services or bases is a fault, and no other word for all of them', async () => {
  const line = (key: string) => `slipway:${key}: found []; expected at least one; [all] is all of the catalogue`;
  assert.deepEqual(await faults({ services: [], bases: [] }), [line('services'), line('bases')]);
});

test('no message shows a secret', async () => {
  const lines = await faults({
    registryHtpasswd: 'joe:hunter2',
    registryTls: { certificate: 'hunter2', key: 7 },
    webhookSecret: '',
  });
  assert.equal(lines.length, 3);
  assert.ok(!lines.join('\n').includes('hunter2'));
});

test('one service is switched to another base by one word (C6)', async () => {
  const settings = readSettings('dev', await stackValues('dev', { variants: { 'ai-services': 'cpu' } }));
  assert.equal(settings.variantOf('ai-services'), 'cpu');
  assert.equal(settings.variantOf('bmad-services'), 'cuda');
});

test('a stack that locks has no bases, and needs none of the keys that builds need', async () => {
  const { digests, bases, webhookSecret } = readSettings('staging', await stackValues('staging'));
  assert.deepEqual([digests, bases, webhookSecret], ['lock', [], undefined]);
});

test("Pulumi's defaults, and no value at all, are the same settings", async () => {
  const given = await stackValues('dev');
  const bare = await stackValues(
    'dev',
    Object.fromEntries(keys.map(({ name, unset }) => [name, same(given, name, unset)])),
  );
  const plain = (values: Record<string, string>) => ({ ...readSettings('dev', values), variantOf: undefined });
  assert.ok(Object.keys(bare).length < Object.keys(given).length);
  assert.deepEqual(plain(bare), plain(given));
});

// Undefined takes the key away.
function same(values: Record<string, string>, name: string, unset: unknown): string | undefined {
  const value = values[`slipway:${name}`]!;
  return value === (typeof unset === 'string' ? unset : JSON.stringify(unset)) ? undefined : value;
}

test('the nodes have the platforms of the stack, until it says otherwise', async () => {
  const platforms = async (nodePlatforms?: string[]) =>
    readSettings('dev', await stackValues('dev', { nodePlatforms })).nodePlatforms;
  assert.deepEqual(await platforms(), ['linux/amd64', 'linux/arm64']);
  assert.deepEqual(await platforms(['all']), ['linux/amd64', 'linux/arm64']);
  assert.deepEqual(await platforms(['linux/arm64']), ['linux/arm64']);
});

test('a stack changes what it names of a service, and leaves the rest to the catalogue', async () => {
  const changes = {
    replicas: '2',
    overrides: {
      'ai-services': { replicas: 5, resources: { limits: { memory: '8Gi' } }, env: { LOG_LEVEL: 'debug', EXTRA: '1' } },
      'data-services': { autoscale: { min: 2, max: 4, cpu: 80 } },
    },
  };
  const { services } = readSettings('local', await stackValues('local', changes));
  const [ai, data, knowledge] = services;
  assert.equal(ai!.replicas, 5);
  assert.deepEqual(ai!.resources, { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '8Gi' } });
  assert.deepEqual(ai!.env, { LOG_LEVEL: 'debug', SERVICE_NAME: 'ai-services', EXTRA: '1' });
  assert.deepEqual(data!.autoscale, { min: 2, max: 4, cpu: 80 });
  assert.deepEqual([knowledge!.replicas, knowledge!.autoscale], [2, undefined]);
});

test('the lock is named by the stack', async () => {
  assert.equal(readSettings('prod', await stackValues('prod')).lock, 'locks/prod.yaml');
  assert.equal(readSettings('prod', await stackValues('prod', { lock: '/srv/{stack}/lock' })).lock, '/srv/prod/lock');
});

test('a service on another base in the catalogue stays there until the stack says otherwise', async t => {
  const [first] = cerebral.services;
  first!.base = 'cpu';
  t.after(() => delete first!.base);
  const base = async (changes: Record<string, unknown>) =>
    readSettings('dev', await stackValues('dev', changes)).variantOf('ai-services');
  assert.equal(await base({ variant: 'catalogue' }), 'cpu');
  assert.equal(await base({ variant: 'cuda' }), 'cuda');
  assert.equal(await base({ variant: 'cuda', variants: { 'ai-services': 'cpu' } }), 'cpu');
});

test('a stack builds its own branch, and without one that of the catalogue', async () => {
  assert.equal(readSettings('dev', await stackValues('dev')).branch, 'main');
  assert.equal(readSettings('dev', await stackValues('dev', { branch: 'release/2.x' })).branch, 'release/2.x');
  for (const branch of ['refs/heads/main', 'a..b', 'a'.repeat(40), 'x.lock']) {
    assert.deepEqual(await faults({ branch }), [
      `slipway:branch: found "${branch}"; expected a branch, for example release/2.x`,
    ]);
  }
});

test('how much is built at a time, and how much is kept, are whole numbers within bounds', async () => {
  const settings = readSettings('dev', await stackValues('dev'));
  assert.deepEqual([settings.serviceBuilds.parallel, settings.retention], [4, { runs: 20 }]);
  assert.deepEqual(
    await faults({
      serviceBuilds: { parallel: 0, builder: 'kaniko' },
      retention: { runs: '7', cache: '20G' },
    }),
    [
      'slipway:serviceBuilds.parallel: found 0; expected a whole number from 1 to 100',
      'slipway:retention.runs: found "7"; expected a whole number from 1 to 1000',
      'slipway:retention.cache: found "20G"; expected a size, for example 20Gi',
      'slipway:retention.cache: Kaniko keeps no cache; leave it out, or build with buildkit (serviceBuilds.builder)',
    ],
  );
});

test('a host is told a token or met with a key, each with what it needs, and no fault shows either', async () => {
  const good = {
    github: { url: 'https://github.com', token: 'hunter2' },
    sandbox: { url: 'http://10.36.0.1:3000', username: 'oauth2', token: 'hunter2' },
    deploy: { url: 'ssh://git@git.example.com:2222', key: 'hunter2', knownHosts: 'hunter2' },
  };
  assert.deepEqual(await faults({ gitCredentials: good }), []);
  const lines = await faults({
    gitCredentials: {
      a: { url: 'https://robot:hunter2@github.com/owner', token: 'hunter2' },
      b: { url: 'https://b.example.com', key: 'hunter2', knownHosts: 'hunter2' },
      c: { url: 'ssh://c.example.com', key: 'hunter2' },
      d: { url: 'https://d.example.com', tokn: 'hunter2' },
      e: { url: 'https://e.example.com', token: 7 },
      f: { token: 'hunter2' },
    },
  });
  assert.deepEqual(lines, [
    'slipway:gitCredentials.a.url: found [secret]; expected https://host[:port] or ssh://[user@]host[:port], without a path',
    'slipway:gitCredentials.d.tokn: no such key; allowed: url, username, token, key, knownHosts; did you mean "token"?',
    'slipway:gitCredentials.e.token: found [secret]; expected a text',
    'slipway:gitCredentials.f.url: missing; set it with `pulumi config set --secret --path slipway:gitCredentials.f.url`',
    'slipway:gitCredentials.b: found key, knownHosts beside an url of https; expected token and username where it matters',
    'slipway:gitCredentials.c: found key beside an url of ssh; expected key and knownHosts',
    'slipway:gitCredentials.d: found tokn beside an url of https; expected token and username where it matters',
  ]);
  assert.deepEqual(await faults({ gitCredentials: '["hunter2"]' }), [
    'slipway:gitCredentials: found [secret]; expected keys below it',
  ]);
});
