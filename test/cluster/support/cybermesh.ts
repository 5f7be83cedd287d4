// CyberMesh's workloads, as the cluster has them.
import type { Fixture } from './fixture.ts';

export const namespace = 'cybermesh';

export interface Container {
  name: string;
  image: string;
  env?: { name: string; value?: string }[];
  args?: string[];
  resources: object;
  volumeMounts: { name: string; mountPath: string }[];
}

export interface PodSpec {
  serviceAccountName: string;
  containers: [Container];
  initContainers?: object[];
}

export const workloads = { backend: 'statefulset', 'ai-service': 'deployment' } as const;
export type Service = keyof typeof workloads;

/** The pod that the service's workload makes. */
export async function podOf(f: Fixture, name: Service): Promise<PodSpec> {
  const of = [workloads[name], name, '--namespace', namespace];
  return (await f.get<{ spec: { template: { spec: PodSpec } } }>(...of))!.spec.template.spec;
}

export const imageOf = async (f: Fixture, name: Service) => (await podOf(f, name)).containers[0].image;
