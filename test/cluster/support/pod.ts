// A pod that a test runs once, under the rules that the pipeline's namespace has for pods.
import type { Fixture } from './fixture.ts';
import { scratch } from './fixture.ts';

export interface OncePod {
  name: string;
  namespace: string;
  image: string;
  command: string[];
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
  { name, namespace, image, command }: OncePod,
  act: () => Promise<T>,
): Promise<T> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      restartPolicy: 'Never',
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
