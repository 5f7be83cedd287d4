// The sandbox, step by step: tools, stand-ins, cluster with builder and git, Pulumi ready to run a stack.
import type { ListrTask } from 'listr2';
import { parse } from 'yaml';
import { builderProcess } from './builder/builder.ts';
import { writeBuildxInstance, writeDockerConfig } from './builder/docker-config.ts';
import { mirrorProcess } from './builder/mirror.ts';
import { startCluster } from './cluster/cluster.ts';
import type { SandboxConfig } from './config.ts';
import { gitReady, gitScript } from './git-script.ts';
import { ensureImages, type StandIn } from './images/images.ts';
import { mirrorStorage } from './images/mirror.ts';
import { nodeImages } from './images/node-images.ts';
import { writeLock } from './images/upstream-lock.ts';
import { kubectl } from './kubectl.ts';
import { machineSecrets, machineValues } from './machine-values.ts';
import { makeOutside, outsideReady } from './outside/outside.ts';
import { outsideProcesses } from './outside/processes.ts';
import { prepareStack, writeStackFile } from './pulumi.ts';
import { ensureNodeRoot } from './rootfs/node.ts';
import type { Root } from './rootfs/root.ts';
import { sayer } from './say.ts';
import type { Stack } from './stacks.ts';
import type { Timeline } from './timeline.ts';
import { toolProgress } from './tool-progress.ts';
import { ensureTools, type Tools } from './tools/build.ts';
import { layPulumiHome } from './tools/pulumi-home.ts';

/** What the steps hand on to each other. */
export interface BringUp {
  tools?: Tools;
  root?: Root;
  images?: StandIn[];
}

/** Tasks in order; each writes its own log below $SLIPWAY_HOME/logs or the cache, and its line says where. */
export function bringUp(
  config: SandboxConfig,
  stack: Stack,
  { timeline, signal }: { timeline: Timeline; signal: AbortSignal },
): ListrTask<BringUp>[] {
  return [
    {
      title: 'Tool chain',
      task: async (context, task) => {
        const progress = toolProgress(sayer(task));
        const options = { cache: config.cache, report: progress.report, signal };
        const { tools: also } = stack;
        // The packages come from the network while the compilers have the cores.
        [context.tools, context.root] = await timeline.of('tools', () =>
          Promise.all([ensureTools({ ...options, also }), ensureNodeRoot(options)]),
        );
        task.title = `Tool chain: ${progress.summary()}`;
      },
    },
    {
      title: 'Stand-ins for upstream images',
      task: async (context, task) => {
        const progress = toolProgress(sayer(task));
        context.images = await timeline.of('stand-ins', () =>
          ensureImages(config, context.tools!, { also: stack.standIns, report: progress.report, signal }),
        );
        await writeLock(config, stack.name, context.images);
        const names = context.images.map(({ reference }) => reference).filter(name => !name.startsWith('localhost/'));
        task.title = `Stand-in for ${names.map(name => name.replace(/^docker\.io\/(library\/)?/, '')).join(', ')}`;
      },
    },
    {
      title: 'Cluster, builder, git server, Pulumi',
      task: async (context, task) => {
        const { tools, root, images } = context as Required<BringUp>;
        const [builder, mirror] = await Promise.all([
          builderProcess(config, tools, root),
          mirrorStorage(config, images, { signal }).then(storage => mirrorProcess(config, tools, storage)),
        ]);
        await Promise.all([
          writeDockerConfig(config),
          writeBuildxInstance(config),
          stack.outside && makeOutside(config, tools),
        ]);
        const parts = {
          kube: tools.path('kube'),
          root: root.path,
          images: await nodeImages(config, images, { root, signal }),
          processes: [await gitScript(config), ...outsideProcesses()],
        };
        const running = new Set<string>();
        const say = sayer(task);
        const pulumi = await layPulumiHome(config.home, tools);
        await startCluster(config, parts, {
          signal,
          children: [builder, mirror].map(({ name, argv, env, log }) => ({ name, argv, env, log })),
          alongside: () =>
            Promise.all([
              timeline.of('builder', () => builder.ready(signal)),
              timeline.of('git', () => gitReady(config, signal)),
              timeline.of('mirror', () => mirror.ready(signal)),
              timeline.of('stack', async () =>
                prepareStack(config, tools, stack.name, await machineSecrets(config, stack, root)),
              ),
              stack.outside && timeline.of('outside', () => outsideReady(config, signal)),
            ]),
          report: ({ step, state, seconds }) => {
            if (state === 'started') running.add(step);
            else {
              running.delete(step);
              timeline.ended(step, seconds);
            }
            say([...running].join(', '));
          },
        });
        const kubeSystem = await kubectl(config, tools)(['get', 'namespace', 'kube-system', '--output=json']);
        await writeStackFile(config, stack.name, await machineValues(config, stack, parse(kubeSystem).metadata.uid));
        if (pulumi.command === 'stand-in') task.title += '; the command provider is a stand-in';
      },
    },
  ];
}
