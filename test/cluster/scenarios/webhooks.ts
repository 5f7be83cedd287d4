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

  test('a call signed with the stack’s secret creates a run, so that those below would show (C9)', async () => {
    const f = fixture();
    const body = pushEvent(await head());
    const before = await runNames(f);
    assert.equal(await sendSigned(f, body), 202);
    const created = await newRun(f, before);
    assert.equal(succeeded(await endOfRun(f.kube, created)), true);
  });

  test('without a signature, with a forged one, and for another branch nothing is created (C9)', async () => {
    const f = fixture();
    const body = pushEvent(await head());
    await assertNoRunWithin(f, 6, async () => {
      assert.equal(await send(f, body, {}), 401);
      assert.equal(await send(f, body, signature('not the secret', body)), 401);
      await commitAndPush(await clone(f), 'On a branch', 'a-branch');
    });
  });
}
