// What any pipeline costs here at the least: one bare TaskRun whose only step clones, builds, pushes and patches.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kube, KubeObject } from '../../cluster/kube.ts';
import { parseReference } from '../../images/reference.ts';
import { NETWORK } from '../../sandbox/config.ts';
import { buildctlArgs } from '../../steps/build.ts';
import { parseBases, parseBuilders } from '../../steps/forms.ts';

export interface FloorTarget {
  service: string;
  /** Repository of its image. */
  image: string;
  /** What the service's Dockerfile names as its base. */
  base: string;
}

const tasks = '/apis/tekton.dev/v1/namespaces/tekton-pipelines';
const source = '/work/source';
/** A branch that no trigger listens to. */
export const floorBranch = 'bench';

export interface FloorOptions {
  branch: string;
  /** Path of the Deployment that gets the one image; absent: the images are built and pushed, and that is all. */
  deployment?: string;
  /** Layers that were built before are built again. */
  noCache?: boolean;
}

/** A TaskRun for the head of a branch: all targets at once, on the builders, bases and step image of the pipeline. */
export async function floorRun(kube: Kube, targets: FloorTarget[], options: FloorOptions): Promise<object> {
  const task = await kube.get(`${tasks}/tasks/slipway-build`);
  if (!task) throw new Error('the cluster has no Task slipway-build; run: npm start');
  const { stepTemplate, steps, volumes } = task.spec;
  const setting = (name: string): string =>
    stepTemplate.env.find((entry: { name: string }) => entry.name === name)?.value ?? '';
  const bases = parseBases(setting('SLIPWAY_BASES'));
  const builders = parseBuilders(setting('SLIPWAY_BUILDERS'));
  const platforms = setting('SLIPWAY_PLATFORMS').split(',');
  const registry = `${NETWORK.registryIP}:${NETWORK.registryPort}`;
  const builds = targets.flatMap(({ service, image, base }) => {
    const written = parseReference(base);
    const pinned = bases.find(({ repository, tag }) => repository === written.repository && tag === written.tag);
    if (!pinned) throw new Error(`the pipeline has no base ${base}`);
    const folder = `${source}/microservices/${service}`;
    const request = {
      platforms,
      builders,
      tls: setting('SLIPWAY_BUILDER_TLS'),
      dockerfile: `${folder}/Dockerfile`,
      context: folder,
      text: `FROM ${base}\n`,
      pinned: { [base]: pinned.reference },
      secrets: {},
      image: `${registry}/${image}`,
      rewriteTimes: true,
      work: '/work',
      env: {},
    };
    return platforms.map(platform => {
      const metadata = `/work/${service}-${platform.replaceAll('/', '-')}.json`;
      const args = buildctlArgs(request, platform, metadata);
      return { platform, metadata, args: options.noCache ? [...args, '--no-cache'] : args };
    });
  });
  const url = `http://${NETWORK.nodeIP}:${NETWORK.gitPort}/cerebral.git`;
  const plan = {
    clone: ['clone', '--quiet', '--depth', '1', '--branch', options.branch, url, source],
    builds,
    registry,
    repository: targets[0]!.image,
    tag: floorBranch,
    deployment: options.deployment,
  };
  const script = readFileSync(join(import.meta.dirname, 'floor-step.mjs'), 'utf8');
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: { generateName: 'bench-floor-', namespace: 'tekton-pipelines' },
    spec: {
      taskSpec: {
        volumes,
        steps: [
          {
            name: 'all',
            image: steps[0].image,
            // What follows the two hyphens begins at argv[1].
            command: ['node', '--input-type=module', '--eval', script, '--', 'floor', JSON.stringify(plan)],
            securityContext: stepTemplate.securityContext,
            volumeMounts: stepTemplate.volumeMounts,
          },
        ],
      },
    },
  };
}

export const taskRunPath = (name: string): string => `${tasks}/taskruns/${name}`;
export const create = (kube: Kube, run: object): Promise<KubeObject> => kube.create(`${tasks}/taskruns`, run);
