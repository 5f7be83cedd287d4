// The other builder, by configuration alone: the same pushes, the same path, another way to an image.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitAndPush, edit } from '../../../sandbox/first-push/repository.ts';
import { endOfRun, reason, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { readIndex } from '../support/registry.ts';
import { answer, clone, deployedImage, digestIn, endOfPush, logOf, service, services } from '../support/service.ts';
import { upWith } from '../support/up.ts';
import { createRun, seedParameters } from './manual-run.ts';

const namespace = 'slipway-build';
const platforms = ['linux/amd64', 'linux/arm64'];
const dockerfile = `microservices/${service.name}/Dockerfile`;

/** The stack's key for it, with the sandbox's own bounds. */
export const byKaniko = { builder: 'kaniko', cpu: '100m', memory: '256Mi' };

/** Names of what is in the builders' namespace. */
export async function inBuildNamespace(f: Fixture, kind: string): Promise<string[]> {
  const list = await f.get<{ items: { metadata: { name: string; deletionTimestamp?: string } }[] }>(
    kind,
    '--namespace',
    namespace,
  );
  return (list?.items ?? []).filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.name);
}

/** A run by hand of a branch on which the service's Dockerfile has been changed. */
async function runOfBranch(f: Fixture, branch: string, from: string | RegExp, to: string) {
  const sources = await clone(f);
  await sources.git('checkout', '--quiet', '-B', branch);
  try {
    await edit(sources, dockerfile, from, to);
    await commitAndPush(sources, branch, branch);
    return await endOfRun(f.kube, await createRun(f, { ...seedParameters, 'repo-branch': branch }));
  } finally {
    await sources.git('checkout', '--quiet', 'main');
  }
}

export function kaniko(fixture: () => Fixture): void {
  test('a stack changes to Kaniko by one key: the daemons go, and nothing stands in their place (C13)', async () => {
    const f = fixture();
    await upWith(f, { serviceBuilds: byKaniko });
    assert.deepEqual(await inBuildNamespace(f, 'deployments'), []);
  });

  test('Kaniko builds each form of a base for both platforms, on the pinned base (C13)', async () => {
    const f = fixture();
    const sources = await clone(f);
    for (const name of services) {
      await edit(sources, `microservices/${name}/main.py`, /^VERSION = .*$/m, "VERSION = 'by kaniko'");
    }
    const commit = await commitAndPush(sources, 'Change all three, for Kaniko');
    const base = await readIndex(f, 'cerebral/ai-base', 'cpu');
    for (const name of services) {
      const run = await endOfPush(f, commit, name);
      assert.equal(succeeded(run), true, reason(run));
      const built = await readIndex(f, `cerebral/${name}`, 'main');
      assert.equal(built.digest, digestIn(await deployedImage(f, name)));
      assert.deepEqual(Object.keys(built.platforms).sort(), platforms);
      const log = await logOf(f, run);
      for (const platform of platforms) {
        assert.match(
          log,
          new RegExp(`\\[${platform}\\] Retrieving image manifest .*/cerebral/ai-base:cpu@${base.digest}`),
        );
      }
      assert.match(await answer(f, '/', name), /by kaniko/);
    }
    assert.deepEqual(await inBuildNamespace(f, 'pods'), []);
  });

  test('an instruction that fails under Kaniko is the reason, with its line; no pod is left, no tag moves (C13)', async () => {
    const f = fixture();
    const before = await readIndex(f, service.image, 'main');
    const run = await runOfBranch(f, 'kaniko-fails', 'COPY . .', 'RUN echo out of luck && false\nCOPY . .');
    assert.equal(succeeded(run), false);
    assert.match(
      reason(run),
      /^linux\/\w+: Dockerfile:11: RUN echo out of luck && false: out of luck: .*exit status 1$/,
    );
    assert.deepEqual(await inBuildNamespace(f, 'pods'), []);
    assert.equal((await readIndex(f, service.image, 'main')).digest, before.digest);
  });

  test('a base that is missing fails before Kaniko has a pod (C10, C13)', async () => {
    const f = fixture();
    const run = await runOfBranch(f, 'kaniko-base', 'cerebral/ai-base:cuda', 'cerebral/ai-base:none');
    assert.equal(succeeded(run), false);
    assert.match(reason(run), /^base cerebral\/ai-base:none is not in .*pulumi up --stack local$/);
    assert.doesNotMatch(await logOf(f, run), /pod slipway-build/);
  });
}
