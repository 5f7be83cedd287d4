// That Pulumi, editors and readers are told of the keys that the program takes, and of no others.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { keys } from '../../settings/keys.ts';
import { derivedFiles } from './derived.ts';
import { misfits } from './json-schema.ts';
import { stacks } from './rendering.ts';

for (const [path, text] of derivedFiles()) {
  test(`${path} says of a stack's keys what settings/schema.ts says`, () => {
    assert.equal(
      readFileSync(path, 'utf8'),
      text,
      `${path} differs from settings/schema.ts; write it anew with \`npm run golden\``,
    );
  });
}

test('Pulumi is told of each key, and has a default for it that is the same as no value', () => {
  const { config } = parse(readFileSync('Pulumi.yaml', 'utf8'));
  assert.deepEqual(
    Object.keys(config),
    keys.map(({ name }) => name),
  );
  for (const { name, secret, description } of keys) {
    assert.ok('default' in config[name], name);
    assert.ok(description.length > 10, name);
    assert.equal(config[name].secret, secret || undefined, name);
    // Pulumi refuses a secret that has a type and a default.
    assert.equal('type' in config[name], !secret, name);
  }
});

const schema = JSON.parse(readFileSync('settings/stack.schema.json', 'utf8'));

for (const stack of stacks) {
  const text = readFileSync(`Pulumi.${stack}.yaml`, 'utf8');

  test(`an editor finds nothing amiss in the stack file of ${stack}, which names the schema`, () => {
    assert.match(text, /^# yaml-language-server: \$schema=settings\/stack\.schema\.json\n/);
    assert.deepEqual(misfits(schema, parse(text)), []);
  });
}

test('an editor marks what the program would refuse', () => {
  const { config } = parse(readFileSync('Pulumi.dev.yaml', 'utf8'));
  const marked = (changes: Record<string, unknown>) => misfits(schema, { config: { ...config, ...changes } });
  assert.deepEqual(marked({ 'slipway:serivces': ['ai-services'] }), ['/config/slipway:serivces']);
  assert.deepEqual(marked({ 'slipway:digests': 'tags' }), ['/config/slipway:digests']);
  assert.deepEqual(marked({ 'slipway:rolloutTimeout': 5 }), ['/config/slipway:rolloutTimeout']);
  assert.deepEqual(marked({ 'slipway:registryHtpasswd': 'joe:$2y$05$open' }), ['/config/slipway:registryHtpasswd']);
  assert.deepEqual(marked({ 'slipway:registryHtpasswd': { secure: 'v1:…' }, 'kubernetes:context': 'a' }), []);
  assert.deepEqual(marked({ 'slipway:digests': 'lock', 'slipway:mirror': 'mirror.example.com' }), [
    ...Object.keys(config).flatMap(key =>
      schema.properties.config.then.properties[key] === false ? [`/config/${key}`] : [],
    ),
    '/config/slipway:mirror',
  ]);
});
