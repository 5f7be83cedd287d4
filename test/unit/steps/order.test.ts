import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { makeOrder, type Turn } from '../../../steps/order.ts';
import { recordedLog } from './support/folder.ts';
import { LEASE, TestApi } from './support/kube-api.ts';

const SERVICE = { namespace: 'cerebral-platform', deployment: 'ai-services' };
const [C1, C2] = ['1'.repeat(40), '2'.repeat(40)];

async function setUp(t: TestContext) {
  const api = await TestApi.start();
  const kube = api.connect();
  t.after(() => {
    kube.close();
    api.stop();
  });
  const { log, text } = recordedLog();
  const order = (name: string) => makeOrder(() => kube, SERVICE, { name, namespace: 'tekton-pipelines' }, log, 1);
  const lease = api.lease();
  const found =
    (commit: string, push = true) =>
    async (): Promise<Turn> => ({ commit, push });
  return { api, kube, log, order, lease, found, text };
}

const SUPERSEDED = (run: string) => ({
  name: 'Superseded',
  message: new RegExp(`^superseded: by run ${run} of commit `),
});

test('the run that claims last is the newest; the one before it is told by whom it was overtaken', async t => {
  const { order, lease, found } = await setUp(t);
  await order('push-1').claim(found(C1));
  await order('push-1').check();
  await order('push-2').claim(found(C2));
  await order('push-2').check();
  await assert.rejects(order('push-1').check(), {
    message: 'superseded: by run push-2 of commit 222222222222, started by a push',
  });
  assert.equal(lease.spec.leaseTransitions, 2);
  assert.match(lease.spec.acquireTime, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
});

test('a run by hand overtakes the push beside it, and a push after it overtakes the hand', async t => {
  const { order, found } = await setUp(t);
  await order('push-1').claim(found(C1));
  await order('retry').claim(found(C1, false));
  await assert.rejects(order('push-1').check(), SUPERSEDED('retry'));
  await order('push-2').claim(found(C2));
  await assert.rejects(order('retry').check(), SUPERSEDED('push-2'));
});

test('a claim is compare and swap: who was slow between its look and its write looks again', async t => {
  const { order, lease, found } = await setUp(t);
  let looks = 0;
  const slow = await order('push-1').claim(async () => {
    looks += 1;
    if (looks === 1) await order('push-2').claim(found(C2));
    // What the branch has at this moment.
    return { commit: looks === 1 ? C1 : C2, push: true };
  });
  assert.deepEqual([looks, slow.commit], [2, C2]);
  assert.equal(lease.metadata.annotations['slipway.dev/commit'], C2);
});

test('a step that runs once more keeps its turn, and a killed run blocks nobody', async t => {
  const { order, found } = await setUp(t);
  await order('push-1').claim(found(C1));
  await order('push-1').claim(found(C1));
  await order('push-1').check();
  // push-1 is never heard of again.
  await order('push-2').claim(found(C2));
  await order('push-2').check();
});

test('a push that is delivered again builds again, unless a run by hand has followed on it', async t => {
  const { order, found } = await setUp(t);
  await order('push-1').claim(found(C1));
  await order('again').claim(found(C1));
  await order('again').check();
  await order('rollback').claim(found(C2, false));
  await assert.rejects(order('once-more').claim(found(C1)), {
    message:
      'superseded: by run rollback of commit 222222222222, started by hand, which followed on the push of this commit',
  });
  await order('rollback').check();
});

test('a service without Lease has no order; its runs go on, and say so', async t => {
  const { api, order, found, text } = await setUp(t);
  api.objects.delete(LEASE);
  await order('retry').claim(found(C1, false));
  await order('retry').check();
  api.before = () => 403;
  await order('retry').check();
  assert.match(text(), /warning: cerebral-platform\/ai-services is no service of this stack/);
});

test('an order that can not be seen stops the run rather than let it overtake', async t => {
  const { api, order, found } = await setUp(t);
  await order('push-1').claim(found(C1));
  api.before = () => 500;
  await assert.rejects(order('push-1').check(), { message: /it can't be told whether a newer run of .* has begun/ });
  await assert.rejects(order('push-2').claim(found(C2)), { message: /run again$/ });
});

test('an API server that fails for a moment is asked again', async t => {
  const { api, order, found } = await setUp(t);
  let faults = 1;
  api.before = () => (faults-- > 0 ? 503 : undefined);
  await order('push-1').claim(found(C1));
});

test('outside of a pipeline nothing is asked', async t => {
  const { api, kube, log, found } = await setUp(t);
  const order = makeOrder(() => kube, SERVICE, undefined, log);
  await order.claim(found(C1));
  await order.check();
  assert.deepEqual(api.requests, []);
});

test('however runs and pushes interleave, exactly one run has the turn, and it builds the head of the branch', async t => {
  const { api, order } = await setUp(t);
  const pauses = fc.array(fc.record({ before: fc.nat(4), looking: fc.nat(4) }), { minLength: 2, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(pauses, async runs => {
      api.lease();
      let head = 0;
      const names = runs.map((_, i) => `push-${i}`);
      await Promise.all(
        runs.map(async ({ before, looking }, i) => {
          await wait(before);
          head += 1; // the push
          await order(names[i]!).claim(async () => {
            const commit = String(head);
            await wait(looking);
            return { commit, push: true };
          });
        }),
      );
      const verdicts = await Promise.allSettled(names.map(name => order(name).check()));
      assert.equal(verdicts.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal(api.objects.get(LEASE).metadata.annotations['slipway.dev/commit'], String(runs.length));
    }),
    { numRuns: 25 },
  );
});

const wait = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds));
