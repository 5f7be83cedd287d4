// What the tool chain costs from nothing: every program built into an empty cache.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineArchitecture } from '../../sandbox/rootfs/node.ts';
import { ensureTools } from '../../sandbox/tools/build.ts';
import { catalogue } from '../../sandbox/tools/catalogue.ts';
import type { ToolEvent } from '../../sandbox/tools/report.ts';
import { run } from '../../sandbox/tools/run.ts';
import { atMost, type Benchmark, number } from '../benchmark.ts';

/** Minutes that the whole may take. */
const limit = 35;

/** SLIPWAY_BENCH_TOOLS, names with commas: a part, to see that it works. SLIPWAY_BENCH_CACHE: a folder on another disk. */
const { SLIPWAY_BENCH_TOOLS: only, SLIPWAY_BENCH_CACHE: place = tmpdir() } = process.env;

export const toolchain: Benchmark = {
  title: 'the tool chain from nothing',
  about:
    'Every program of the sandbox built from its Go modules into an empty cache, downloads included, as the first `npm start` does; programs of the machine are not used. Beside it, the CPU time that the compilers took: what it would cost one build at a time.',
  needs: 'Go, the Go proxy in reach, 22 GB of disk and 40 minutes; SLIPWAY_BENCH_CACHE=<folder> chooses the disk',
  runs: 1,
  judge: ([whole]) => (only ? [] : [atMost('tool chain from nothing', whole!.values.at(-1)! / 60, limit, 'minutes')]),
  async measure({ say }) {
    const cache = await mkdtemp(join(place, 'slipway-bench-tools-'));
    const ended = new Map<string, ToolEvent>();
    const began = performance.now();
    try {
      await ensureTools({
        cache,
        only: only?.split(','),
        // None is taken from the machine.
        tools: catalogue(machineArchitecture()).map(({ machine: _, ...tool }) => tool),
        report: event => {
          if (event.state !== 'done') return;
          ended.set(event.tool, event);
          say(`${event.tool}: ${Math.round(event.seconds)} s`);
        },
      });
      const whole = (performance.now() - began) / 1000;
      const cpu = [...ended.values()].reduce((sum, { cpuSeconds = 0 }) => sum + cpuSeconds, 0);
      return {
        series: [
          { what: 'the whole', unit: 's', values: [whole] },
          { what: 'CPU time of all builds', unit: 's', values: [cpu] },
        ],
        tables: [
          {
            title: 'Each program; two builds run at a time, so wall times overlap:',
            rows: [
              ['program', 'wall s', 'CPU s'],
              ...[...ended.values()]
                .toSorted((a, b) => (b.cpuSeconds ?? 0) - (a.cpuSeconds ?? 0))
                .map(({ tool, seconds, cpuSeconds = 0 }) => [tool, number(seconds), number(cpuSeconds)]),
            ],
          },
        ],
      };
    } finally {
      await removeCache(cache);
    }
  },
};

/** Go makes its module cache read-only. */
async function removeCache(cache: string): Promise<void> {
  await run('chmod', ['--recursive', 'u+w', cache]);
  await rm(cache, { recursive: true, force: true });
}
