import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runtime } from '@pulumi/pulumi';
import { resourceOf } from '../../../policy/declared.ts';
import { hasUnknown, Secret, unknown } from '../../../policy/resource.ts';

const asSecret = (value: unknown) => ({ [runtime.specialSigKey]: runtime.specialSecretSig, value });

test('what is secret or not known yet is marked just where it stands', () => {
  const stringData = { key: asSecret('4711'), plain: 'x', list: ['y', asSecret({ deep: '4711' })] };
  const { fields } = resourceOf('kubernetes:core/v1:Secret', 'x', { stringData, later: runtime.unknownValue });
  assert.deepEqual(fields, {
    stringData: { key: new Secret('4711'), plain: 'x', list: ['y', new Secret({ deep: '4711' })] },
    later: unknown,
  });
  assert.ok(!JSON.stringify(fields).includes('4711'));
  assert.ok(hasUnknown(fields));
  assert.ok(!hasUnknown(fields.stringData));
});

test('a Kubernetes object is called by kind, namespace and name, anything else by type and name', () => {
  const name = (type: string, inputs: Record<string, unknown>) => resourceOf(type, 'child', inputs).name;
  const type = 'kubernetes:apps/v1:Deployment';
  assert.equal(name(type, { kind: 'Deployment', metadata: { namespace: 'ns', name: 'a' } }), 'Deployment ns/a');
  assert.equal(name('kubernetes:core/v1:Namespace', { kind: 'Namespace', metadata: { name: 'a' } }), 'Namespace a');
  assert.equal(name(type, { metadata: { name: runtime.unknownValue } }), 'Deployment child');
  assert.equal(name('command:local:Command', { create: 'x' }), 'Command child');
});
