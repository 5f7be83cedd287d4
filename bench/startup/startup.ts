// How long a program takes from the start of its process to its first resource.
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { checkout } from '../../sandbox/checkout.ts';
import { startFakeCluster } from '../../test/engine/fake-cluster.ts';
import { atLeast, atMost, type Benchmark, number } from '../benchmark.ts';
import { median } from '../statistics.ts';
import { type Start, type Took, toFirstResource } from './start.ts';
import { writeOwn, writeTwin } from './twin.ts';

/** Imports the types of @pulumi/kubernetes, as most files of a Pulumi program do. */
const edited = 'components/service.ts';

export const startup: Benchmark = {
  title: 'from the start of the program to its first resource',
  about:
    "The program of stack `local` as Pulumi's language host starts it, up to the first resource that its engine hears of, beside the same sources in a project as `pulumi new kubernetes-typescript` makes it: Pulumi's own ts-node, with type check.",
  runs: 7,
  judge: series => {
    const [unchanged, twinUnchanged, edit, twinEdit, first, twinFirst] = series.map(({ values }) => median(values));
    const against = "the same, against Pulumi's ts-node";
    return [
      atMost('program start to first resource', unchanged!, 1, 's'),
      atLeast(`${against}, after an edit`, twinEdit! / edit!, 4, 'times faster'),
      atLeast(`${against}, for the first time`, twinFirst! / first!, 4, 'times faster'),
      atLeast(`${against}, which has checked these files before`, twinUnchanged! / unchanged!, 4, 'times faster'),
    ];
  },
  async measure({ runs, say }) {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
    const cluster = await startFakeCluster(join(folder, 'kubeconfig'), 'slipway-sandbox');
    try {
      const config = await configuration(cluster.server);
      const env = { KUBECONFIG: join(folder, 'kubeconfig') };
      const ways: Way[] = [
        { what: 'this project', folder: join(folder, 'own'), made: 'dist' },
        { what: "Pulumi's ts-node", folder: join(folder, 'twin') },
      ];
      await writeOwn(ways[0]!.folder);
      await writeTwin(ways[1]!.folder);
      const temporary = await mkdtemp(join(folder, 'kept-'));
      const start = (way: Way, more: Partial<Start> = {}) =>
        toFirstResource({ folder: way.folder, config, secretKeys: Object.keys(secrets), env, temporary, ...more });
      const situations: [string, (way: Way) => Promise<Took>][] = [
        ['nothing changed', start],
        [
          'one file edited',
          async way => {
            await appendFile(join(way.folder, edited), 'Date.now();\n');
            return start(way);
          },
        ],
        [
          'for the first time',
          async way => {
            if (way.made) await rm(join(way.folder, way.made), { recursive: true, force: true });
            return start(way, { temporary: await mkdtemp(join(folder, 'empty-')) });
          },
        ],
      ];
      const all = situations.flatMap(([when, run]) =>
        ways.map(way => ({ what: `${way.what}, ${when}`, run: () => run(way), took: [] as Took[] })),
      );
      // Once each, so that the disk's cache, and what Node and ts-node keep, are as at a user's second run.
      for (const way of ways) await start(way);
      for (let run = 0; run < runs; run++) {
        for (const each of all) each.took.push(await each.run());
        const last = all.map(({ what, took }) => `${what} ${number(took.at(-1)!.seconds)} s`);
        say(`run ${run + 1} of ${runs}: ${last.join(', ')}`);
      }
      return {
        series: [
          ...all.map(({ what, took }) => ({ what, unit: 's', values: took.map(({ seconds }) => seconds) })),
          ...all.map(({ what, took }) => ({
            what: `CPU time: ${what}`,
            unit: 's',
            values: took.map(({ cpu }) => cpu),
          })),
        ],
        notes: [
          'The engine is a stand-in that answers at once, and so is the cluster, which has a namespace kube-system and nothing else: what is measured is the program, from its process to the first registration that is not the stack itself. CPU time is that of its process, without the bundler that an edit starts.',
          `Pulumi's ts-node keeps what it has compiled in the folder for temporary files, and does not check the types of a file with the same text again. So it has three times: nothing changed; one file edited (a statement more in ${edited}, which is checked with all that it imports); for the first time, as in a fresh container, where nothing is kept by ts-node, by Node or by this project.`,
          "ts-node gets a copy of the sources as CommonJS (import paths without `.ts`): the version that Pulumi brings can't load ES modules. Each project's Pulumi.yaml says how Node is started: this project has a compile cache and loads less of Pulumi's SDK, the other has what is the default.",
        ],
      };
    } finally {
      cluster.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

interface Way {
  what: string;
  folder: string;
  /** What the project makes in its own folder at a first start. */
  made?: string;
}

const secrets = {
  'slipway:registryTls': { certificate: 'none', key: 'none' },
  'slipway:registryHtpasswd': 'user:$2y$05$none',
  'slipway:webhookSecret': 'none',
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
    ...secrets,
  };
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, text(value)]));
}
