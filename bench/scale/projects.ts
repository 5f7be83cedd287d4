// The project with a catalogue of some size and a new stack, and the bare program of the resources that it declares.
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { checkout } from '../../sandbox/checkout.ts';
import { type Engine, startEngine } from '../../test/engine/engine.ts';
import type { Deployment, StateResource } from '../preview/bare.ts';
import { writeBareProject } from '../preview/bare-project.ts';
import { writeOwn } from '../startup/twin.ts';
import { type Place, pulumi } from '../support/pulumi.ts';
import { extendCatalogue } from './catalogue.ts';

/** What a stack reaches. */
export interface Around {
  kubeconfig: string;
  /** Address of the API server. */
  server: string;
  /** Address of the registry. */
  registry: string;
}

export interface Project {
  place: Place;
  end(): void;
}

const stack = 'local';

/** In `folder`, which it makes: the program as it is, with `count` services, all of which its new stack runs. */
export async function layOwn(folder: string, count: number, around: Around): Promise<Project> {
  await writeOwn(folder);
  // Pulumi.yaml names it, and Pulumi wants to see it.
  await cp(join(checkout, 'policy'), join(folder, 'policy'), { recursive: true });
  await extendCatalogue(folder, count);
  const engine = await startEngine(folder, stack);
  const { config } = parse(await readFile(join(checkout, `Pulumi.${stack}.yaml`), 'utf8')) as {
    config: Record<string, object>;
  };
  const { 'slipway:services': _, ...committed } = config;
  engine.configure({
    ...committed,
    ...(await engine.encrypt({
      'slipway:registryTls.certificate': 'none',
      'slipway:registryTls.key': 'none',
      'slipway:registryHtpasswd': 'user:$2y$05$none',
      'slipway:webhookSecret': 'none',
    })),
    'slipway:lock': 'test/fixtures/locks/local.yaml',
    'slipway:cluster': { context: 'slipway-sandbox', server: around.server },
    'slipway:registry': { ...config['slipway:registry'], endpoint: around.registry },
  });
  return { place: placeOf(folder, engine, around), end: engine.end };
}

/** In `folder`, which it makes: the bare program of `planned`, with a new stack. */
export async function layBare(folder: string, planned: Deployment, around: Around): Promise<Project> {
  await mkdir(folder);
  await writeBareProject(folder, planned);
  const engine = await startEngine(folder, stack);
  return { place: placeOf(folder, engine, around), end: engine.end };
}

function placeOf(cwd: string, engine: Engine, { kubeconfig }: Around): Place {
  return {
    cwd,
    env: { ...engine.env, KUBECONFIG: kubeconfig },
    args: () => ['--stack', stack, '--config-file', join(engine.folder, `Pulumi.${stack}.yaml`)],
  };
}

/** What a preview of `place` would make, as an export of the state would have it. */
export async function planOf(place: Place): Promise<Deployment> {
  const { output } = await pulumi(place, 'preview', '--json', '--show-secrets');
  const { steps } = JSON.parse(output) as { steps: { newState: StateResource }[] };
  return { version: 3, deployment: { resources: steps.map(({ newState }) => newState) } };
}
