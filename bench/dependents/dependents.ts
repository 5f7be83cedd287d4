// How long the services of a base take to be on a new one, beside their builds alone.
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kube, KubeObject } from '../../cluster/kube.ts';
import { checkout } from '../../sandbox/checkout.ts';
import { type Clone, commitAndPush, edit, openClone } from '../../sandbox/first-push/repository.ts';
import { cerebral } from '../../systems/cerebral.ts';
import { basePins, changeBasePin } from '../../test/cluster/support/base-pin.ts';
import { execute } from '../../test/cluster/support/fixture.ts';
import type { Benchmark, RunOptions } from '../benchmark.ts';
import { number } from '../benchmark.ts';
import { create, floorRun, taskRunPath } from '../push/floor.ts';
import { median } from '../statistics.ts';
import { needsSandbox, standingSandbox } from '../support/sandbox.ts';

/** SLIPWAY_BENCH_SERVICES: fewer than the catalogue has, to see that it works. */
const count = Number(process.env.SLIPWAY_BENCH_SERVICES ?? cerebral.services.length);
const services = cerebral.services.slice(0, count).map(({ name }) => name);
const sample = 'ai-services';
const runsPath = '/apis/tekton.dev/v1/namespaces/tekton-pipelines/pipelineruns';

export const dependents: Benchmark = {
  title: `${cerebral.services.length} services on a new base`,
  about:
    "A changed pin in the base's requirements, and one `pulumi up`: from the first rebuild that it starts to the end of the last one, each with its checks, its index and its rollout, beside the same builds alone: all of them at once by buildctl on the same two builders, without caches.",
  needs: `${needsSandbox} and about ten minutes; it is left as it was`,
  runs: 1,
  judge: series => {
    const [rebuilds, builds] = series.map(({ values }) => median(values));
    const ratio = `${number(rebuilds! / builds!)} times the builds alone`;
    return [
      {
        what: `${cerebral.services.length} services rebuilt after a base change`,
        target: '–',
        found: ratio,
        held: true,
      },
    ];
  },
  measure,
};

async function measure({ runs, say }: RunOptions) {
  const { config, kube } = await standingSandbox();
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
  const clone = await openClone(config, 'cerebral');
  const before = (await clone.git('rev-parse', 'HEAD')).trim();
  const up = (from: string) => pulumiUp(from, config.home);
  const rebuilds: number[] = [];
  const builds: number[] = [];
  const whole: number[] = [];
  try {
    await layCheckout(folder);
    say(`declaring ${services.length} services, and building those that are new`);
    await up(folder);
    const made = await addServices(clone);
    if (made.length > 0) {
      const commit = await commitAndPush(clone, 'Services for a measurement');
      await endOfRuns(kube, run => paramOf(run, 'commit') === commit, made.length);
      await up(folder);
    }
    for (let run = 0; run < runs; run++) {
      const [from, to] = run % 2 === 0 ? basePins : [basePins[1], basePins[0]];
      await changeBasePin(folder, from, to);
      const known = new Set((await kube.list(runsPath)).map(({ metadata }) => metadata.name));
      const began = performance.now();
      await up(folder);
      whole.push((performance.now() - began) / 1000);
      const own = (await kube.list(runsPath)).filter(({ metadata }) => !known.has(metadata.name));
      if (own.length !== services.length)
        throw new Error(`${own.length} runs were started for ${services.length} services`);
      rebuilds.push(stretch(own));
      builds.push(await buildsAlone(kube));
      say(`run ${run + 1} of ${runs}: ${number(rebuilds.at(-1)!)} s, the builds alone ${number(builds.at(-1)!)} s`);
    }
  } finally {
    say('putting the sandbox back as it was');
    await clone.git('reset', '--quiet', '--hard', before);
    await clone.git('push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/main');
    await up(checkout);
    await rm(folder, { recursive: true, force: true });
    kube.close();
  }
  return {
    series: [
      { what: `${services.length} services: first rebuild begun → last one rolled out`, unit: 's', values: rebuilds },
      { what: 'their builds alone, all at once', unit: 's', values: builds },
      { what: 'the whole `pulumi up`, with the build, test and check of the base', unit: 's', values: whole },
    ],
    notes: [
      'Nine of the twelve services are copies of the sample `ai-services`; Tekton gives times in whole seconds.',
      'The builds alone are 24 at once on two cores, half of them emulated; of the rebuilds as many services build at a time as the stack allows (`serviceBuilds.parallel`). What is compared is the way, not the machine.',
    ],
  };
}

/** A checkout of its own whose stack has all the services; its packages are this one's. */
async function layCheckout(folder: string): Promise<void> {
  const away = ['.slipway', '.git', 'node_modules'].map(name => join(checkout, name));
  await cp(checkout, folder, { recursive: true, filter: path => !away.includes(path), verbatimSymlinks: true });
  await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  const place = { folder, git: async () => '' };
  await edit(place, 'Pulumi.local.yaml', /^( {2}slipway:services: ).*$/m, `$1[${services.join(', ')}]`);
}

async function pulumiUp(from: string, home: string): Promise<void> {
  const env = { ...process.env, SLIPWAY_HOME: home };
  const args = ['run', '--silent', 'pulumi', '--', 'up', '--yes', '--skip-preview', '--color', 'never'];
  const { status, output } = await execute('npm', args, { cwd: from, env });
  if (status !== 0) throw new Error(`pulumi up failed: ${output.slice(-3000)}`);
}

/** Copies of the sample for the services that have none. Gives their names. */
async function addServices({ folder, git }: Clone): Promise<string[]> {
  const there = await git('ls-tree', '--name-only', 'HEAD', 'microservices/');
  const made = services.filter(name => !there.split('\n').includes(`microservices/${name}`));
  for (const name of made) {
    await cp(join(folder, 'microservices', sample), join(folder, 'microservices', name), { recursive: true });
  }
  return made;
}

const paramOf = (run: KubeObject, name: string) =>
  run.spec.params?.find((param: { name: string }) => param.name === name)?.value;

async function endOfRuns(kube: Kube, wanted: (run: KubeObject) => boolean, many: number): Promise<void> {
  for (const end = Date.now() + 1_200_000; Date.now() < end; await sleep(1000)) {
    const ended = (await kube.list(runsPath)).filter(run => wanted(run) && run.status?.completionTime);
    const failed = ended.find(run => run.status.conditions[0].status !== 'True');
    if (failed) throw new Error(`run ${failed.metadata.name} failed: ${failed.status.conditions[0].message}`);
    if (ended.length === many) return;
  }
  throw new Error(`${many} runs have not ended within 20 minutes`);
}

/** Seconds from the first run's creation to the last one's end. */
function stretch(runs: KubeObject[]): number {
  const began = runs.map(({ metadata }) => Date.parse(String(metadata.creationTimestamp)));
  const ended = runs.map(({ status }) => Date.parse(status.completionTime));
  return (Math.max(...ended) - Math.min(...began)) / 1000;
}

/** Seconds of the builds of all services at once, from the pod's first step to its end. */
async function buildsAlone(kube: Kube): Promise<number> {
  const targets = services.map(service => ({ service, image: `cerebral/${service}`, base: baseOf(service) }));
  const { name } = (await create(kube, await floorRun(kube, targets, { branch: 'main', noCache: true }))).metadata;
  const path = taskRunPath(name);
  for (const end = Date.now() + 1_200_000; Date.now() < end; await sleep(500)) {
    const run = await kube.get(path);
    const condition = run?.status?.conditions?.[0];
    if (condition?.status === 'False') throw new Error(`the builds alone failed: ${condition.message}`);
    if (condition?.status !== 'True') continue;
    await kube.remove(path);
    const { startedAt, finishedAt } = run!.status.steps[0].terminated;
    return (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
  }
  throw new Error('the builds alone have not ended within 20 minutes');
}

/** What the samples' Dockerfiles write; the copies write what `ai-services` does. */
function baseOf(service: string): string {
  const host = {
    'data-services': 'internal-registry.registry.svc.cluster.local:5000/',
    'knowledge-services': '10.34.0.202:5000/',
  }[service];
  return `${host ?? ''}cerebral/ai-base:cuda`;
}
