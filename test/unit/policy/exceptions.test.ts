import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, printViolations } from '../../../policy/judge.ts';
import type { Exception } from '../../../systems/types.ts';
import { container, facts, pod, secured, workload } from './objects.ts';

const daemons = ['a', 'b'].map(name => ({
  ...workload('Deployment', pod({ containers: [secured({ privileged: true })] })),
  name: `Deployment slipway-build/daemon-${name}`,
}));
const exception = (changes: Partial<Exception> = {}): Exception => ({
  rule: 'privileged',
  resource: 'Deployment slipway-build/daemon-*',
  reason: 'it makes mounts',
  ...changes,
});
const verdict = async (...exceptions: Exception[]) => {
  const { violations, excused } = await judge(daemons, facts, exceptions);
  return { excused, violations: violations.map(({ rule, resource }) => `${rule} ${resource}`) };
};

test('an exception lets one rule go for the resources that it names, and for no other', async () => {
  assert.deepEqual(await verdict(exception()), { excused: 2, violations: [] });
  assert.deepEqual(await verdict(exception({ resource: 'Deployment slipway-build/daemon-a' })), {
    excused: 1,
    violations: ['privileged Deployment slipway-build/daemon-b'],
  });
  assert.equal((await verdict(exception({ resource: 'Deployment *' }))).excused, 0, '"*" ends at a slash');
  assert.equal((await verdict(exception({ resource: 'StatefulSet slipway-build/daemon-*' }))).excused, 0);
});

test('an exception that nothing needs any more is a violation, with what to do', async () => {
  const { violations } = await judge(daemons, facts, [exception(), exception({ rule: 'liveness' })]);
  assert.equal(
    printViolations(violations),
    '  Deployment slipway-build/daemon-*: rule: [exception] found an exception from liveness, which is kept without it; ' +
      'allowed: exceptions that something needs; mend the exception, or take it away (systems/, components/exceptions.ts)',
  );
});

test('an exception for what this stack does not declare is no fault: the catalogue serves all stacks', async () => {
  assert.deepEqual(await verdict(exception(), exception({ resource: 'Deployment other/thing' })), {
    excused: 2,
    violations: [],
  });
});

test('an exception from no rule is a violation with the nearest name; rules of the linters are left to them', async () => {
  const { violations } = await judge(daemons, facts, [
    exception(),
    exception({ rule: 'privilegd' }),
    exception({ rule: 'kube-score/container-image-tag' }),
  ]);
  assert.equal(violations.length, 1);
  assert.match(violations[0]!.found, /"privilegd", which is no rule/);
  assert.match(violations[0]!.allowed, /did you mean "privileged"\?$/);
});

test('all violations are shown, in the order of the resources', async () => {
  const bad = workload('Deployment', pod({ containers: [container({ image: 'x', livenessProbe: undefined })] }));
  const { violations } = await judge([bad, ...daemons], facts, []);
  assert.deepEqual(
    violations.map(({ rule, resource }) => `${rule} ${resource}`),
    [
      'digest Deployment ns/thing',
      'liveness Deployment ns/thing',
      'privileged Deployment slipway-build/daemon-a',
      'privileged Deployment slipway-build/daemon-b',
    ],
  );
});
