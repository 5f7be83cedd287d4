// What the listener builds from which pushes, as the component writes it into a file: one JSON value.
import type { KubeObject } from '../cluster/kube.ts';
import { type OfferedBase, parseBases } from './forms.ts';

/** One service of the repository; parameters of its runs, and `changes`: the prefix of its files ('' for all). */
export interface PushedService {
  name: string;
  image: string;
  dockerfile: string;
  context: string;
  changes: string;
}

export interface PushConfig {
  /** `owner/name`, as the payload of a push spells it. */
  repository: string;
  branch: string;
  bases: OfferedBase[];
  /** A PipelineRun without what differs from service to service and from push to push. */
  run: KubeObject;
  services: PushedService[];
}

const TEXTS = ['name', 'image', 'dockerfile', 'context', 'changes'] as const;

/** Throws one line on anything else. */
export function parsePushConfig(text: string): PushConfig {
  let value: Partial<Record<keyof PushConfig, unknown>>;
  try {
    value = JSON.parse(text) ?? {};
  } catch {
    throw new Error(`${text.length} characters that are not JSON`);
  }
  const { repository, branch, bases, run, services } = value;
  if (typeof repository !== 'string' || typeof branch !== 'string') throw new Error('no repository or branch');
  const { metadata, spec } = (run ?? {}) as Partial<KubeObject>;
  if (typeof metadata?.namespace !== 'string' || !Array.isArray(spec?.params)) {
    throw new Error('no run with a namespace and parameters');
  }
  if (!Array.isArray(services) || services.some(one => TEXTS.some(key => typeof one?.[key] !== 'string'))) {
    throw new Error(`no list of services with ${TEXTS.join(', ')}`);
  }
  return { repository, branch, bases: parseBases(JSON.stringify(bases ?? [])), run: run as KubeObject, services };
}

/** The run that builds `commit` of a service. `because`: for people, of words of our own. */
export function runOf({ run }: PushConfig, service: PushedService, commit: string, because: string): KubeObject {
  const { name, image, dockerfile, context, changes } = service;
  const params = {
    'image-name': image,
    'deployment-name': name,
    dockerfile,
    'build-context': context,
    commit,
    // Not empty: by it a run knows that a push has started it.
    changes: changes || './',
  };
  const { metadata, spec } = run;
  return {
    ...run,
    metadata: {
      ...metadata,
      generateName: `${metadata.generateName}${name}-`,
      labels: { ...metadata.labels, 'slipway.dev/service': name, 'slipway.dev/trigger': 'push' },
      annotations: { ...metadata.annotations, 'slipway.dev/because': because },
    },
    spec: {
      ...spec,
      params: [...spec.params, ...Object.entries(params).map(([key, value]) => ({ name: key, value }))],
    },
  };
}
