// How long a program takes from the start of its process to its first resource.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { checkout } from '../../sandbox/checkout.ts';
import { startFakeCluster } from '../../test/engine/fake-cluster.ts';
import { atLeast, atMost, type Benchmark, number } from '../benchmark.ts';
import { median } from '../statistics.ts';
import { type Start, type Took, toFirstResource } from './start.ts';
import { writeTwin } from './twin.ts';

export const startup: Benchmark = {
  title: 'from the start of the program to its first resource',
  about:
    "The program of stack `local` as Pulumi's language host starts it, up to the first resource that its engine hears of, beside the same program loaded by the ts-node that Pulumi brings (its default, with type check).",
  runs: 7,
  judge: series => {
    const [warm, , slow] = series.map(({ values }) => median(values));
    return [
      atMost('program start to first resource', warm!, 1, 's'),
      atLeast("the same, against Pulumi's ts-node", slow! / warm!, 4, 'times faster'),
    ];
  },
  async measure({ runs, say }) {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
    const cluster = await startFakeCluster(join(folder, 'kubeconfig'), 'slipway-sandbox');
    try {
      const env = { KUBECONFIG: join(folder, 'kubeconfig') };
      const config = await configuration(cluster.server);
      const twin = join(folder, 'twin');
      await writeTwin(twin);
      const kept = (name: string) => ({ ...env, NODE_COMPILE_CACHE: join(folder, name) });
      const own: Start = { folder: checkout, config, env: kept('own') };
      const tsNode: Start = { folder: twin, tsNode: true, config, env: kept('twin') };
      // Once each, so that the disk's cache and Node's compile cache are as at a user's second run.
      for (const start of [own, tsNode]) await toFirstResource({ ...start, fillsCache: true });
      const warm: Took[] = [];
      const cold: Took[] = [];
      const slow: Took[] = [];
      for (let run = 0; run < runs; run++) {
        warm.push(await toFirstResource(own));
        cold.push(await toFirstResource({ ...own, env: kept(`empty-${run}`) }));
        slow.push(await toFirstResource(tsNode));
        const last = [warm, cold, slow].map(all => all.at(-1)!);
        say(
          `run ${run + 1} of ${runs}: ${last.map(({ seconds, cpu }) => `${number(seconds)} s (CPU ${number(cpu)})`)}`,
        );
      }
      const ways: [string, Took[]][] = [
        ['this project: Node strips the types, compile cache warm', warm],
        ['this project, compile cache empty', cold],
        ["the same program through Pulumi's ts-node", slow],
      ];
      return {
        series: [
          ...ways.map(([what, all]) => ({ what, unit: 's', values: all.map(({ seconds }) => seconds) })),
          ...ways.map(([what, all]) => ({ what: `CPU time: ${what}`, unit: 's', values: all.map(({ cpu }) => cpu) })),
        ],
        notes: [
          'The engine is a stand-in that answers at once, and so is the cluster, which has a namespace kube-system and nothing else: what is measured is the program, from its process to the first registration that is not the stack itself.',
          "ts-node gets a copy of the sources as CommonJS (import paths without `.ts`): the version that Pulumi brings can't load ES modules. The compile cache is given to both.",
        ],
      };
    } finally {
      cluster.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** The committed stack file, with values in place of what a machine adds. */
export async function configuration(server: string): Promise<Record<string, string>> {
  const { config } = parse(await readFile(join(checkout, 'Pulumi.local.yaml'), 'utf8')) as {
    config: Record<string, unknown>;
  };
  const values: Record<string, unknown> = {
    ...config,
    'slipway:lock': 'test/fixtures/locks/local.yaml',
    'slipway:cluster': { context: 'slipway-sandbox', server },
    'slipway:registryTls': { certificate: 'none', key: 'none' },
    'slipway:registryHtpasswd': 'user:$2y$05$none',
    'slipway:webhookSecret': 'none',
  };
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, text(value)]));
}
