// How long a push takes to be rolled out, beside the floor.
import type { Kube, KubeObject } from '../../cluster/kube.ts';
import { type Clone, commitAndPush, edit, openClone } from '../../sandbox/first-push/repository.ts';
import { type PipelineRun, param } from '../../sandbox/first-push/runs.ts';
import { atMost, type Benchmark, type Findings, number, type RunOptions } from '../benchmark.ts';
import { median } from '../statistics.ts';
import { needsSandbox, standingSandbox } from '../support/sandbox.ts';
import { create, floorBranch, floorRun, taskRunPath } from './floor.ts';
import { type Marks, stretchesOf, watch } from './marks.ts';

const service = 'ai-services';
const namespace = 'cerebral-platform';
const image = `cerebral/${service}`;
const target = { service, image, base: 'cerebral/ai-base:cuda' };
const deployment = `/apis/apps/v1/namespaces/${namespace}/deployments/${service}`;
const runsPath = '/apis/tekton.dev/v1/namespaces/tekton-pipelines/pipelineruns';
const mainFile = `microservices/${service}/main.py`;

export const push: Benchmark = {
  title: 'from a push to the rollout',
  about:
    'A change of one line in a service, from `git push` until the new pod serves and the run has ended, beside the floor: clone, build, push, patch in the one step of a bare TaskRun, without checks, order or a way back. In turns.',
  needs: needsSandbox,
  runs: 7,
  measure,
  judge: series => {
    const [healthy, , floor] = series;
    return [
      atMost('push to rolled out, warm', median(healthy!.values), 12, 's'),
      {
        what: 'the same, above the floor',
        target: '–',
        found: `${number(median(healthy!.values) - median(floor!.values))} s`,
        held: true,
      },
    ];
  },
};

async function measure({ runs, say }: RunOptions): Promise<Findings> {
  const { config, kube } = await standingSandbox();
  const clone = await openClone(config, 'cerebral');
  const before = (await clone.git('show', `HEAD:${mainFile}`)).match(/^VERSION = .*$/m)?.[0] ?? "VERSION = '2'";
  try {
    // Not counted: daemons, image stores and Tekton's caches are warm from here on. One run alone is no measurement.
    if (runs > 1) {
      await ours(kube, clone, 'warm-up');
      await floor(kube, clone, 'floor warm-up');
    }
    const all: Marks[] = [];
    const floors: Marks[] = [];
    for (let run = 1; run <= runs; run++) {
      floors.push(await floor(kube, clone, `floor ${run}`));
      all.push(await ours(kube, clone, `run ${run}`));
      say(
        `${run} of ${runs}: ${number(all.at(-1)!.get('healthy')!)} s, floor ${number(floors.at(-1)!.get('healthy')!)} s`,
      );
    }
    const at = (marks: Marks[], mark: string) => marks.map(each => each.get(mark)!);
    const stretches = all.map(stretchesOf);
    return {
      series: [
        { what: 'git push → new pod serves', unit: 's', values: at(all, 'healthy') },
        { what: 'git push → run ended', unit: 's', values: at(all, 'ended') },
        { what: 'floor: git push → new pod serves', unit: 's', values: at(floors, 'healthy') },
        { what: 'floor: git push → run ended', unit: 's', values: at(floors, 'ended') },
        ...stretches[0]!.map(({ what }, row) => ({
          what: `part ${row + 1}: ${what}`,
          unit: 's',
          values: stretches.map(each => each[row]!.seconds),
        })),
      ],
      notes: [
        'The parts are a push from its beginning to its end, in order; their medians need not add up to the median of the whole. The cluster is asked ten times a second, so each is true to 0.1 s.',
      ],
    };
  } finally {
    await edit(clone, mainFile, /^VERSION = .*$/m, before).catch(() => undefined);
    await pushAndWatch(kube, clone, 'As it was before the measurement').catch(error => say(error.message));
    kube.close();
  }
}

async function ours(kube: Kube, clone: Clone, version: string): Promise<Marks> {
  await edit(clone, mainFile, /^VERSION = .*$/m, `VERSION = '${version}'`);
  return pushAndWatch(kube, clone, version);
}

async function pushAndWatch(kube: Kube, clone: Clone, message: string): Promise<Marks> {
  const image = await imageNow(kube);
  const began = performance.now();
  const commit = await commitAndPush(clone, message);
  const pushed = (performance.now() - began) / 1000;
  let name: string | undefined;
  const run = async (): Promise<KubeObject | undefined> => {
    if (name) return kube.get(`${runsPath}/${name}`);
    const found = (await kube.list(runsPath)).find(each => isOf(each as unknown as PipelineRun, commit));
    name = found?.metadata.name;
    return found;
  };
  const marks = await watch(kube, { podLabel: 'tekton.dev/pipelineRun', run, deployment, before: image }, began);
  return marks.set('pushed', pushed);
}

const isOf = (run: PipelineRun, commit: string) =>
  param(run, 'commit') === commit && param(run, 'image-name') === image;

async function floor(kube: Kube, clone: Clone, version: string): Promise<Marks> {
  await edit(clone, mainFile, /^VERSION = .*$/m, `VERSION = '${version}'`);
  const planned = await floorRun(kube, [target], { branch: floorBranch, deployment });
  const before = await imageNow(kube);
  const began = performance.now();
  await commitAndPush(clone, version, floorBranch);
  const { name } = (await create(kube, planned)).metadata;
  const path = taskRunPath(name);
  const run = () => kube.get(path);
  const marks = await watch(kube, { podLabel: 'tekton.dev/taskRun', run, deployment, before }, began);
  await kube.remove(path);
  return marks;
}

async function imageNow(kube: Kube): Promise<string> {
  const found = await kube.get(deployment);
  if (!found) throw new Error(`${service} is not deployed; run: npm start`);
  return found.spec.template.spec.containers[0].image;
}
