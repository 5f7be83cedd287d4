// A pod that a test runs once, under the rules that the pipeline's namespace has for pods.
import { until } from '../../../sandbox/until.ts';
import { type Fixture, scratch } from './fixture.ts';

export interface OncePod {
  name: string;
  namespace: string;
  image: string;
  command: string[];
  /** Whose pull secrets it has; the namespace's default one. */
  serviceAccount?: string;
}

const securityContext = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  runAsUser: 65532,
  runAsGroup: 65532,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Makes the pod, gives it to `act`, and deletes it whatever comes of that. */
export async function withPod<T>(
  f: Fixture,
  { name, namespace, image, command, serviceAccount }: OncePod,
  act: () => Promise<T>,
): Promise<T> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      restartPolicy: 'Never',
      ...(serviceAccount && { serviceAccountName: serviceAccount }),
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [{ name, image, command, securityContext }],
    },
  };
  await f.kube(['create', '--filename', await scratch(f, `${name}.json`, JSON.stringify(pod))]);
  try {
    return await act();
  } finally {
    await f.kube(['delete', 'pod', name, '--namespace', namespace, '--wait=true']);
  }
}

/** What a pod prints that ends well. */
export function outputOf(f: Fixture, pod: OncePod): Promise<string> {
  const of = [pod.name, '--namespace', pod.namespace];
  return withPod(f, pod, async () => {
    await f.kube(['wait', 'pod', ...of, '--for=jsonpath={.status.phase}=Succeeded', '--timeout=60s']);
    return f.kube(['logs', ...of]);
  });
}

/** How a pod's container ended. */
export interface Ending {
  status: number;
  /** Whole seconds from its start. */
  seconds: number;
  /** What it has said on both streams. */
  lines: string[];
}

interface Ended {
  metadata: { name: string };
  status: {
    phase: string;
    containerStatuses?: { state: { terminated?: { exitCode: number; startedAt: string; finishedAt: string } } }[];
  };
}

/** Runs pods of one container beside each other, each to its end, and deletes them; `specs` and endings by the pod's name. */
export async function endingsOf<Name extends string>(
  f: Fixture,
  namespace: string,
  specs: Record<Name, object>,
): Promise<Record<Name, Ending>> {
  const of = ['--namespace', namespace];
  const names = Object.keys(specs) as Name[];
  const items = names.map(name => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { ...specs[name], restartPolicy: 'Never' },
  }));
  await f.kube(['create', '--filename', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  try {
    const look = async () => {
      const all = (await f.get<{ items: Ended[] }>('pods', ...of))!.items;
      const pods = all.filter(({ metadata }) => metadata.name in specs);
      const open = pods.filter(({ status }) => !['Succeeded', 'Failed'].includes(status.phase));
      return open.length === 0
        ? pods
        : open.map(({ metadata, status }) => `${metadata.name} ${status.phase}`).join(', ');
    };
    const pods = await until('pods to end', look, { limit: 180_000, every: 1000 });
    const endings = pods.map(async ({ metadata: { name }, status }): Promise<[string, Ending]> => {
      const { exitCode, startedAt, finishedAt } = status.containerStatuses![0]!.state.terminated!;
      const text = await f.kube(['logs', name, ...of]);
      const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
      return [name, { status: exitCode, seconds, lines: text.split('\n').filter(Boolean) }];
    });
    return Object.fromEntries(await Promise.all(endings)) as Record<Name, Ending>;
  } finally {
    await f.kube(['delete', 'pods', ...names, ...of, '--wait=true', '--grace-period=1']);
  }
}
