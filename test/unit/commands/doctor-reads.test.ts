// What the doctor reads out of things: addresses of an environment, needs of a pod, the context of a build.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkout } from '../../../commands/checkout.ts';
import { addressesOf } from '../../../commands/doctor/addresses.ts';
import { needsOf } from '../../../commands/doctor/pod-needs.ts';
import { sourceChecks } from '../../../commands/doctor/sources.ts';
import { healthyCybermesh } from './support/systems.ts';

const environments: [Record<string, string>, string[]][] = [
  [{ REDIS_HOST: '10.0.0.1', REDIS_PORT: ' 6379 ' }, ['REDIS_HOST and REDIS_PORT 10.0.0.1 6379']],
  [{ REDIS_HOST: '[fd00::1]', REDIS_PORT: '6379' }, ['REDIS_HOST and REDIS_PORT fd00::1 6379']],
  [
    { BROKERS: '10.0.0.1:9092, [fd00::2]:9093,kafka-0.kafka:9094' },
    ['BROKERS 10.0.0.1 9092', 'BROKERS fd00::2 9093', 'BROKERS kafka-0.kafka 9094'],
  ],
  [
    { A_URL: 'http://aidb', B_URL: 'https://10.0.0.3/path', C_URL: 'http://[fd00::4]:81' },
    ['A_URL aidb 80', 'B_URL 10.0.0.3 443', 'C_URL fd00::4 81'],
  ],
  [{ NODE_ID: 'ai-1', LOG: 'info', TIME: '12:30:10', SIZE: 'a:99999', REDIS_PORT: '1', X_HOST: 'alone', E: '' }, []],
  [{ REDIS_HOST: '10.0.0.1', REDIS_PORT: 'many' }, []],
];

for (const [environment, expected] of environments) {
  test(`addresses of ${JSON.stringify(environment)} are ${expected.join(', ') || 'none'} (M11)`, () => {
    const found = addressesOf(environment).map(({ variables, host, port }) => `${variables} ${host} ${port}`);
    assert.deepEqual(found, expected);
  });
}

test('a pod needs what its containers and volumes name, and nothing that may be missing (M11)', () => {
  const containers = [
    {
      ...{ name: 'app', image: 'x', volumeMounts: [{ mountPath: '/data' }] },
      envFrom: [{ configMapRef: { name: 'environment' } }, { secretRef: { name: 'whole' } }],
      env: [
        { name: 'A', valueFrom: { secretKeyRef: { name: 'keys', key: 'a' } } },
        { name: 'B', valueFrom: { secretKeyRef: { name: 'maybe', key: 'b', optional: true } } },
        { name: 'C', value: 'plain' },
      ],
    },
  ];
  const initContainers = [
    { name: 'first', env: [{ name: 'D', valueFrom: { configMapKeyRef: { name: 'list', key: 'd' } } }] },
  ];
  const volumes = [
    { secret: { secretName: 'keys', items: [{ key: 'c' }] } },
    { configMap: { name: 'optional', optional: true } },
    { persistentVolumeClaim: { claimName: 'claim' } },
    { csi: { driver: 'driver', nodePublishSecretRef: { name: 'bucket' } } },
    { emptyDir: {} },
  ];
  const template = { spec: { containers, initContainers, volumes } };
  const needs = needsOf({ metadata: { name: 'app' }, spec: { selector: {}, template } });
  const plain = (of: Map<string, Set<string>>) => Object.fromEntries([...of].map(([name, keys]) => [name, [...keys]]));
  assert.deepEqual(plain(needs.secrets), { whole: [], keys: ['a', 'c'], bucket: [] });
  assert.deepEqual(plain(needs.configMaps), { environment: [], list: ['d'] });
  assert.deepEqual([[...needs.claims], [...needs.drivers]], [['claim'], ['driver']]);
  assert.deepEqual([needs.environments, needs.mounts], [['environment'], ['/data']]);
  assert.deepEqual([...needs.variables.keys()], ['A', 'B', 'C']);
});

/** What the doctor says of a service that is built from these files, in a folder of the checkout. */
async function context(t: TestContext, files: Record<string, string>, at: { dockerfile: string; context: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-sources-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const asked = await (await healthyCybermesh(t)).context();
  const { settings } = asked;
  const below = (path: string) => relative(checkout, join(folder, path));
  const service = { ...settings.services[0]!, dockerfile: below(at.dockerfile), context: below(at.context) };
  return sourceChecks({ ...settings, services: [service] })[0]!.ask(asked);
}

const place = { dockerfile: 'docker/Dockerfile', context: 'src' };

test('build context: a Dockerfile or a context that is not there is told, and where both are said (M11)', async t => {
  const found = await context(t, { 'src/main.py': '' }, place);
  assert.equal(found.verdict, 'fault');
  assert.match(found.seen, /^there is no \S+docker\/Dockerfile in this checkout$/);
  assert.match(found.remedy ?? '', /or change dockerfile and context in systems\/cybermesh\.ts$/);
  const other = await context(t, { 'docker/Dockerfile': '' }, place);
  assert.match(other.seen, /^there is no \S+src in this checkout, the context of \S+docker\/Dockerfile$/);
});

test('build context: how much a build sees, with the largest file; no ignore file is a warning (M11)', async t => {
  const files = { 'docker/Dockerfile': '', 'src/main.py': 'x', 'src/model.bin': 'm'.repeat(3_000_000) };
  const open = await context(t, files, place);
  assert.equal(open.verdict, 'warning');
  assert.match(open.seen, /sees 2 files of \S+src, 3\.0 MB, the largest model\.bin with 3\.0 MB; no ignore file/);
  const ignored = await context(t, { ...files, 'docker/Dockerfile.dockerignore': '*.bin\n' }, place);
  assert.equal(ignored.verdict, 'ok');
  assert.match(
    ignored.seen,
    /sees 1 file of \S+src, 1 kB, .*; \S+docker\/Dockerfile\.dockerignore leaves out the rest$/,
  );
  const nothing = await context(t, { ...files, 'docker/Dockerfile.dockerignore': '**\n' }, place);
  assert.equal(nothing.verdict, 'fault');
  assert.match(nothing.remedy ?? '', /^look into \S+docker\/Dockerfile\.dockerignore$/);
});
