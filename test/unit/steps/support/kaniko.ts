// A cluster in memory that runs Kaniko's pods as a test says.
import type { Kube, KubeObject } from '../../../../cluster/kube.ts';
import type { Platform } from '../../../../images/platform.ts';

/** What becomes of a platform's pod. */
export interface Outcome {
  lines?: string[];
  exitCode?: number;
  /** What the executor leaves, its digest if all is well. */
  left?: string;
  /** Milliseconds until the executor ends. */
  delay?: number;
  /** The status instead, as the API server has it. */
  status?: object;
}

export class FakeCluster {
  /** Pods that are there, by path. */
  readonly pods = new Map<string, KubeObject>();
  readonly created: KubeObject[] = [];
  /** Other objects by path. */
  readonly objects = new Map<string, unknown>();
  /** How many reads of a pod go without an answer. */
  silent = 0;
  readonly #outcomes: Record<Platform, Outcome>;
  readonly #made = new Map<string, number>();

  constructor(outcomes: Record<Platform, Outcome>) {
    this.#outcomes = outcomes;
  }

  connect(): Kube {
    return {
      create: async (path: string, body: KubeObject) => {
        this.created.push(body);
        const name = `${body.metadata.generateName}${this.created.length}`;
        const pod = { ...body, metadata: { ...body.metadata, name } };
        this.pods.set(`${path}/${name}`, pod);
        this.#made.set(`${path}/${name}`, Date.now());
        return pod;
      },
      get: async (path: string) => {
        const pod = this.pods.get(path);
        if (pod && this.silent-- > 0) throw new Error('no whole answer within 30 s');
        return pod ? { ...pod, status: this.#status(path, pod) } : this.objects.get(path);
      },
      list: async (path: string) => [...this.pods].filter(([name]) => name.startsWith(path)).map(([, pod]) => pod),
      follow: async (path: string, onLine: (line: string) => void) => {
        const pod = this.pods.get(path.replace(/\/log\?.*/, ''))!;
        for (const line of this.#outcomeOf(pod).lines ?? []) onLine(line);
      },
      remove: async (path: string) => this.pods.delete(path),
    } as unknown as Kube;
  }

  #outcomeOf(pod: KubeObject): Outcome {
    const args: string[] = pod.spec.containers[0].args;
    return this.#outcomes[args.find(arg => arg.startsWith('--custom-platform='))!.split('=')[1]!] ?? {};
  }

  #status(path: string, pod: KubeObject): object {
    const { status, exitCode = 0, left, delay = 0 } = this.#outcomeOf(pod);
    if (status) return status;
    const ended = Date.now() - (this.#made.get(path) ?? 0) >= delay;
    const state = ended ? { terminated: { exitCode, message: left } } : { running: {} };
    return {
      phase: ended ? (exitCode === 0 ? 'Succeeded' : 'Failed') : 'Running',
      initContainerStatuses: [{ name: 'source', state: { terminated: { exitCode: 0 } } }],
      containerStatuses: [{ name: 'executor', state }],
    };
  }
}
