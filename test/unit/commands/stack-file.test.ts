import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readStackFile } from '../../../commands/stack-file.ts';

let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-stack-'));
  writeFileSync(
    join(folder, 'Pulumi.yaml'),
    "config: { replicas: { default: catalogue }, rolloutTimeout: { default: 120 }, bases: { default: [all] }, system: { default: '' } }",
  );
});
after(() => rmSync(folder, { recursive: true }));

const read = (config: string) => {
  const file = join(folder, 'Pulumi.x.yaml');
  writeFileSync(file, `config:\n${config}`);
  return readStackFile(file, join(folder, 'Pulumi.yaml'));
};

test("what a stack file leaves out has Pulumi.yaml's default, as Pulumi hands it over", async () => {
  const { values } = await read('  slipway:system: cerebral\n  slipway:digests: lock\n  slipway:rolloutTimeout: 60\n');
  assert.equal(values['slipway:system'], 'cerebral');
  assert.equal(values['slipway:rolloutTimeout'], '60');
  assert.equal(values['slipway:replicas'], 'catalogue');
  assert.equal(values['slipway:bases'], '["all"]');
});

test('what is encrypted, or kept elsewhere, has a placeholder and is named as a secret', async () => {
  const { values, secretKeys } = await read(
    '  slipway:digests: track\n  slipway:registryHtpasswd: { secure: v1:a }\n  slipway:buildSecrets: { ca: { secure: v1:b } }\n',
  );
  assert.deepEqual(secretKeys.sort(), [
    'slipway:buildSecrets',
    'slipway:registryCredentials',
    'slipway:registryHtpasswd',
    'slipway:registryS3',
    'slipway:registryTls',
    'slipway:webhookSecret',
  ]);
  assert.equal(values['slipway:buildSecrets'], '{"ca":"(secret)"}');
  assert.ok(!JSON.stringify(values).includes('v1:'));
});

test('a stack that builds nothing is given no secret for a webhook', async () => {
  const { secretKeys } = await read('  slipway:digests: lock\n');
  assert.ok(
    !secretKeys.includes('slipway:webhookSecret') && secretKeys.includes('slipway:registryTls'),
    `${secretKeys}`,
  );
});

test('a secret that stands in the open is handed on as it is, so that the settings refuse it', async () => {
  const { values, secretKeys } = await read('  slipway:digests: track\n  slipway:webhookSecret: hunter2\n');
  assert.equal(values['slipway:webhookSecret'], 'hunter2');
  assert.ok(!secretKeys.includes('slipway:webhookSecret'));
});
