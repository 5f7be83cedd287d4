// Which services a push builds, from the pushed range to the teams' empty commit.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { commitAndPush, edit } from '../../../sandbox/first-push/repository.ts';
import { endOfRun, reason, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { assertNoRunWithin, clone, endOfPush, pushAndFollow, runNames, services } from '../support/service.ts';
import { createRun, seedParameters } from './manual-run.ts';

export function pushes(fixture: () => Fixture): void {
  test('a push that changes no service builds none (C9)', async () => {
    await assertNoRunWithin(fixture(), 6, async () => {
      const sources = await clone(fixture());
      await writeFile(join(sources.folder, 'NOTES.md'), 'nothing of a service\n');
      await commitAndPush(sources, 'Change no service');
    });
  });

  test('a push that changes two of three services builds those two (C9)', async () => {
    const f = fixture();
    const before = await runNames(f);
    const sources = await clone(f);
    const changed = services.slice(0, 2);
    for (const name of changed) {
      await edit(sources, `microservices/${name}/main.py`, /^VERSION = .*$/m, "VERSION = 'two of three'");
    }
    const commit = await commitAndPush(sources, 'Change two of three');
    const runs = await Promise.all(changed.map(name => endOfPush(f, commit, name)));
    for (const run of runs) assert.equal(succeeded(run), true, reason(run));
    const created = [...(await runNames(f))].filter(name => !before.has(name));
    assert.deepEqual(created.sort(), runs.map(({ metadata }) => metadata.name).sort());
  });

  test('an empty commit builds nothing while the last run is good and its base is the same (C9)', async () => {
    const f = fixture();
    await assertNoRunWithin(f, 6, async () => {
      await commitAndPush(await clone(f), 'Try again');
    });
  });

  test('an empty commit builds again the service whose last run failed, and the run says so (C9)', async () => {
    const f = fixture();
    const failed = await endOfRun(f.kube, await createRun(f, { ...seedParameters, dockerfile: 'not/there' }));
    assert.equal(succeeded(failed), false);
    const run = await pushAndFollow(f, 'Try again');
    assert.equal(succeeded(run), true, reason(run));
    assert.equal(
      run.metadata.annotations?.['slipway.dev/because'],
      `an empty push, and its last run, ${failed.metadata.name}, has failed`,
    );
  });

  test('a forced push builds all services, as it does not tell what changed (C9)', async () => {
    const f = fixture();
    const sources = await clone(f);
    await sources.git('commit', '--quiet', '--amend', '--allow-empty', '--message', 'Another past');
    await sources.git('push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/main');
    const commit = (await sources.git('rev-parse', 'HEAD')).trim();
    for (const name of services) {
      const run = await endOfPush(f, commit, name);
      assert.equal(succeeded(run), true, reason(run));
      assert.equal(run.metadata.annotations?.['slipway.dev/because'], 'the push was forced');
    }
  });
}
