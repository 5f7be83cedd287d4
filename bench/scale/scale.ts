// How the time and the memory of a preview grow with the number of services.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FakeCluster, startFakeCluster } from '../../test/engine/fake-cluster.ts';
import { startRegistry } from '../../test/engine/registry-process.ts';
import { engineTools } from '../../test/engine/tools.ts';
import { atMost, type Benchmark, number } from '../benchmark.ts';
import type { Deployment } from '../preview/bare.ts';
import { median } from '../statistics.ts';
import { pushImages } from '../support/images.ts';
import { type Place, pulumi } from '../support/pulumi.ts';
import { imagesOf } from './catalogue.ts';
import { type Around, layBare, layOwn, type Project, planOf } from './projects.ts';

/** SLIPWAY_BENCH_SERVICES, numbers with commas: others, to see that it works. */
const { SLIPWAY_BENCH_SERVICES: others } = process.env;
const counts = others ? others.split(',').map(Number) : [12, 200, 1000];

export const scale: Benchmark = {
  title: 'a preview of many services',
  about:
    "The first `pulumi preview` of stack `local` with a catalogue of 12, 200 and 1,000 services, each with an image in a registry: its time, and the memory that the program's process had at most, beside those of a program that declares the same resources by constructor calls and literal values, without components, settings or questions. In turns.",
  needs: "the engine suite's tools (`npm run test:engine` builds them where they are missing) and half an hour",
  runs: 3,
  judge: series => {
    if (others) return [];
    const [, , , , middle, , , , large] = series.map(({ values }) => median(values));
    return [atMost('preview of 1,000 services, against one of 200', large! / middle!, 6, 'times the time')];
  },
  async measure({ runs, say }) {
    const tools = await engineTools();
    Object.assign(process.env, tools.env);
    const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
    const projects: Project[] = [];
    let cluster: FakeCluster | undefined;
    const registry = await startRegistry();
    try {
      await pushImages(registry, imagesOf(Math.max(...counts)), 'live-local');
      const kubeconfig = join(folder, 'kubeconfig');
      cluster = await startFakeCluster(kubeconfig, 'slipway-sandbox', registryService);
      const around = { kubeconfig, server: cluster.server, registry: registry.url };
      const sizes: Size[] = [];
      for (const count of counts) {
        say(`${count} services: the program as it is, and the bare one`);
        sizes.push(await laySize(folder, count, around, projects));
      }
      for (let run = 1; run <= runs; run++) {
        for (const { ways } of sizes) for (const way of ways) await measure(way, folder);
        const last = sizes.flatMap(({ ways }) => ways.map(({ seconds }) => number(seconds.at(-1)!)));
        say(`run ${run} of ${runs}: ${last.join(', ')} s`);
      }
      return {
        series: sizes.flatMap(({ count, ways }) => [
          ...ways.map(({ what, seconds }) => ({ what: `${count} services: ${what}`, unit: 's', values: seconds })),
          ...ways.map(({ what, memory }) => ({
            what: `memory, ${count} services: ${what}`,
            unit: 'GB',
            values: memory,
          })),
        ]),
        notes: [
          `Resources that are no components: ${sizes.map(({ count, resources }) => `${resources} with ${count} services`).join(', ')}. The bare program is generated from what the preview of the other one says it would make.`,
          "The program is the project's own, with entries added to its catalogue; all images are live, so that each service has its Deployment. Engine, providers and registry are the real ones. The API server is a stand-in that has a namespace kube-system and the registry's Service; the provider takes it for out of reach and so asks it nothing, in both programs.",
          'Memory is the largest resident set (VmHWM) of the Node process that runs the program; it has no children. The engine and its providers are processes of their own, and the same for both.',
        ],
      };
    } finally {
      for (const { end } of projects) end();
      cluster?.stop();
      await registry.stop();
      await rm(folder, { recursive: true, force: true });
      await tools.remove();
    }
  },
};

interface Way {
  what: string;
  place: Place;
  seconds: number[];
  /** GB. */
  memory: number[];
}

interface Size {
  count: number;
  /** Those that are no components. */
  resources: number;
  ways: Way[];
}

/** So that the program takes the registry for declared, and asks it. */
const registryService = {
  '/api/v1/namespaces/registry/services/internal-registry': {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'internal-registry',
      namespace: 'registry',
      labels: { 'app.kubernetes.io/managed-by': 'slipway' },
    },
    spec: {},
  },
};

/** Both programs with `count` services, each previewed once: bundled, compiled, and in the disk's cache. */
async function laySize(folder: string, count: number, around: Around, projects: Project[]): Promise<Size> {
  const own = await layOwn(join(folder, `own-${count}`), count, around);
  projects.push(own);
  const planned = await planOf(own.place);
  const bare = await layBare(join(folder, `bare-${count}`), planned, around);
  projects.push(bare);
  const resources = resourcesOf(planned);
  const again = resourcesOf(await planOf(bare.place));
  if (again !== resources) throw new Error(`the bare program declares ${again} resources in place of ${resources}`);
  const way = (what: string, { place }: Project): Way => ({ what, place, seconds: [], memory: [] });
  return { count, resources, ways: [way('preview', own), way('bare program: preview', bare)] };
}

const resourcesOf = ({ deployment }: Deployment) => deployment.resources!.filter(({ custom }) => custom).length;

async function measure({ place, seconds, memory }: Way, folder: string): Promise<void> {
  const file = join(folder, 'peak');
  const env = {
    ...place.env,
    NODE_OPTIONS: `--require ${join(import.meta.dirname, 'peak.cjs')}`,
    SLIPWAY_BENCH_PEAK: file,
  };
  seconds.push((await pulumi({ ...place, env }, 'preview')).seconds);
  memory.push((Number(await readFile(file, 'utf8')) * 1024) / 1e9);
  await rm(file);
}
