// What "recovered" means after something was killed: nobody repaired anything by hand, and nothing is lost.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { commitAndPush, edit } from '../../../sandbox/first-push/repository.ts';
import { endOfRun, listRuns, type PipelineRun, reason, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Ended, Fixture } from './fixture.ts';
import { ofPulumi } from './processes.ts';
import { assertWhole, published } from './published.ts';
import { answer, clone, deployedImage, digestIn, endOfPush, mainFile, service, services } from './service.ts';

/** Changes what the sample says and pushes it; gives the commit. */
export async function pushVersion(fixture: Fixture, version: string): Promise<string> {
  const sources = await clone(fixture);
  await edit(sources, mainFile, /^VERSION = .*$/m, `VERSION = '${version}'`);
  return commitAndPush(sources, `Version ${version}`);
}

/** `npm start` and `up`, and then: no change is left, nothing is pending, every image and service is there. */
export async function assertRecovers(
  fixture: Fixture,
  before: ReadonlySet<string>,
  up: () => Promise<Ended> = () => fixture.pulumi('up', '--yes', '--skip-preview', '--color', 'never'),
): Promise<void> {
  const start = await fixture.npm(['start']);
  assert.equal(start.status, 0, start.output);
  const upped = await up();
  assert.equal(upped.status, 0, upped.output);
  await assertSound(fixture, before);
}

export async function assertSound(fixture: Fixture, before: ReadonlySet<string>): Promise<void> {
  const preview = await fixture.pulumi('preview', '--expect-no-changes', '--color', 'never');
  assert.equal(preview.status, 0, preview.output);
  const exported = await fixture.pulumi('stack', 'export');
  assert.deepEqual(JSON.parse(exported.output).deployment.pending_operations ?? [], []);
  assert.deepEqual(ofPulumi(fixture), [], 'no plugin has outlived its engine');
  const images = await Promise.all(services.map(name => deployedImage(fixture, name)));
  const running = services.map((name, at) => `cerebral/${name}@${digestIn(images[at]!)}`);
  await assertWhole(fixture, new Set([...before, ...running, ...(await published(fixture))]));
  for (const name of services) assert.match(await answer(fixture, '/health', name), /ok/);
}

/** All runs have ended, well or not: none hangs, and none holds up another. */
export async function endOfAllRuns(fixture: Fixture): Promise<PipelineRun[]> {
  const names = (await listRuns(fixture.kube)).map(run => run.metadata.name);
  return Promise.all(names.map(name => endOfRun(fixture.kube, name, 120)));
}

/** The team's retry: an empty commit where the run has failed; what was pushed is served in the end. */
export async function assertServed(fixture: Fixture, run: PipelineRun, version: string): Promise<void> {
  if (!succeeded(run)) {
    const again = await endOfPush(fixture, await commitAndPush(await clone(fixture), 'Try again'));
    assert.equal(succeeded(again), true, reason(again));
  }
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(250)) {
    if ((await answer(fixture).catch(() => '')).includes(version)) return;
  }
  assert.fail(`${service.name} does not say ${version}: ${await answer(fixture)}`);
}
