// The three ways in which the teams' Dockerfiles take their base: each builds on the base pinned by digest, unedited.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitAndPush, edit } from '../../../sandbox/first-push/repository.ts';
import { endOfRun, type PipelineRun, reason, result, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { readIndex } from '../support/registry.ts';
import { answer, clone, deployedImage, digestIn, endOfPush, logOf } from '../support/service.ts';
import { createRun, seedParametersOf } from './manual-run.ts';

/** What each service's Dockerfile gives as its base, as BuildKit reads it. */
const forms: Record<string, string> = {
  'ai-services': 'cerebral/ai-base:cuda',
  'data-services': 'internal-registry.registry.svc.cluster.local:5000/cerebral/ai-base:cuda',
  'knowledge-services': '10.34.0.202:5000/cerebral/ai-base:cuda',
};
const names = Object.keys(forms);
const commented = 'microservices/knowledge-services/Dockerfile';

/** The run rolled out what it built, on the stack's own variant of the base, and its log says what stands for what. */
async function builtOnPinned(f: Fixture, name: string, run: PipelineRun): Promise<void> {
  assert.equal(succeeded(run), true, reason(run));
  assert.equal(digestIn(await deployedImage(f, name)), result(run, 'digest'));
  const base = await readIndex(f, 'cerebral/ai-base', 'cpu');
  const log = await logOf(f, run);
  assert.ok(log.includes(`: ${forms[name]} → 10.34.0.202:5000/cerebral/ai-base:cpu@${base.digest}`), log);
}

export function threeForms(fixture: () => Fixture): void {
  let pushed: PipelineRun;

  test('one push builds a service of each form on the pinned base, in the stack’s own variant (C7)', async () => {
    const f = fixture();
    const sources = await clone(f);
    for (const name of names) {
      await edit(sources, `microservices/${name}/main.py`, /^VERSION = .*$/m, "VERSION = 'three forms'");
    }
    await edit(sources, commented, 'ARG BASE_IMAGE_TAG=cuda', "ARG BASE_IMAGE_TAG=cuda  # or 'cpu'");
    const commit = await commitAndPush(sources, 'Change all three');
    for (const name of names) {
      const run = await endOfPush(f, commit, name);
      await builtOnPinned(f, name, run);
      assert.match(await answer(f, '/', name), /three forms/);
      if (commented.includes(name)) pushed = run;
    }
  });

  test('a comment behind an ARG, as the teams wrote it, builds all the same, and the log says how BuildKit reads it (C7)', async () => {
    const f = fixture();
    assert.match(await logOf(f, pushed), /warning: Dockerfile line 3: .*"# or 'cpu'" is read as 3 more arguments/);
    const sources = await clone(f);
    await edit(sources, commented, "  # or 'cpu'", '');
    const run = await endOfPush(f, await commitAndPush(sources, 'Say it no more'), 'knowledge-services');
    assert.equal(succeeded(run), true, reason(run));
  });

  test('hand-made runs build each form on the pinned base as well (C7, C8)', async () => {
    const f = fixture();
    const runs: [string, string][] = [];
    for (const name of names) runs.push([name, await createRun(f, seedParametersOf(name))]);
    for (const [name, run] of runs) await builtOnPinned(f, name, await endOfRun(f.kube, run));
  });
}
