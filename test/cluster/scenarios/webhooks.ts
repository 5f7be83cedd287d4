// Calls that must create nothing: unsigned, forged, another branch.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitAndPush } from '../../../sandbox/first-push/repository.ts';
import { endOfRun, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { assertNoRunWithin, clone, newRun, runNames } from '../support/service.ts';
import { pushEvent, send, sendSigned, signature } from '../support/webhook.ts';

export function webhooks(fixture: () => Fixture): void {
  const head = async () => (await (await clone(fixture())).git('rev-parse', 'HEAD')).trim();

  test('a call signed with the stack’s secret creates a run, so that the two below would show (C9)', async () => {
    const f = fixture();
    const body = pushEvent(await head());
    const before = await runNames(f);
    assert.equal(await sendSigned(f, body), 202);
    const created = await newRun(f, before);
    assert.equal(succeeded(await endOfRun(f.kube, created)), true);
  });

  test('a call without a signature creates nothing (C9)', async () => {
    const body = pushEvent(await head());
    await assertNoRunWithin(fixture(), 6, async () => {
      assert.equal(await send(fixture(), body, {}), 401);
    });
  });

  test('a call with a forged signature creates nothing (C9)', async () => {
    const body = pushEvent(await head());
    await assertNoRunWithin(fixture(), 6, async () => {
      assert.equal(await send(fixture(), body, signature('not the secret', body)), 401);
    });
  });

  test('a push to another branch creates nothing (C9)', async () => {
    await assertNoRunWithin(fixture(), 6, async () => {
      await commitAndPush(await clone(fixture()), 'On a branch', 'a-branch');
    });
  });
}
