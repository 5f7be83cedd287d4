// The PipelineRuns of a cluster in memory: created, listed by label, patched by compare and swap, deleted.
import { type Kube, KubeError, type KubeObject, type Selectors } from '../../../../cluster/kube.ts';
import type { Run } from '../../../../cluster/runs.ts';

const PATH = '/apis/tekton.dev/v1/namespaces/tekton-pipelines/pipelineruns';

export class FakeRuns {
  readonly runs = new Map<string, Run>();
  /** Other objects by path. */
  readonly objects = new Map<string, KubeObject>();
  /** Called before each call; what it throws is the answer. */
  before: (verb: string, name: string) => void = () => {};
  #version = 0;

  connect(): Kube {
    const named = (path: string) => path.slice(PATH.length + 1);
    return {
      server: 'https://127.0.0.1:6443',
      create: async (_: string, body: KubeObject) => {
        this.before('create', String(body.metadata.generateName));
        return structuredClone(this.add(`${body.metadata.generateName}${this.runs.size + 1}`, body));
      },
      get: async (path: string) => {
        this.before('get', named(path));
        return structuredClone(this.objects.get(path) ?? this.runs.get(named(path)));
      },
      list: async (_: string, selectors: Selectors = {}) => {
        this.before('list', '');
        const [label = '', value] = (selectors.labelSelector ?? '').split('=');
        const fits = ({ metadata: { labels = {} } }: Run) =>
          label === '' || (value === undefined ? label in labels : labels[label] === value);
        return structuredClone([...this.runs.values()].filter(fits));
      },
      patch: async (path: string, { metadata, spec }: Partial<KubeObject>) => {
        const name = named(path);
        this.before('patch', name);
        const run = this.runs.get(name);
        if (!run) throw new KubeError('PATCH', 404, 'NotFound', name);
        if (metadata?.resourceVersion !== undefined && metadata.resourceVersion !== run.metadata.resourceVersion)
          throw new KubeError('PATCH', 409, 'Conflict', name);
        Object.assign(run.spec, withoutNulls({ ...run.spec, ...spec }));
        if (spec?.status === null) delete run.spec.status;
        run.metadata.labels = withoutNulls({ ...run.metadata.labels, ...metadata?.labels });
        run.metadata.annotations = { ...run.metadata.annotations, ...metadata?.annotations };
        this.touch(run);
        return run;
      },
      remove: async (path: string) => {
        this.before('remove', named(path));
        return this.runs.delete(named(path));
      },
      close: () => {},
    } as unknown as Kube;
  }

  add(name: string, body: Partial<KubeObject>): Run {
    const second = String(this.runs.size % 60).padStart(2, '0');
    const metadata = { creationTimestamp: `2026-01-02T03:04:${second}Z`, ...body.metadata, name };
    const run = { spec: {}, ...structuredClone(body), metadata } as Run;
    this.runs.set(name, run);
    this.touch(run);
    return run;
  }

  /** Ends a run as Tekton would. */
  end(name: string, status: 'True' | 'False' = 'True', more: object = {}): void {
    const run = this.runs.get(name)!;
    run.status = { conditions: [{ type: 'Succeeded', status }], ...more };
    this.touch(run);
  }

  touch(run: Run): void {
    this.#version += 1;
    run.metadata.resourceVersion = String(this.#version);
  }
}

function withoutNulls<T>(object: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}
