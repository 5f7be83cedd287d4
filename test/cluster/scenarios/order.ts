// Runs that overtake each other: the newest wins, whatever order the builds end in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitAndPush, edit } from '../../../sandbox/first-push/repository.ts';
import {
  endOfRun,
  type PipelineRun,
  reason,
  result,
  runOfCommit,
  succeeded,
} from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { readIndex } from '../support/registry.ts';
import {
  answer,
  clone,
  deployedImage,
  digestIn,
  mainFile,
  newRun,
  pods,
  runNames,
  service,
} from '../support/service.ts';
import { pushEvent, sendSigned } from '../support/webhook.ts';
import { createRun, seedParameters } from './manual-run.ts';

const outcome = (run: PipelineRun) => run.metadata.annotations?.['slipway.dev/outcome'] ?? reason(run);

async function pushVersion(f: Fixture, version: string): Promise<string> {
  const sources = await clone(f);
  await edit(sources, mainFile, /^VERSION = .*$/m, `VERSION = '${version}'`);
  return commitAndPush(sources, `Version ${version}`);
}

async function assertServes(f: Fixture, run: PipelineRun): Promise<void> {
  const digest = result(run, 'digest');
  assert.equal(digestIn(await deployedImage(f)), digest);
  assert.equal((await readIndex(f, service.image, 'main')).digest, digest, 'the branch’s tag');
  assert.equal((await readIndex(f, service.image, 'live-local')).digest, digest, 'the live tag');
}

export function order(fixture: () => Fixture): void {
  let older: string;

  test('of two pushes in quick succession the newer wins; the older says so and has moved no tag (order)', async () => {
    const f = fixture();
    older = await pushVersion(f, 'older');
    const first = await runOfCommit(f.kube, older, service.image);
    const newer = await pushVersion(f, 'newer');
    const second = await runOfCommit(f.kube, newer, service.image);
    const ended = await Promise.all([first, second].map(run => endOfRun(f.kube, run.metadata.name)));
    assert.match(outcome(ended[0]!), /^superseded: /);
    assert.equal(succeeded(ended[0]!), true, 'there is nothing to mend');
    assert.equal(succeeded(ended[1]!), true, reason(ended[1]!));
    await assertServes(f, ended[1]!);
    assert.match(await answer(f), /newer/);
  });

  test('a run by hand beside a push: whoever took the turn last is what runs (order)', async () => {
    const f = fixture();
    const commit = await pushVersion(f, 'beside');
    const pushed = await runOfCommit(f.kube, commit, service.image);
    const manual = await createRun(f, seedParameters);
    const ended = await Promise.all([pushed.metadata.name, manual].map(name => endOfRun(f.kube, name)));
    for (const run of ended) assert.equal(succeeded(run), true, reason(run));
    const lease = await f.get<{ spec: { holderIdentity: string } }>(
      'leases.coordination.k8s.io',
      `slipway-${service.name}`,
      '--namespace',
      service.namespace,
    );
    const newest = ended.find(run => lease?.spec.holderIdentity === `tekton-pipelines/${run.metadata.name}`);
    assert.ok(newest, 'one of the two has the turn');
    assert.doesNotMatch(outcome(newest), /^superseded/);
    await assertServes(f, newest);
  });

  test('an old push that is delivered once more rolls nothing back (order, C9)', async () => {
    const f = fixture();
    const image = await deployedImage(f);
    const before = await runNames(f);
    assert.equal(await sendSigned(f, pushEvent(older)), 202);
    const run = await endOfRun(f.kube, await newRun(f, before));
    assert.match(outcome(run), /^superseded: main is at /);
    assert.equal(await deployedImage(f), image);
    assert.equal((await readIndex(f, service.image, 'main')).digest, digestIn(image));
    assert.deepEqual(
      (await pods(f)).map(pod => pod.spec.containers[0]?.image),
      [image],
    );
  });
}
