// The sandbox, step by step: tools, stand-ins, cluster with builder and git, Pulumi ready to run.
import { join } from 'node:path';
import type { ListrTask } from 'listr2';
import { parse } from 'yaml';
import { builderProcess } from './builder/builder.ts';
import { writeBuildxInstance, writeDockerConfig } from './builder/docker-config.ts';
import { mirrorProcess } from './builder/mirror.ts';
import { startCluster } from './cluster/cluster.ts';
import type { SandboxConfig } from './config.ts';
import { gitScript } from './git-script.ts';
import { nodeImages } from './images/archive.ts';
import { ensureImages, type StandIn } from './images/images.ts';
import { pushStandIns } from './images/push.ts';
import { writeLock } from './images/upstream-lock.ts';
import { kubectl } from './kubectl.ts';
import { machineValues } from './machine-values.ts';
import { prepareStack } from './pulumi.ts';
import { ensureNodeRoot } from './rootfs/node.ts';
import type { Root } from './rootfs/root.ts';
import { sayer } from './say.ts';
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
export function bringUp(config: SandboxConfig, signal: AbortSignal): ListrTask<BringUp>[] {
  return [
    {
      title: 'Tool chain',
      task: async (context, task) => {
        const progress = toolProgress(sayer(task));
        const options = { cache: config.cache, report: progress.report, signal };
        // The packages come from the network while the compilers have the cores.
        [context.tools, context.root] = await Promise.all([ensureTools(options), ensureNodeRoot(options)]);
        task.title = `Tool chain: ${progress.summary()}`;
      },
    },
    {
      title: 'Stand-ins for upstream images',
      task: async (context, task) => {
        const progress = toolProgress(sayer(task));
        context.images = await ensureImages(config, context.tools!, { report: progress.report, signal });
        await writeLock(config, context.images);
        const names = context.images.map(({ reference }) => reference).filter(name => !name.startsWith('localhost/'));
        task.title = `Stand-in for ${names.map(name => name.replace(/^docker\.io\/(library\/)?/, '')).join(', ')}`;
      },
    },
    {
      title: 'Cluster, builder, git server',
      task: async (context, task) => {
        const { tools, root, images } = context as Required<BringUp>;
        const [builder, mirror] = await Promise.all([
          builderProcess(config, tools, root),
          mirrorProcess(config, tools),
        ]);
        await Promise.all([writeDockerConfig(config), writeBuildxInstance(config)]);
        const parts = {
          kube: tools.path('kube'),
          root: root.path,
          images: await nodeImages(config, images, { signal }),
          processes: [await gitScript(config)],
        };
        const running = new Set<string>();
        const say = sayer(task);
        await startCluster(config, parts, {
          signal,
          children: [builder, mirror].map(({ name, argv, env, log }) => ({ name, argv, env, log })),
          report: ({ step, state }) => {
            if (state === 'started') running.add(step);
            else running.delete(step);
            say([...running].join(', '));
          },
        });
        await Promise.all([
          builder.ready(signal),
          mirror.ready(signal).then(() => pushStandIns(config, images, { signal })),
        ]);
      },
    },
    {
      title: 'Pulumi',
      task: async ({ tools, root }, task) => {
        const { command } = await layPulumiHome(config.home, tools!);
        const kubeSystem = await kubectl(config, tools!)(['get', 'namespace', 'kube-system', '--output=json']);
        await prepareStack(config, tools!, await machineValues(config, root!, parse(kubeSystem).metadata.uid));
        task.title = `Pulumi: state in ${join(config.home, 'pulumi')}${command === 'stand-in' ? '; the command provider is a stand-in' : ''}`;
      },
    },
  ];
}
