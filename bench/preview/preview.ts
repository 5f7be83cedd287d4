// How long a preview and an `up` take that find nothing to do, beside a program without components.
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { checkout } from '../../sandbox/checkout.ts';
import { mergeStackFile, pulumiEnv, stackArgs } from '../../sandbox/pulumi.ts';
import { atMost, type Benchmark } from '../benchmark.ts';
import { median } from '../statistics.ts';
import { needsSandbox, standingSandbox } from '../support/sandbox.ts';
import { bareProgram, bareState, type Deployment } from './bare.ts';

const project = 'bare';

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
    await mergeStackFile(config);
    const folder = await mkdtemp(join(tmpdir(), 'slipway-bench-'));
    try {
      const env = pulumiEnv(config, tools);
      const own: Place = { cwd: checkout, env, args: verb => stackArgs(config, verb) };
      // The state then knows what the last push has rolled out.
      await run(own, 'up', '--yes', '--skip-preview');
      const exported = JSON.parse((await run(own, 'stack', 'export', '--show-secrets')).output) as Deployment;
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
      await run(bare, 'up', '--yes', '--skip-preview');
      for (const place of [own, bare]) await run(place, ...verbs.preview);
      for (let at = 1; at <= runs; at++) {
        for (const verb of ['preview', 'up'] as const) {
          measured.own[verb].push((await run(own, ...verbs[verb])).seconds);
          measured.bare[verb].push((await run(bare, ...verbs[verb])).seconds);
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

/** A project with its backend. */
interface Place {
  cwd: string;
  env: NodeJS.ProcessEnv;
  args: (verb: string) => string[];
}

/** The bare project with its stack in `folder`, and what builds and commands take from a checkout. */
async function layBare(folder: string, env: NodeJS.ProcessEnv, exported: Deployment): Promise<Place> {
  const state = bareState(exported, project);
  const backend = join(folder, 'backend');
  await mkdir(backend);
  await cp(join(checkout, 'docker'), join(folder, 'docker'), { recursive: true });
  await symlink(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  const files = {
    // The project's own options: what is compared is the program. On one line, as the sandbox's language host reads it.
    'Pulumi.yaml': stringify(
      { name: project, main: 'index.ts', runtime: await ownRuntime(), options: { refresh: 'always' } },
      { lineWidth: 0 },
    ),
    'package.json': JSON.stringify({ name: project, type: 'module', main: 'index.ts' }),
    'index.ts': bareProgram(state),
    'state.json': JSON.stringify(state),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { mode: 0o600 });
  const place: Place = {
    cwd: folder,
    env: { ...env, PULUMI_BACKEND_URL: `file://${backend}` },
    args: () => ['--stack', 'local'],
  };
  await run({ ...place, args: () => [] }, 'stack', 'init', 'local');
  await run(place, 'stack', 'import', '--file', 'state.json');
  return place;
}

async function ownRuntime(): Promise<object> {
  const { runtime } = parse(await readFile(join(checkout, 'Pulumi.yaml'), 'utf8'));
  const nodeargs = runtime.options.nodeargs.replaceAll(' ./', ` ${checkout}/`);
  return { ...runtime, options: { ...runtime.options, nodeargs } };
}

function run({ cwd, env, args }: Place, ...words: string[]): Promise<{ seconds: number; output: string }> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn('pulumi', ['--non-interactive', '--color', 'never', ...words, ...args(words[0]!)], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.on('error', reject);
    child.on('close', status => {
      if (status === 0) resolve({ seconds: (performance.now() - began) / 1000, output });
      else reject(new Error(`pulumi ${words[0]} in ${cwd} ended with ${status}: ${errors}${output.slice(-2000)}`));
    });
  });
}
