// How long six images take from sources to a registry, beside a script that builds and pushes one after the other.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { builderSocket } from '../../sandbox/builder/builder.ts';
import { builderName } from '../../sandbox/builder/docker-config.ts';
import { checkout } from '../../sandbox/checkout.ts';
import { pulumiEnv } from '../../sandbox/pulumi.ts';
import { run } from '../../sandbox/tools/run.ts';
import { findSystem } from '../../systems/lookup.ts';
import { serveRegistry } from '../../test/engine/registry-process.ts';
import { atMost, type Benchmark, type Findings, number, type RunOptions } from '../benchmark.ts';
import { median } from '../statistics.ts';
import { needsSandbox, type Standing, standingSandbox } from '../support/sandbox.ts';

const { services } = findSystem('ai-stack');
const script = join(import.meta.dirname, 'build-and-push.sh');

export const build: Benchmark = {
  title: 'six images from one command',
  about:
    '`slipway build --system ai-stack` for two platforms into a registry on the loopback, beside a script that does the same with buildctl, one service after the other. Cold: nothing in the builder, the registry or the cache; warm: one file of each service has changed. In turns.',
  needs: needsSandbox,
  runs: 5,
  measure,
  judge: series => {
    const [cold, coldScript, warm, warmScript] = series.map(({ values }) => median(values));
    return [
      atMost('cold, against the script', cold! / coldScript!, 1, 'times'),
      atMost('warm, against the script', warm! / warmScript!, 1, 'times'),
    ];
  },
};

/** Builds and pushes all services of the sources in a folder to a registry. */
type Way = (source: string, registry: string, cache: string) => Promise<void>;

async function measure(options: RunOptions): Promise<Findings> {
  const { kube, ...sandbox } = await standingSandbox();
  kube.close();
  return measureBuilder(sandbox, options);
}

/** Of the sandbox the builder and the mirror alone must run. */
async function measureBuilder(
  { config, tools }: Pick<Standing, 'config' | 'tools'>,
  { runs, say }: RunOptions,
): Promise<Findings> {
  const mirror = `127.0.0.1:${config.ports.mirror}`;
  const env = { ...pulumiEnv(config, tools), BUILDKIT_HOST: `unix://${builderSocket(config)}` };
  process.env.SLIPWAY_REGISTRY_BIN ??= tools.path('registry');

  const ours: Way = async (source, registry, cache) => {
    const command = ['--disable-warning=ExperimentalWarning', join(checkout, 'commands', 'slipway.ts'), 'build'];
    const flags = ['--builder', builderName, '--mirror', mirror, '--source', source, '--registry', registry];
    const own = { ...env, SLIPWAY_CACHE: cache };
    await run(process.execPath, [...command, '--system', 'ai-stack', ...flags], { cwd: checkout, env: own });
  };
  const theirs: Way = async (source, registry) => {
    const pairs = services.map(({ image, dockerfile }) => `${image}:${dockerfile}`);
    const base = `${mirror}/library/python:3.11-slim`;
    await run('sh', [script, registry, 'dev', source, base, ...pairs], { cwd: checkout, env });
  };

  const found = { cold: [] as number[], coldScript: [] as number[], warm: [] as number[], warmScript: [] as number[] };
  for (let time = 1; time <= runs; time++) {
    for (const [way, cold, warm] of [
      [theirs, found.coldScript, found.warmScript],
      [ours, found.cold, found.warm],
    ] as const) {
      await run('buildctl', ['prune', '--all'], { env });
      await withPlace(async ({ source, registry, cache }) => {
        cold.push(await seconds(() => way(source, registry, cache)));
        // A text that nothing has built yet: both ways share the builder's cache.
        await change(source, `${way === ours ? 'slipway' : 'script'} ${time} ${Date.now()}`);
        warm.push(await seconds(() => way(source, registry, cache)));
      });
    }
    const last = (values: number[]) => number(values.at(-1)!);
    say(
      `${time} of ${runs}: cold ${last(found.cold)} s, script ${last(found.coldScript)} s; ` +
        `warm ${last(found.warm)} s, script ${last(found.warmScript)} s`,
    );
  }
  return {
    series: [
      { what: 'cold: slipway build', unit: 's', values: found.cold },
      { what: 'cold: script', unit: 's', values: found.coldScript },
      { what: 'warm: slipway build', unit: 's', values: found.warm },
      { what: 'warm: script', unit: 's', values: found.warmScript },
    ],
    notes: [
      'The builder forgets all that it has built before each cold run.',
      'Base images come from a mirror on the same machine. What slipway does beyond the script: it looks bases up and pins them, verifies each image before anything of it is pushed, and pushes under its tag last.',
    ],
  };
}

/** Sources, a registry and a cache that hold nothing else. */
async function withPlace(act: (place: { source: string; registry: string; cache: string }) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-build-'));
  const registry = await serveRegistry({
    version: '0.1',
    log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: 'data' } },
    http: { addr: '127.0.0.1:0' },
  });
  try {
    const [source, cache] = [join(folder, 'source'), join(folder, 'cache')];
    await cp(join(checkout, 'samples', 'ai-stack'), source, { recursive: true });
    await mkdir(cache);
    await act({ source, registry: new URL(registry.url).host, cache });
  } finally {
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function change(source: string, text: string): Promise<void> {
  for (const { dockerfile } of services) {
    const file = join(source, dirname(dockerfile), 'main.py');
    await writeFile(file, `${await readFile(file, 'utf8')}# ${text}\n`);
  }
}

async function seconds(act: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await act();
  return (performance.now() - began) / 1000;
}
