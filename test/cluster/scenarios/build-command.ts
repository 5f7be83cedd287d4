// `slipway build` against the sandbox.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listRuns, param } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { answer, clone, deployedImage, digestIn, mainFile, runNames, service, services } from '../support/service.ts';

const build = (f: Fixture, ...args: string[]) =>
  f.npm(['run', '--silent', 'sandbox:slipway', '--', 'build', 'local', ...args]);

export function buildCommand(fixture: () => Fixture): void {
  test('slipway build builds all services of the stack, follows them, and tells the digest of each', async () => {
    const f = fixture();
    const before = await runNames(f);
    const { status, output } = await build(f);
    assert.equal(status, 0, output);
    const runs = (await listRuns(f.kube)).filter(run => !before.has(run.metadata.name));
    assert.deepEqual(runs.map(run => param(run, 'deployment-name')).sort(), [...services].sort());
    for (const name of services) {
      const digest = digestIn(await deployedImage(f, name));
      assert.match(output, new RegExp(`^${name} +unchanged: .*, ${digest} {2}\\(cerebral-${name}-`, 'm'));
    }
  });

  test('slipway build of a commit builds that one, and fails with the reason and status 1 where it can’t', async () => {
    const f = fixture();
    const sources = await clone(f);
    const changes = await sources.git('log', '--max-count=2', '--format=%H', '--', mainFile);
    const older = changes.trim().split('\n')[1]!;
    const version = /^VERSION = '(.*)'$/m.exec(await sources.git('show', `${older}:${mainFile}`))![1]!;
    assert.ok(!(await answer(f)).includes(version));
    const back = await build(f, service.name, '--commit', older);
    assert.equal(back.status, 0, back.output);
    assert.ok((await answer(f)).includes(version));

    const failed = await build(f, service.name, '--commit', 'e'.repeat(40));
    assert.equal(failed.status, 1, failed.output);
    assert.match(failed.output, /ai-services {2}failed: commit e{40} is not in /);
    const unknown = await build(f, 'ai-service');
    assert.equal(unknown.status, 1);
    assert.match(unknown.output, /did you mean "ai-services"\?/);
  });
}
