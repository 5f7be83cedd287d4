import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DigestAdmission } from '../../components/admission.ts';
import { counts, only, record } from './recorder.ts';

const declare = () => record(() => new DigestAdmission('cerebral-admission', { namespace: 'cerebral-platform' }));
const policy = async () => only(await declare(), ':ValidatingAdmissionPolicy').inputs;

test('the digest rule is one policy and its binding to the namespace, which denies (P5)', async () => {
  const recorded = await declare();
  assert.deepEqual(counts(recorded), { ValidatingAdmissionPolicy: 1, ValidatingAdmissionPolicyBinding: 1 });
  const { metadata } = only(recorded, ':ValidatingAdmissionPolicy').inputs;
  assert.equal(metadata.name, 'digests.cerebral-platform.slipway.dev');
  assert.equal(metadata.namespace, undefined);
  assert.deepEqual(only(recorded, ':ValidatingAdmissionPolicyBinding').inputs.spec, {
    policyName: metadata.name,
    validationActions: ['Deny'],
    matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'cerebral-platform' } } },
  });
});

test('every kind that makes pods is looked at, and ephemeral containers, when written and when changed', async () => {
  const { resourceRules } = (await policy()).spec.matchConstraints;
  const resources = resourceRules.flatMap((rule: { apiGroups: string[]; resources: string[] }) =>
    rule.resources.map(resource => `${rule.apiGroups[0]}/${resource}`),
  );
  assert.deepEqual(resources, [
    '/pods',
    '/pods/ephemeralcontainers',
    '/replicationcontrollers',
    'apps/deployments',
    'apps/statefulsets',
    'apps/daemonsets',
    'apps/replicasets',
    'batch/jobs',
    'batch/cronjobs',
  ]);
  for (const { operations } of resourceRules) assert.deepEqual(operations, ['CREATE', 'UPDATE']);
});

test('what can not be judged is refused', async () => {
  assert.equal((await policy()).spec.failurePolicy, 'Fail');
});
