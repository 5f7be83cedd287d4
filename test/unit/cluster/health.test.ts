import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isHealthy, isOver, type Pod, podsOf, progressOf, troublesOf, whyNotReady } from '../../../cluster/health.ts';
import { containerOf, type Deployment, selectorOf } from '../../../cluster/workload.ts';

const IMAGE = 'registry/x@sha256:1';

function deployment(status: Deployment['status'], spec: Partial<Deployment['spec']> = {}): Deployment {
  return {
    metadata: { name: 'x', generation: 2 },
    spec: { replicas: 2, selector: {}, template: { spec: { containers: [{ name: 'x', image: IMAGE }] } }, ...spec },
    status,
  };
}

function pod(status: Pod['status'], more: Partial<Pod['metadata']> = {}): Pod {
  return { metadata: { name: 'x-1', ...more }, spec: { containers: [{ name: 'x', image: IMAGE }] }, status };
}

const DONE = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 };

test('healthy is: seen by the controller, all updated, all available, none of an older image', () => {
  assert.equal(isHealthy(deployment(DONE)), true);
  for (const short of [{ observedGeneration: 1 }, { updatedReplicas: 1 }, { availableReplicas: 1 }, { replicas: 3 }]) {
    assert.equal(isHealthy(deployment({ ...DONE, ...short })), false, JSON.stringify(short));
  }
  assert.equal(isHealthy(deployment(undefined)), false);
});

test('a Deployment without a number of replicas wants one', () => {
  const one = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
  assert.equal(isHealthy(deployment(one, { replicas: undefined })), true);
});

test('no status in which a count differs from what is wanted is healthy', () => {
  const count = fc.integer({ min: 0, max: 4 });
  fc.assert(
    fc.property(count, count, count, count, (wanted, replicas, updatedReplicas, availableReplicas) => {
      const status = { observedGeneration: 2, replicas, updatedReplicas, availableReplicas };
      const all = [replicas, updatedReplicas, availableReplicas].every(n => n === wanted);
      assert.equal(isHealthy(deployment(status, { replicas: wanted })), all);
    }),
  );
});

test('progress is told in words', () => {
  const status = { observedGeneration: 2, replicas: 3, updatedReplicas: 1, availableReplicas: 2 };
  assert.equal(progressOf(deployment(status)), '1 of 2 replicas updated, 2 available, 2 of an older image');
});

test('a rollout counts pods of its own image that are not being deleted', () => {
  const other = pod({});
  other.spec = { containers: [{ name: 'x', image: 'registry/x@sha256:2' }] };
  const pods = [pod({}), other, pod({}, { deletionTimestamp: '2026-01-01T00:00:00Z' })];
  assert.deepEqual(podsOf(pods, 'x', IMAGE), [pods[0]]);
});

test('kubelet alternating between two states of one trouble is the same trouble', () => {
  const key = (reason: string) =>
    troublesOf(deployment(DONE), [pod({ containerStatuses: [{ name: 'x', state: { waiting: { reason } } }] })])[0]!.key;
  assert.equal(key('ErrImagePull'), key('ImagePullBackOff'));
  assert.notEqual(key('ErrImagePull'), key('CrashLoopBackOff'));
});

test('containers that start as usual are no trouble', () => {
  for (const reason of ['ContainerCreating', 'PodInitializing']) {
    const starting = pod({ containerStatuses: [{ name: 'x', state: { waiting: { reason } } }] });
    assert.deepEqual(troublesOf(deployment(DONE), [starting]), []);
  }
});

test('a failing init container is a trouble as well', () => {
  const failing = pod({
    initContainerStatuses: [{ name: 'init', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
    containerStatuses: [{ name: 'x', state: { waiting: { reason: 'PodInitializing' } } }],
  });
  const [trouble] = troublesOf(deployment(DONE), [failing]);
  assert.match(trouble!.text, /^pod x-1, container init: CrashLoopBackOff/);
  assert.match(whyNotReady([failing]).text, /container init: CrashLoopBackOff/);
});

test('conditions of the template before are no trouble of this one', () => {
  const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
  assert.equal(troublesOf(deployment({ ...DONE, conditions }), []).length, 1);
  assert.equal(troublesOf(deployment({ ...DONE, conditions, observedGeneration: 1 }), []).length, 0);
});

test('a trouble is over when its container is ready or its pod is gone, not while it runs for a moment', () => {
  const state = (ready: boolean) => [pod({ containerStatuses: [{ name: 'x', ready, state: { running: {} } }] })];
  assert.equal(isOver('x-1/x/crash', state(false)), false);
  assert.equal(isOver('x-1/x/crash', state(true)), true);
  assert.equal(isOver('x-1/x/crash', []), true);
});

test('a long or many-lined message becomes one line of bounded length', () => {
  const message = `${'x\n'.repeat(500)}the end`;
  const [trouble] = troublesOf(deployment(DONE), [
    pod({ containerStatuses: [{ name: 'x', state: { waiting: { reason: 'ErrImagePull', message } } }] }),
  ]);
  assert.ok(trouble!.text.length <= 301 && !trouble!.text.includes('\n'));
});

test('without a pod the reason says so', () => {
  assert.equal(whyNotReady([]).text, 'no pod of the new image was made');
  const ready = pod({ conditions: [{ type: 'Ready', status: 'True' }] });
  assert.match(whyNotReady([ready]).text, /ready, and not yet available/);
});

test('the container that counts is the one named like the Deployment, else the first', () => {
  const template = (names: string[]) => ({
    template: { spec: { containers: names.map(name => ({ name, image: name })) } },
  });
  assert.equal(containerOf(deployment({}, template(['a', 'x', 'b']))).index, 1);
  assert.equal(containerOf(deployment({}, template(['a', 'b']))).name, 'a');
});

test('a selector of labels and expressions is written as list requests take it', () => {
  const selector = {
    matchLabels: { app: 'x', tier: 'web' },
    matchExpressions: [
      { key: 'a', operator: 'In', values: ['1', '2'] },
      { key: 'b', operator: 'NotIn', values: ['3'] },
      { key: 'c', operator: 'Exists' },
      { key: 'd', operator: 'DoesNotExist' },
    ],
  };
  assert.equal(selectorOf(deployment({}, { selector })), 'app=x,tier=web,a in (1,2),b notin (3),c,!d');
});
