// The sample service as the tests meet it.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../../../sandbox/door.ts';
import { type Clone, commitAndPush, openClone } from '../../../sandbox/first-push/repository.ts';
import { endOfRun, listRuns, type PipelineRun, runOfCommit } from '../../../sandbox/first-push/runs.ts';
import type { Fixture } from './fixture.ts';

export const service = { name: 'ai-services', namespace: 'cerebral-platform', image: 'cerebral/ai-services' };
/** All services that have a sample. */
export const services = [service.name, 'data-services', 'knowledge-services'];
export const mainFile = `microservices/${service.name}/main.py`;

export interface Pod {
  metadata: { name: string; uid: string; deletionTimestamp?: string };
  spec: { containers: { name: string; image: string }[] };
  status: { phase: string; containerStatuses?: { ready: boolean; restartCount: number; imageID: string }[] };
}

export const clone = (fixture: Fixture): Promise<Clone> => openClone(fixture.config, 'cerebral');
export const answer = (fixture: Fixture, path = '/', name = service.name) =>
  ask(fixture.config, { ...service, name }, path);

/** Pushes what the clone holds and follows the service's run to its end. */
export async function pushAndFollow(fixture: Fixture, message: string, branch = 'main'): Promise<PipelineRun> {
  const commit = await commitAndPush(await clone(fixture), message, branch);
  return endOfPush(fixture, commit);
}

/** Follows the run of a pushed commit to its end. */
export async function endOfPush(fixture: Fixture, commit: string, name = service.name): Promise<PipelineRun> {
  const run = await runOfCommit(fixture.kube, commit, `cerebral/${name}`);
  return endOfRun(fixture.kube, run.metadata.name);
}

/** What the steps of a run have logged. */
export const logOf = (fixture: Fixture, run: PipelineRun): Promise<string> =>
  fixture.kube([
    'logs',
    ...['--namespace', 'tekton-pipelines', '--all-containers', '--tail=-1'],
    `--selector=tekton.dev/pipelineRun=${run.metadata.name}`,
  ]);

/** Ready pods of the service that are not on their way out. */
export async function pods(fixture: Fixture, name = service.name): Promise<Pod[]> {
  const list = await fixture.get<{ items: Pod[] }>('pods', '--namespace', service.namespace, `--selector=app=${name}`);
  return (list?.items ?? []).filter(
    pod => !pod.metadata.deletionTimestamp && pod.status.containerStatuses?.every(c => c.ready),
  );
}

/** The image of the Deployment's container. */
export async function deployedImage(fixture: Fixture, name = service.name): Promise<string> {
  const deployment = await fixture.get<{ spec: { template: { spec: Pod['spec'] } } }>(
    'deployment',
    name,
    '--namespace',
    service.namespace,
  );
  const image = deployment?.spec.template.spec.containers[0]?.image;
  assert.ok(image, 'the service has a Deployment');
  return image;
}

export const digestIn = (image: string) => /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];

export const runNames = async (fixture: Fixture) =>
  new Set((await listRuns(fixture.kube)).map(run => run.metadata.name));

/** Asserts that no run appears within the time that a run takes to appear several times over. */
export async function assertNoRunWithin(fixture: Fixture, seconds: number, act: () => Promise<void>): Promise<void> {
  const before = await runNames(fixture);
  await act();
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const created = [...(await runNames(fixture))].filter(name => !before.has(name));
    assert.deepEqual(created, []);
    await sleep(500);
  }
}

/** The first run that was not there before; waits for it. */
export async function newRun(fixture: Fixture, before: ReadonlySet<string>): Promise<string> {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(250)) {
    const created = [...(await runNames(fixture))].find(name => !before.has(name));
    if (created) return created;
  }
  throw new Error('no run appeared within 20 s');
}
