// From a sandbox that runs to a system whose services are healthy: each system gets there as its team would.
import { join } from 'node:path';
import { execPath } from 'node:process';
import type { ListrTask } from 'listr2';
import type { BringUp } from './bring-up.ts';
import { checkout } from './checkout.ts';
import type { SandboxConfig } from './config.ts';
import { firstPush } from './first-push/first-push.ts';
import { sayer } from './say.ts';
import { slipway } from './slipway.ts';
import type { Stack } from './stacks.ts';
import type { Timeline } from './timeline.ts';
import { run } from './tools/run.ts';
import { up } from './up.ts';

interface Run {
  timeline: Timeline;
  signal: AbortSignal;
}

/** The tasks that follow those of the sandbox itself. */
export function deliver(stack: Stack, config: SandboxConfig, run: Run): ListrTask<BringUp>[] {
  return ways[stack.system](stack, config, run);
}

type Way = (stack: Stack, config: SandboxConfig, run: Run) => ListrTask<BringUp>[];

/** By system. */
const ways: Record<Stack['system'], Way> = {
  // The pipeline builds what is pushed.
  cerebral: (stack, config, run) => [
    pulumiUp(stack, config, run),
    { title: 'First push', task: ({ tools }, task) => firstPush(config, tools!, { task, ...run }) },
  ],

  // The team builds its backend's programs; the stack builds, pushes and rolls out the images.
  cybermesh: (stack, config, { timeline, signal }) => [
    {
      title: "The backend's programs",
      task: () => {
        const script = join('samples', 'cybermesh', 'build-backend.ts');
        // Go's caches are the sandbox's: nothing else of the machine is written to.
        const env = {
          ...process.env,
          GOCACHE: join(config.cache, 'go-build'),
          GOMODCACHE: join(config.cache, 'go-mod'),
        };
        return timeline.of('backend', () =>
          run(execPath, ['--disable-warning=ExperimentalWarning', script], { cwd: checkout, env, signal }),
        );
      },
    },
    pulumiUp(stack, config, { timeline, signal }),
  ],

  // One command builds and pushes all images, into a registry that the stack declares first.
  'ai-stack': (stack, config, { timeline, signal }) => [
    pulumiUp(stack, config, { timeline, signal }),
    {
      title: `slipway build --system ${stack.system}`,
      task: ({ tools }, task) =>
        timeline.of('build', () =>
          slipway(config, tools!, ['build', '--system', stack.system], { onLine: sayer(task), signal }),
        ),
    },
    { ...pulumiUp(stack, config, { timeline, signal }, 'second up'), title: 'pulumi up: the workloads' },
  ],
};

function pulumiUp(stack: Stack, config: SandboxConfig, { timeline, signal }: Run, step = 'up'): ListrTask<BringUp> {
  return {
    title: 'pulumi up',
    task: ({ tools }, task) => timeline.of(step, () => up(config, tools!, stack.name, sayer(task), signal)),
  };
}
