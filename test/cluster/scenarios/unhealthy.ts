// A build that works and pods that don't.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edit } from '../../../sandbox/first-push/repository.ts';
import { reason, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { readIndex } from '../support/registry.ts';
import { answer, clone, deployedImage, digestIn, mainFile, pods, pushAndFollow, service } from '../support/service.ts';

export function unhealthy(fixture: () => Fixture): void {
  test('a push whose pods never become healthy goes back to the digest before, and fails saying so (C11)', async () => {
    const f = fixture();
    const good = await deployedImage(f);
    const served = await answer(f);
    await edit(await clone(f), mainFile, /^VERSION = (.*)$/m, "raise SystemExit('broken by a test')\nVERSION = $1");
    const run = await pushAndFollow(f, 'Break the start');
    assert.equal(succeeded(run), false);
    assert.match(reason(run), /ai-services/);
    assert.match(reason(run), /sha256:/, 'the reason names the digest it went back to');
    assert.equal(await deployedImage(f), good);
    assert.deepEqual(
      (await pods(f)).map(pod => pod.spec.containers[0]?.image),
      [good],
    );
    assert.equal(await answer(f), served);
  });

  test('pulumi up after it does not deploy the bad build, although the branch’s tag names it (C11)', async () => {
    const f = fixture();
    const good = await deployedImage(f);
    const branch = await readIndex(f, service.image, 'main');
    assert.notEqual(branch.digest, digestIn(good), 'the branch’s tag is the bad build');
    const up = await f.pulumi('up', '--yes', '--skip-preview', '--color', 'never');
    assert.equal(up.status, 0, up.output);
    assert.equal(await deployedImage(f), good);
  });

  test('the next good push is rolled out', async () => {
    const f = fixture();
    await edit(await clone(f), mainFile, "raise SystemExit('broken by a test')\n", '');
    await edit(await clone(f), mainFile, /^VERSION = .*$/m, "VERSION = 'mended'");
    const run = await pushAndFollow(f, 'Mend it');
    assert.equal(succeeded(run), true, reason(run));
    assert.match(await answer(f), /mended/);
  });
}
