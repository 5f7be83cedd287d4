// The first push: the sample repository goes through the whole path once, as a developer would send it.
import type { ListrTaskWrapper } from 'listr2';
import type { SandboxConfig } from '../config.ts';
import { ask } from '../door.ts';
import { getJson, type Kubectl, kubectl } from '../kubectl.ts';
import { sayer } from '../say.ts';
import { cerebral } from '../stacks.ts';
import type { Timeline } from '../timeline.ts';
import type { Tools } from '../tools/build.ts';
import { up } from '../up.ts';
import { commitAndPush, edit, openClone, sampleServices } from './repository.ts';
import { endOfRun, listRuns, param, reason, result, runOfCommit, succeeded } from './runs.ts';

const repository = 'cerebral';
const namespace = 'cerebral-platform';
/** The service whose change is shown. */
const changed = 'ai-services';

// biome-ignore lint/suspicious/noExplicitAny: listr2's own type of a task of any renderer
type Task = ListrTaskWrapper<any, any, any>;

export interface FirstPushOptions {
  task: Task;
  timeline: Timeline;
  signal: AbortSignal;
}

/** Pushes, ups and pushes a change; nothing to do where every service runs already. */
export async function firstPush(
  config: SandboxConfig,
  tools: Tools,
  { task, timeline, signal }: FirstPushOptions,
): Promise<void> {
  const kube = kubectl(config, tools);
  const say = sayer(task);
  const services = await sampleServices(repository);
  const running = await Promise.all(
    services.map(name => getJson(kube, ['deployment', name, '--namespace', namespace])),
  );
  if (running.every(Boolean)) {
    task.skip('First push: done at an earlier start');
    return;
  }
  const clone = await openClone(config, repository);
  const follow = async (message: string, names: string[]) => {
    const commit = await commitAndPush(clone, message);
    say(`pushed ${commit.slice(0, 12)} to ${repository}; waiting for the runs of ${names.join(', ')}`);
    await Promise.all(
      names.map(async name => {
        const started = await runOfCommit(kube, commit, `cerebral/${name}`, 60, signal);
        say(`${started.metadata.name}: fetch, preflight, build for two platforms, publish, roll out`);
        const ended = await endOfRun(kube, started.metadata.name, 600, signal);
        if (!succeeded(ended)) throw new Error(`run ${ended.metadata.name} failed: ${reason(ended)}`);
        say(`${ended.metadata.name}: ${result(ended, 'outcome')}, ${result(ended, 'digest')}`);
      }),
    );
  };
  // An earlier start may have come as far as this, and an empty push builds nothing of a service that was built.
  await endOfUnfinished(kube, signal);
  const built = (await listRuns(kube)).filter(run => succeeded(run)).map(run => param(run, 'image-name'));
  const unbuilt = services.filter(name => !built.includes(`cerebral/${name}`));
  if (unbuilt.length > 0) await timeline.of('first push', () => follow('First push', unbuilt));
  say('pulumi up: the workloads, with the digests that were built');
  await timeline.of('second up', () => up(config, tools, cerebral.name, line => say(`pulumi up: ${line}`), signal));
  const about = { name: changed, namespace };
  const before = await ask(config, about, '/');
  await edit(clone, `microservices/${changed}/main.py`, /^VERSION = .*$/m, "VERSION = '2'");
  await timeline.of('second push', () => follow('Say version 2', [changed]));
  const after = await ask(config, about, '/');
  task.title = `First push: ${before.trim()} became ${after.trim()}`;
}

async function endOfUnfinished(kube: Kubectl, signal: AbortSignal): Promise<void> {
  const runs = (await listRuns(kube)).filter(run => succeeded(run) === undefined);
  await Promise.all(runs.map(run => endOfRun(kube, run.metadata.name, 600, signal)));
}
