// kill -9 where it hurts. The long form, at every stage and at random moments, is `npm run campaign -- faults`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOfRun, runOfCommit } from '../../../sandbox/first-push/runs.ts';
import { beginUp } from '../support/act.ts';
import { daemons, withChange } from '../support/checkout.ts';
import type { Fixture } from '../support/fixture.ts';
import { uploading } from '../support/moments.ts';
import { killEngine, killSupervisor } from '../support/processes.ts';
import { published } from '../support/published.ts';
import { assertRecovers, assertServed, assertSound, pushVersion } from '../support/recovered.ts';
import { service } from '../support/service.ts';

export function killed(fixture: () => Fixture): void {
  test('kill -9 of the sandbox’s parent, in a push to the registry and in an up: start and up go on, and no image is lost', async () => {
    const f = fixture();
    const before = await published(f);
    const upload = uploading(f);
    const run = await runOfCommit(f.kube, await pushVersion(f, 'killed'), service.image);
    await upload();
    assert.equal(killSupervisor(f), 1);
    const start = await f.npm(['start']);
    assert.equal(start.status, 0, start.output);

    await withChange(daemons, async from => {
      const up = beginUp(f, from);
      await up.says(/buildkit-a\w+64 updating/);
      assert.equal(killSupervisor(f), 1);
      assert.notEqual((await up.ended).status, 0, 'an up without a cluster fails');
    });
    await assertRecovers(f, before);
    await assertServed(f, await endOfRun(f.kube, run.metadata.name), 'killed');
  });

  test('kill -9 of the engine while it creates: the next up goes on by itself, and nothing is left pending or running', async () => {
    const f = fixture();
    const before = await published(f);
    await f.kube(['delete', 'deployment', 'buildkitd-arm64', '--namespace', 'slipway-build', '--wait=true']);
    const cut = beginUp(f);
    await cut.says(/buildkit-arm64 creating/);
    assert.ok(killEngine(f) > 0);
    assert.notEqual((await cut.ended).status, 0);
    const up = await f.pulumi('up', '--yes', '--skip-preview', '--color', 'never');
    assert.equal(up.status, 0, up.output);
    assert.match(up.output, /slipway: the stack's lock was left by process \d+, which has ended; it is removed/);
    await assertSound(f, before);
  });
}
