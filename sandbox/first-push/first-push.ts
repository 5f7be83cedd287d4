// The first push: the sample repository goes through the whole path once, as a developer would send it.
import type { ListrTaskWrapper } from 'listr2';
import type { SandboxConfig } from '../config.ts';
import { ask } from '../door.ts';
import { getJson, kubectl } from '../kubectl.ts';
import { sayer } from '../say.ts';
import type { Tools } from '../tools/build.ts';
import { up } from '../up.ts';
import { commitAndPush, edit, openClone } from './repository.ts';
import { endOfRun, listRuns, param, reason, result, runOfCommit, succeeded } from './runs.ts';

const service = {
  repository: 'cerebral',
  name: 'ai-services',
  image: 'cerebral/ai-services',
  namespace: 'cerebral-platform',
};
const source = `microservices/${service.name}/main.py`;

// biome-ignore lint/suspicious/noExplicitAny: listr2's own type of a task of any renderer
type Task = ListrTaskWrapper<any, any, any>;

/** Pushes, ups and pushes a change; nothing to do where the service runs already. */
export async function firstPush(config: SandboxConfig, tools: Tools, task: Task, signal: AbortSignal): Promise<void> {
  const kube = kubectl(config, tools);
  const say = sayer(task);
  if (await getJson(kube, ['deployment', service.name, '--namespace', service.namespace])) {
    task.skip('First push: done at an earlier start');
    return;
  }
  const clone = await openClone(config, service.repository);
  const follow = async (message: string) => {
    const commit = await commitAndPush(clone, message);
    say(`pushed ${commit.slice(0, 12)} to ${service.repository}; waiting for its run`);
    const started = await runOfCommit(kube, commit, service.image, 60, signal);
    say(`${started.metadata.name}: fetch, preflight, build for two platforms, publish, roll out`);
    const ended = await endOfRun(kube, started.metadata.name, 600, signal);
    if (!succeeded(ended)) throw new Error(`run ${ended.metadata.name} failed: ${reason(ended)}`);
    say(`${ended.metadata.name}: ${result(ended, 'outcome')}, ${result(ended, 'digest')}`);
  };
  // An earlier start may have come as far as this, and an empty push would build nothing then.
  const built = (await listRuns(kube)).some(run => succeeded(run) && param(run, 'image-name') === service.image);
  if (!built) await follow('First push');
  say('pulumi up: the workload, with the digest that was built');
  await up(config, tools, line => say(`pulumi up: ${line}`), signal);
  const before = await ask(config, service, '/');
  await edit(clone, source, /^VERSION = .*$/m, "VERSION = '2'");
  await follow('Say version 2');
  const after = await ask(config, service, '/');
  task.title = `First push: ${before.trim()} became ${after.trim()}`;
}
