// Both outages that the teams had, replayed: the base was never pushed; the base was pushed from a Mac.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOfRun, reason, result, succeeded } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from '../support/fixture.ts';
import { readIndex, registry } from '../support/registry.ts';
import { deployedImage, digestIn } from '../support/service.ts';
import { createRun, seedParameters } from './manual-run.ts';

const repository = 'cerebral/ai-base';
const tag = 'cpu';

interface TaskRun {
  status: { startTime: string; completionTime: string; steps?: { name: string; terminated?: { exitCode: number } }[] };
}

/** Seconds that the run's only task took, and the step that failed it. */
async function failedTask(fixture: Fixture, run: string) {
  const list = await fixture.get<{ items: TaskRun[] }>(
    'taskruns.tekton.dev',
    '--namespace',
    'tekton-pipelines',
    `--selector=tekton.dev/pipelineRun=${run}`,
  );
  assert.equal(list?.items.length, 1, 'one task was started, and no second');
  const { status } = list.items[0]!;
  return {
    seconds: (Date.parse(status.completionTime) - Date.parse(status.startTime)) / 1000,
    step: status.steps?.find(step => (step.terminated?.exitCode ?? 0) !== 0)?.name,
  };
}

async function failsInPreflight(f: Fixture, expected: RegExp[]): Promise<void> {
  const before = await deployedImage(f);
  const run = await endOfRun(f.kube, await createRun(f, seedParameters));
  assert.equal(succeeded(run), false);
  for (const part of expected) assert.match(reason(run), part);
  assert.match(reason(run), /pulumi up --stack local/, 'the reason names the command that mends it');
  const task = await failedTask(f, run.metadata.name);
  assert.equal(task.step, 'fetch-preflight');
  assert.ok(task.seconds <= 15, `the run failed after ${task.seconds} s`);
  assert.equal(await deployedImage(f), before);
}

async function mendAndRunAgain(f: Fixture, digest: string): Promise<void> {
  const up = await f.pulumi('up', '--yes', '--skip-preview', '--color', 'never');
  assert.equal(up.status, 0, up.output);
  assert.equal((await readIndex(f, repository, tag)).digest, digest, 'the same content is the same digest');
  const run = await endOfRun(f.kube, await createRun(f, seedParameters));
  assert.equal(succeeded(run), true, reason(run));
  assert.equal(digestIn(await deployedImage(f)), result(run, 'digest'));
}

export function bases(fixture: () => Fixture): void {
  test('a base that is missing fails the run in its preflight within seconds; after the mending up the same run succeeds (C10)', async () => {
    const f = fixture();
    const { digest } = await readIndex(f, repository, tag);
    assert.equal((await registry(f, 'DELETE', `/v2/${repository}/manifests/${digest}`)).status, 202);
    await failsInPreflight(f, [/cerebral\/ai-base/, /not in|missing|no such/i]);
    await mendAndRunAgain(f, digest);
  });

  test('a base that somebody replaced by an arm64-only image fails the run in its preflight, naming the platform; the mending up helps (C4, C10)', async () => {
    const f = fixture();
    const { digest, body } = await readIndex(f, repository, tag);
    const index = JSON.parse(body);
    index.manifests = index.manifests.filter(
      (m: { platform: { architecture: string } }) => m.platform.architecture === 'arm64',
    );
    assert.equal(
      (await registry(f, 'PUT', `/v2/${repository}/manifests/${tag}`, { body: JSON.stringify(index) })).status,
      201,
    );
    assert.equal((await registry(f, 'DELETE', `/v2/${repository}/manifests/${digest}`)).status, 202);
    await failsInPreflight(f, [/cerebral\/ai-base/, /linux\/arm64/, /linux\/amd64/]);
    await mendAndRunAgain(f, digest);
  });
}
