// How long `npm start` takes: from an empty state, and when all runs already.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkout } from '../../sandbox/checkout.ts';
import { runningSupervisor } from '../../sandbox/supervisor.ts';
import { type TimedStep, timelinePath } from '../../sandbox/timeline.ts';
import { execute, makeFixture, removeFixture } from '../../test/cluster/support/fixture.ts';
import { atMost, type Benchmark, number } from '../benchmark.ts';
import { median } from '../statistics.ts';
import { memoryOf } from './memory.ts';

/** Seconds after the second push in which the sandbox comes to rest: Go's runtime collects a quiet heap every two minutes. */
const rest = 180;
/** Steps of the cluster's start that must be over before a push can be taken. */
const answering = ['dns', 'tekton', 'builder', 'git'];

export const sandbox: Benchmark = {
  title: 'the sandbox',
  about:
    '`npm start` on a $SLIPWAY_HOME of its own that did not exist, up to the second push of the sample being healthy; `npm start` again when all of it runs; memory at rest.',
  needs: 'root and the built tools (a first `npm start` makes them)',
  runs: 3,
  judge: series => {
    const [whole, node, answers, again, memory] = series.map(({ values }) => median(values));
    return [
      atMost('sandbox: node Ready after the start of its processes', node!, 8, 's'),
      atMost('sandbox: Tekton, DNS, BuildKit and git answering', answers!, 30, 's'),
      atMost('sandbox: from an empty state to the second push healthy', whole!, 90, 's'),
      atMost('sandbox: `npm start` when all runs', again!, 15, 's'),
      atMost('sandbox: memory at rest (PSS)', memory!, 1.3, 'GB'),
    ];
  },
  async measure({ runs, say }) {
    const timelines: TimedStep[][] = [];
    const whole: number[] = [];
    const again: number[] = [];
    const memory: number[] = [];
    for (let run = 1; run <= runs; run++) {
      const fixture = await makeFixture();
      try {
        const start = async () => {
          const began = performance.now();
          const { status, output } = await execute('npm', ['start'], { cwd: checkout, env: fixture.env });
          if (status !== 0) throw new Error(`npm start failed: ${output.slice(-3000)}`);
          return (performance.now() - began) / 1000;
        };
        whole.push(await start());
        timelines.push(JSON.parse(readFileSync(timelinePath(fixture.config), 'utf8')) as TimedStep[]);
        await sleep(rest * 1000);
        memory.push(memoryOf(runningSupervisor(fixture.config)!.pid) / 1e9);
        again.push(await start());
        say(`run ${run} of ${runs}: ${number(whole.at(-1)!)} s, again ${number(again.at(-1)!)} s`);
      } finally {
        await removeFixture(fixture);
      }
    }
    const since = (steps: TimedStep[]) => steps.find(({ step }) => step === 'namespaces')!.from;
    const end = (steps: TimedStep[], names: string[]) =>
      Math.max(...steps.filter(({ step }) => names.includes(step)).map(({ to }) => to)) - since(steps);
    return {
      series: [
        { what: '`npm start` from an empty state', unit: 's', values: whole },
        {
          what: 'node Ready, from the start of the processes',
          unit: 's',
          values: timelines.map(each => end(each, ['node'])),
        },
        {
          what: 'Tekton, DNS, BuildKit and git answer',
          unit: 's',
          values: timelines.map(each => end(each, answering)),
        },
        { what: '`npm start` when all runs', unit: 's', values: again },
        { what: 'memory at rest', unit: 'GB', values: memory },
        ...timelines[0]!.map(({ step }) => ({
          what: `step ${step}`,
          unit: 's',
          values: timelines.flatMap(each => each.filter(other => other.step === step)).map(({ from, to }) => to - from),
        })),
      ],
      tables: [
        {
          title:
            'When each step began and ended in the last run, in seconds since the start (`$SLIPWAY_HOME/logs/start.json`):',
          rows: [
            ['step', 'from', 'to'],
            ...timelines
              .at(-1)!
              .toSorted((a, b) => a.from - b.from)
              .map(({ step, from, to }) => [step, from.toFixed(1), to.toFixed(1)]),
          ],
        },
      ],
      notes: [
        'An empty state is an empty $SLIPWAY_HOME: no certificates, no etcd, no images in containerd or in a registry, no build cache, no Pulumi stack. What $SLIPWAY_CACHE holds is there: programs, Debian trees, stand-ins for upstream images.',
        'The first push builds all three sample services, two platforms each; the second changes one of them.',
        `Memory is the sum of PSS over the sandbox's processes, its pods included, ${rest} s after the start has ended.`,
      ],
    };
  },
};
