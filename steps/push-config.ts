// What the listener builds from which pushes, as the component writes it into a file: one JSON value.
import type { KubeObject } from '../cluster/kube.ts';
import { BECAUSE, SERVICE, STARTED_BY } from '../cluster/runs.ts';
import { type OfferedBase, parseBases } from './forms.ts';

/** One service of the repository; parameters of its runs, and `changes`: the paths of its files. */
export interface PushedService {
  name: string;
  image: string;
  dockerfile: string;
  context: string;
  changes: string[];
}

/** Where the component keeps it. */
export const PUSH_CONFIG = { namespace: 'tekton-pipelines', configMap: 'slipway-push', key: 'push.json' } as const;

export interface PushConfig {
  /** `owner/name`, as the payload of a push spells it. */
  repository: string;
  branch: string;
  bases: OfferedBase[];
  /** A PipelineRun without what differs from service to service and from push to push. */
  run: KubeObject;
  services: PushedService[];
  /** How many runs build at a time. */
  parallel: number;
  /** How many ended runs of a service are kept. */
  keep: number;
}

const TEXTS = ['name', 'image', 'dockerfile', 'context'] as const;

/** Throws one line on anything else. */
export function parsePushConfig(text: string): PushConfig {
  let value: Partial<Record<keyof PushConfig, unknown>>;
  try {
    value = JSON.parse(text) ?? {};
  } catch {
    throw new Error(`${text.length} characters that are not JSON`);
  }
  const { repository, branch, bases, run, services, parallel, keep } = value;
  if (typeof repository !== 'string' || typeof branch !== 'string') throw new Error('no repository or branch');
  const { metadata, spec } = (run ?? {}) as Partial<KubeObject>;
  if (typeof metadata?.namespace !== 'string' || !Array.isArray(spec?.params)) {
    throw new Error('no run with a namespace and parameters');
  }
  if (!Array.isArray(services) || !services.every(isService)) {
    throw new Error(`no list of services with ${TEXTS.join(', ')}, and the list changes`);
  }
  if (!isCount(parallel) || !isCount(keep)) throw new Error('no numbers parallel and keep, 1 at least');
  return {
    ...{ repository, branch, bases: parseBases(JSON.stringify(bases ?? [])), run: run as KubeObject, services },
    ...{ parallel, keep },
  };
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1;
}

function isService(one: Partial<Record<string, unknown>> | null): boolean {
  const { changes } = one ?? {};
  const paths = Array.isArray(changes) && changes.length > 0 && changes.every(path => typeof path === 'string');
  return paths && TEXTS.every(key => typeof one?.[key] === 'string');
}

/** The run of a push that builds `commit` of a service. `because`: for people, of words of our own. */
export function runOfPush(config: PushConfig, service: PushedService, commit: string, because: string): KubeObject {
  // By `changes` a run knows that a push has started it, and what a later push would have to change.
  return runOf(config, service, 'push', because, { commit, changes: service.changes.join(' ') });
}

/** The run that a person starts: it counts as the newest. `params` beyond those of the service. */
export function runByHand(config: PushConfig, service: PushedService, params: Record<string, string>): KubeObject {
  return runOf(config, service, 'hand', 'started by slipway build', params);
}

function runOf(
  { run }: PushConfig,
  { name, image, dockerfile, context }: PushedService,
  startedBy: 'push' | 'hand',
  because: string,
  params: Record<string, string>,
): KubeObject {
  const { metadata, spec } = run;
  const all: Record<string, string> = {
    ...Object.fromEntries(spec.params.map((param: { name: string; value: string }) => [param.name, param.value])),
    ...{ 'image-name': image, 'deployment-name': name, dockerfile, 'build-context': context },
    ...params,
  };
  return {
    ...run,
    metadata: {
      ...metadata,
      generateName: `${metadata.generateName}${name}-`,
      labels: { ...metadata.labels, [SERVICE]: name, [STARTED_BY]: startedBy },
      annotations: { ...metadata.annotations, [BECAUSE]: because },
    },
    spec: { ...spec, params: Object.entries(all).map(([key, value]) => ({ name: key, value })) },
  };
}
