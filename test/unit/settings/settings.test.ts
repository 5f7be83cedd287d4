import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings, SettingsError } from '../../../settings/settings.ts';
import { stackValues } from './stack-files.ts';

/** The faults of the local stack with `changes`, as lines. */
async function faults(changes: Record<string, unknown>): Promise<string[]> {
  const values = await stackValues('local', changes);
  try {
    readSettings('local', values);
  } catch (error) {
    assert.ok(error instanceof SettingsError, String(error));
    return error.message
      .split('\n')
      .slice(1)
      .map(line => line.trim());
  }
  return [];
}

test('the committed stack files are without fault, and fill in what they leave out', async () => {
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

test('every fault is reported at once: key, what was found, what is allowed, the nearest name', async () => {
  assert.deepEqual(
    await faults({
      system: 'cerebal',
      digests: undefined,
      cluster: { contxt: 'here', server: 'https://127.0.0.1:16443' },
      platforms: ['linux/amd64', 'linux/amd46'],
      serivces: ['ai-services'],
      rolloutTimeout: '5',
      webhookSecret: undefined,
    }),
    [
      'slipway:system: found "cerebal"; allowed: cerebral; did you mean "cerebral"?',
      'slipway:digests: missing; allowed: track, lock',
      'slipway:cluster.context: missing; expected a text',
      'slipway:cluster.contxt: no such key; allowed: context, uid, server; did you mean "context"?',
      'slipway:platforms[1]: found "linux/amd46"; allowed: linux/amd64, linux/arm64; did you mean "linux/amd64"?',
      'slipway:webhookSecret: missing; set it with `pulumi config set --secret --path slipway:webhookSecret`',
      'slipway:rolloutTimeout: found "5"; expected 10 to 3600 seconds',
      'slipway:serivces: no such key; allowed: system, digests, lock, cluster, platforms, registry, registryTls, ' +
        'registryHtpasswd, webhookSecret, mirror, builder, variant, variants, services, bases, buildArgs, buildSecrets, ' +
        'branch, git, serviceBuilds, retention, rolloutTimeout; did you mean "services"?',
      'slipway:serviceBuilds.emulate[0]: found "linux/arm64"; the stack\'s platforms are linux/amd64 and linux/amd46',
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
  assert.deepEqual(await faults({ platforms: ['linux/arm64'] }), [
    'slipway:platforms: found linux/arm64; the images of cerebral need linux/amd64 too: one tag serves every machine of the teams',
  ]);
});

test('a context alone does not say which cluster is meant', async () => {
  assert.deepEqual(await faults({ cluster: { context: 'here' } }), [
    'slipway:cluster: neither uid nor server; a context is a name on one machine only, so one of both must say which cluster it is',
  ]);
});

test('a registry is named by its fixed address', async () => {
  const values = await stackValues('local');
  const registry = { ...JSON.parse(values['slipway:registry']!), name: '10.34.0.203:5000' };
  assert.deepEqual(await faults({ registry }), [
    'slipway:registry.name: found "10.34.0.203:5000"; with registry.clusterIP it must be "10.34.0.202:5000"',
  ]);
});

test('an empty list of services or bases is a fault, and no other word for all of them', async () => {
  const line = (key: string) =>
    `slipway:${key}: found []; expected at least one; without the key it is all of the catalogue`;
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

test('one service is switched to another base by one word', async () => {
  const settings = readSettings('dev', await stackValues('dev', { variants: { 'ai-services': 'cpu' } }));
  assert.equal(settings.variantOf('ai-services'), 'cpu');
  assert.equal(settings.variantOf('bmad-services'), 'cuda');
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
      serviceBuilds: { parallel: 0, emulate: ['linux/arm64'], builder: 'kaniko' },
      retention: { runs: '7', cache: '20G' },
    }),
    [
      'slipway:serviceBuilds.parallel: found 0; expected a whole number, 1 to 100',
      'slipway:retention.runs: found "7"; expected a whole number, 1 to 1000',
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
  assert.deepEqual(await faults({ git: { credentials: good } }), []);
  const lines = await faults({
    git: {
      credentials: {
        a: { url: 'https://robot:hunter2@github.com/owner', token: 'hunter2' },
        b: { url: 'https://b.example.com', key: 'hunter2', knownHosts: 'hunter2' },
        c: { url: 'ssh://c.example.com', key: 'hunter2' },
        d: { url: 'https://d.example.com', tokn: 'hunter2' },
        e: { url: 'https://e.example.com', token: 7 },
        f: { token: 'hunter2' },
      },
    },
  });
  assert.deepEqual(lines, [
    'slipway:git.credentials.a.url: found [secret]; expected https://host[:port] or ssh://[user@]host[:port], without a path',
    'slipway:git.credentials.d.tokn: no such key; allowed: url, username, token, key, knownHosts; did you mean "token"?',
    'slipway:git.credentials.e.token: found [secret]; expected a text',
    'slipway:git.credentials.f.url: missing; set it with `pulumi config set --secret --path slipway:git.credentials.f.url`',
    'slipway:git.credentials.b: found key, knownHosts beside an url of https; expected token and username where it matters',
    'slipway:git.credentials.c: found key beside an url of ssh; expected key and knownHosts',
    'slipway:git.credentials.d: found tokn beside an url of https; expected token and username where it matters',
  ]);
  assert.deepEqual(await faults({ git: '["hunter2"]' }), ['slipway:git: found [secret]; expected keys below it']);
});
