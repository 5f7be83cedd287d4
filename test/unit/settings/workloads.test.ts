// What CyberMesh's entrypoints refuse at run time, and other gaps of a stack file, are refused when it is read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSettings } from '../../../settings/settings.ts';
import { faultsWith, stackValues } from './stack-files.ts';

const dev = (changes: Record<string, unknown>) => faultsWith('cybermesh-dev', changes);
const own = async (key: string) => JSON.parse((await stackValues('cybermesh-dev'))[`slipway:${key}`]!);

test('a variable without a value is told with the service that needs it (M7)', async () => {
  const overrides = await own('overrides');
  delete overrides['ai-service'].env.REDIS_HOST;
  overrides['ai-service'].env.NODE_ID = ' ';
  assert.deepEqual(await dev({ overrides }), [
    'slipway:overrides.ai-service.env.NODE_ID: found an empty text; ai-service does not start without it',
    'slipway:overrides.ai-service.env.REDIS_HOST: missing; ai-service does not start without it',
  ]);
});

test('a key that belongs into a Secret is not taken in the open (M7)', async () => {
  const overrides = await own('overrides');
  overrides['ai-service'].env.AI_SIGNING_KEY_CONTENT = 'a key';
  const [fault] = await dev({ overrides });
  assert.match(
    fault!,
    /^slipway:overrides\.ai-service\.env\.AI_SIGNING_KEY_CONTENT: found a value in the open; it comes from/,
  );
  assert.doesNotMatch(fault!, /a key;/);
});

test('a Secret that the stack declares has each key that services read, and no other (M7)', async () => {
  const secrets = {
    'ai-service-secret': { signing_key: 'x' },
    'backend-signing-keys': { signing_key_pem: 'x' },
    strange: {},
  };
  assert.deepEqual(await dev({ secrets }), [
    'slipway:secrets.ai-service-secret.signing_key: no service reads it; allowed: signing_key_pem; did you mean "signing_key_pem"?',
    "slipway:secrets.ai-service-secret.signing_key_pem: missing; set it with `pulumi config set --secret --path 'slipway:secrets.ai-service-secret.signing_key_pem'`, or take out secrets.ai-service-secret if the cluster has that Secret",
    'slipway:secrets.strange: no service reads it; allowed: backend-signing-keys, cockroachdb-root-cert, ai-service-secret',
  ]);
});

test('each folder of data has a place that it comes from, of one kind (M5, M7)', async () => {
  const { models } = await own('volumes');
  assert.deepEqual(await dev({ volumes: { models } }), [
    'slipway:volumes.datasets: missing; ai-service reads it: expected one of claim, csi, s3 below it',
  ]);
  const both = { models: { ...models, claim: 'models' }, datasets: {} };
  assert.deepEqual(await dev({ volumes: both }), [
    'slipway:volumes.models: found claim and s3; expected one of claim, csi, s3',
    'slipway:volumes.datasets: found none; expected one of claim, csi, s3',
  ]);
});

test('what a service reaches has its addresses (M7, M10)', async () => {
  const { redis: _, ...network } = await own('network');
  assert.deepEqual(await dev({ network: { ...network, mongo: network.kafka } }), [
    'slipway:network.redis: missing; ai-service reaches it: expected its addresses and ports',
    'slipway:network.mongo: no service reaches it; allowed: database, kafka, redis, objects',
  ]);
});

test('of a registry outside of the cluster the stack says its name and prefix, and nothing that would be declared (M1)', async () => {
  const { registry, services } = readSettings('cybermesh-dev', await stackValues('cybermesh-dev'));
  assert.deepEqual(
    [registry.external, registry.name, registry.endpoint],
    [true, 'eu-frankfurt-1.ocir.io', 'https://eu-frankfurt-1.ocir.io'],
  );
  assert.deepEqual(
    services.map(({ image }) => image),
    ['cybermeshdev/cybermesh/backend', 'cybermeshdev/cybermesh/ai-service'],
  );
  const faults = await dev({ registry: { ...registry, prefix: 'cybermeshdev', storage: { size: '5Gi' } } });
  assert.match(
    faults.join('\n'),
    /registry\.storage: found .*; of a registry outside of the cluster nothing is declared/,
  );
});

test('who builds a system says which way its digests come (P4)', async () => {
  assert.deepEqual(await dev({ digests: 'track' }), [
    'slipway:digests: found "track"; of cybermesh allowed: build, lock',
    'slipway:buildArgs: found {"ai-service":{"SOURCE":"samples/cybermesh/ai-service"}}; no pipeline builds the images of cybermesh; take the key out',
  ]);
  assert.deepEqual(await faultsWith('ai-stack-local', { webhookSecret: 'x' }), [
    'slipway:webhookSecret: found [secret]; no pipeline builds the images of ai-stack; take the key out',
  ]);
});
