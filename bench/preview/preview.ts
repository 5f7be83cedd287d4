// How long a preview and an `up` take that find nothing to do, beside a program without components.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout } from '../../sandbox/checkout.ts';
import { mergeStackFiles, pulumiEnv, stackArgs } from '../../sandbox/pulumi.ts';
import { cerebral } from '../../sandbox/stacks.ts';
import { atMost, type Benchmark } from '../benchmark.ts';
import { median } from '../statistics.ts';
import { type Place, pulumi } from '../support/pulumi.ts';
import { needsSandbox, standingSandbox } from '../support/sandbox.ts';
import type { Deployment } from './bare.ts';
import { writeBareProject } from './bare-project.ts';

export const preview: Benchmark = {
  title: 'preview and up of the local stack',
  about:
    'An unchanged `pulumi preview` (with its refresh) and an unchanged `pulumi up` of stack `local`, beside those of a program that declares the same resources on the same cluster by constructor calls and literal values, without components, settings or questions. In turns.',
  needs: needsSandbox,
  runs: 7,
  judge: series => {
    const [ownPreview, barePreview, ownUp, bareUp] = series.map(({ values }) => median(values));
    return [
      atMost('preview, against the bare program', ownPreview! / barePreview!, 1.15, 'times'),
      atMost('up, against the bare program', ownUp! / bareUp!, 1.15, 'times'),
    ];
  },
  async measure({ runs, say }) {
    const { config, tools, kube } = await standingSandbox();
    kube.close();
    await mergeStackFiles(config, cerebral);
    const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
    try {
      const env = pulumiEnv(config, tools);
      const own: Place = { cwd: checkout, env, args: verb => stackArgs(config, cerebral.name, verb) };
      // The state then knows what the last push has rolled out.
      await pulumi(own, 'up', '--yes', '--skip-preview');
      const exported = JSON.parse((await pulumi(own, 'stack', 'export', '--show-secrets')).output) as Deployment;
      const bare = await layBare(folder, env, exported);
      const measured = {
        own: { preview: [] as number[], up: [] as number[] },
        bare: { preview: [] as number[], up: [] as number[] },
      };
      const verbs = {
        preview: ['preview', '--expect-no-changes'],
        up: ['up', '--yes', '--skip-preview', '--expect-no-changes'],
      };
      // Its providers note $KUBECONFIG and the types of their arguments; nothing of the cluster changes.
      await pulumi(bare, 'up', '--yes', '--skip-preview');
      // Once each, so that all of it is in the disk's cache; a single run is a trial of the benchmark itself.
      if (runs > 1) for (const place of [own, bare]) await pulumi(place, ...verbs.preview);
      for (let at = 1; at <= runs; at++) {
        for (const verb of ['preview', 'up'] as const) {
          measured.own[verb].push((await pulumi(own, ...verbs[verb])).seconds);
          measured.bare[verb].push((await pulumi(bare, ...verbs[verb])).seconds);
        }
        const last = [measured.own, measured.bare].flatMap(({ preview, up }) => [preview.at(-1)!, up.at(-1)!]);
        say(`run ${at} of ${runs}: ${last.map(value => value.toFixed(2)).join(', ')} s`);
      }
      return {
        series: [
          { what: 'preview, nothing changed', unit: 's', values: measured.own.preview },
          { what: 'bare program: preview, nothing changed', unit: 's', values: measured.bare.preview },
          { what: 'up, nothing changed', unit: 's', values: measured.own.up },
          { what: 'bare program: up, nothing changed', unit: 's', values: measured.bare.up },
        ],
        notes: [
          `Both declare ${count(exported)} resources that are no components; both refresh each of them first. The bare program and its state are generated from \`pulumi stack export\`, so that it finds nothing to do, which each run checks (\`--expect-no-changes\`).`,
          'An `up` from nothing is not measured beside the bare program: both would own the same addresses of one cluster. Its time is part of `sandbox`.',
        ],
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const count = ({ deployment }: Deployment) => deployment.resources?.filter(({ custom }) => custom).length ?? 0;

/** The bare project with its stack in `folder`. */
async function layBare(folder: string, env: NodeJS.ProcessEnv, exported: Deployment): Promise<Place> {
  const backend = join(folder, 'backend');
  await mkdir(backend);
  const state = await writeBareProject(folder, exported);
  await writeFile(join(folder, 'state.json'), JSON.stringify(state), { mode: 0o600 });
  const place: Place = {
    cwd: folder,
    env: { ...env, PULUMI_BACKEND_URL: `file://${backend}` },
    args: () => ['--stack', 'local'],
  };
  await pulumi({ ...place, args: () => [] }, 'stack', 'init', 'local');
  await pulumi(place, 'stack', 'import', '--file', 'state.json');
  return place;
}
